using Mirage.Net.TcpIp;
using Mirage.Net.TcpIp.Tests;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.BadInput;

/// <summary>A stack that serves others gets frames that are wrong in every way, and goes on serving.</summary>
public class BadInputTests
{
    private const int Frames = 25_000;
    private const int Round = 1000;
    private const int Burst = 10;
    private const ushort Port = 7;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    // A failing case names its seed; the same frames come again.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(25)]
    public void A_stack_goes_on_serving_whatever_arrives(int seed)
    {
        var number = 0;
        try
        {
            var network = new Network((ulong)seed);
            network.Run(() => ServeAsync(network, seed, () => ++number));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}, after frame {number}: {exception.Message}", exception);
        }
    }

    private static async Task ServeAsync(Network network, int seed, Func<int> count)
    {
        network.Server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
        network.Server.ListenUdp(Port, new EchoDatagramHandler<DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>>(network.Server)).ThrowIfFailed();
        var attacker = new Attacker(network);
        network.Platform.Attach(attacker);
        var frames = new FrameSource(attacker, seed);
        var steps = new Random(seed);
        var peer = new Peer(network);
        await peer.OpenAsync();
        while (count() is var number and <= Frames)
        {
            attacker.Send(frames.Next());
            if (number % Burst == 0)
            {
                await network.Platform.SleepAsync(TimeSpan.FromMilliseconds(steps.Next(10) == 0 ? steps.Next(1000) : 0));
            }

            if (number % Round == 0)
            {
                await peer.CheckWithinAsync(_limit);
                CheckCounters(network.Server.Counters);
                Assert.Equal([], network.Reports);
            }
        }

        Assert.True(attacker.Opened > 10, "the attacker got nowhere");
        CheckReach(network.Server.Counters);
    }

    // Every frame is counted once at each layer: as delivered or as dropped for a reason.
    private static void CheckCounters(StackCounters counters)
    {
        var ethernet = counters.Ethernet;
        var ip = counters.Ipv4;
        var udp = counters.Udp;
        var ip6 = counters.Ipv6;
        Assert.Equal(
            counters.Network.ReceivedFrames,
            ethernet.Truncated + ethernet.NotForUs + ethernet.UnwantedGroup + ethernet.OtherVlan + ethernet.UnknownType + counters.Arp.Received + ip.Received + ip6.Received);
        Assert.Equal(
            ip6.Received + ip6.Fragments.Reassembled,
            ip6.Delivered + ip6.Malformed + ip6.NotForUs + ip6.BadSource + ip6.Refused + ip6.NoNextHeader + ip6.Fragments.Received);
        Assert.Equal(ip.Received, ip.Delivered - ip.Fragments.Reassembled + ip.Igmp.Received + ip.Malformed + ip.BadChecksum + ip.SourceRouted + ip.NotForUs + ip.BadSource + ip.Fragments.Received);
        Assert.Equal(
            ip.Delivered + ip6.Delivered,
            counters.Tcp.SegmentsReceived + counters.Icmp.Received + counters.Icmpv6.Received + ip.UnknownProtocol + ip6.UnknownProtocol + udp.Delivered + udp.Malformed + udp.BadChecksum + udp.NoListener);
    }

    // The frames get deep enough that each reason to drop one is met.
    private static void CheckReach(StackCounters counters)
    {
        long[] met =
        [
            counters.Ethernet.NotForUs, counters.Ethernet.UnknownType, counters.Arp.Malformed, counters.Ipv4.Malformed, counters.Ipv4.BadChecksum,
            counters.Ipv4.SourceRouted, counters.Ipv4.NotForUs, counters.Ipv4.BadSource, counters.Ipv4.Fragments.Received, counters.Ipv4.UnknownProtocol,
            counters.Icmp.Malformed, counters.Icmp.EchoesAnswered, counters.Icmp.EchoesDropped, counters.Udp.Malformed, counters.Udp.BadChecksum,
            counters.Udp.NoListener, counters.Udp.Delivered, counters.Tcp.Malformed, counters.Tcp.BadChecksum, counters.Tcp.OldTimestamps,
            counters.Tcp.OutOfOrder, counters.Tcp.Challenges, counters.Tcp.ResetsSent, counters.Tcp.Resets,
        ];
        Assert.DoesNotContain(0, met);
    }

    /// <summary>Somebody who uses the stack as it is meant to be used.</summary>
    private sealed class Peer(Network network)
    {
        private readonly IpEndpoint _server = new(Network.ServerAddress, Port);
        private readonly byte[] _sent = new byte[3000];
        private readonly byte[] _received = new byte[3000];
        private readonly Random _random = new(0);
        private TcpFlow _old;
        private IpEndpoint _local;
        private string _asked = "";
        private TaskCompletionSource<byte[]>? _datagram;

        public async Task OpenAsync()
        {
            _old = await network.ConnectAsync(Port);
            _local = network.Client.ListenUdp(0, (_, _, payload) => _ = _datagram?.TrySetResult(payload.ToArray())).ThrowIfFailed();
            await CheckAsync();
        }

        public async Task CheckWithinAsync(TimeSpan limit)
        {
            try
            {
                await CheckAsync().WaitAsync(limit, network.Platform.TimeProvider);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"no answer to {_asked}: client {network.Client.Counters}, server {network.Server.Counters}");
            }
        }

        private async Task CheckAsync()
        {
            _random.NextBytes(_sent);
            _asked = "ping";
            _ = (await network.Client.Icmp.PingAsync(Network.ServerAddress, _sent.AsMemory(0, 56), 2 * _limit)).ThrowIfFailed();
            _asked = "UDP echo";
            _datagram = new();
            network.Client.SendUdp(_local, _server, _sent.AsSpan(0, 1000)).ThrowIfFailed();
            Assert.Equal(_sent[..1000], await _datagram.Task);
            _asked = "TCP echo on the old connection";
            await EchoAsync(_old);
            _asked = "TCP echo on a new connection";
            var flow = await network.ConnectAsync(Port);
            await EchoAsync(flow);
            (await flow.CloseAsync()).ThrowIfFailed();
        }

        private async Task EchoAsync(TcpFlow flow)
        {
            (await flow.WriteAsync(_sent)).ThrowIfFailed();
            await flow.ReadExactlyAsync(_received);
            Assert.Equal(_sent, _received);
        }
    }
}
