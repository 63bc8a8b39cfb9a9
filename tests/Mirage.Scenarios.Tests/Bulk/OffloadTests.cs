using Link = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;
using OffloadingLink = Mirage.Net.Virtual.Offloading<Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>>;
using OffloadingPort = Mirage.Net.Virtual.Offloading<Mirage.Scenarios.Tests.Middlebox<Mirage.Net.Virtual.VirtualNetwork>>;
using Port = Mirage.Scenarios.Tests.Middlebox<Mirage.Net.Virtual.VirtualNetwork>;

namespace Mirage.Scenarios.Tests;

/// <summary>Data both ways between devices that cut and join segments, or one that does and one that does not, over links with faults: every byte arrives once and in order, and nothing is left.</summary>
public class OffloadTests
{
    private const int Size = 1 << 19;
    private const ushort ServerPort = 7;

    private static readonly TcpSettings Settings = new() { RetransmissionLimit = TimeSpan.FromHours(1), HandshakeLimit = TimeSpan.FromHours(1) };

    private static readonly LinkOptions Clean = new() { Delay = TimeSpan.FromMilliseconds(5) };

    private static readonly LinkOptions All = Clean with
    {
        Loss = 0.02,
        BurstLoss = new BurstLoss(0.005, 0.25),
        Reordering = 0.02,
        Duplication = 0.02,
        Corruption = 0.01,
        TrailingBytes = 9,
        Refusal = 0.05,
    };

    private static readonly Dictionary<string, LinkOptions> Links = new()
    {
        ["clean"] = Clean,
        ["a slow link with a short queue"] = Clean with { Rate = 10_000_000, QueueFrames = 20 },
        ["marks of congestion"] = Clean with { Rate = 10_000_000, MarkAt = 10_000 },
        ["loss of 1 %"] = Clean with { Loss = 0.01 },
        ["loss of 10 %"] = Clean with { Loss = 0.1 },
        ["reordering"] = Clean with { Reordering = 0.1 },
        ["duplication"] = Clean with { Duplication = 0.1 },
        ["corruption"] = Clean with { Corruption = 0.05 },
        ["trailing bytes"] = Clean with { TrailingBytes = 9 },
        ["full every other time"] = Clean with { Refusal = 0.5 },
        ["everything"] = All,
        ["everything, slowly"] = All with { Rate = 50_000_000, QueueFrames = 50, Jitter = TimeSpan.FromMilliseconds(5) },
    };

    public static TheoryData<IpFamily, string> Cases => [.. Enum.GetValues<IpFamily>().SelectMany(_ => Links.Keys, (family, link) => (family, link))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_bytes_arrive_once_and_in_order(IpFamily family, string link)
    {
        var counts = Seeds.ForEach(seed => RunAny(seed, Links[link], family, plainOptions: false));
        Assert.InRange(counts.Sum(count => count.FramesCut), counts.Count, long.MaxValue);
    }

    [Theory]
    [InlineData("loss of 1 %")]
    [InlineData("loss of 10 %")]
    [InlineData("reordering")]
    [InlineData("everything")]
    public void All_bytes_arrive_without_SACK_and_timestamps_too(string link) => Seeds.ForEach(seed => RunAny(seed, Links[link], IpFamily.Ipv4, plainOptions: true));

    [Fact]
    public void Without_loss_nothing_is_sent_again_and_most_of_it_travels_in_large_frames()
    {
        var counts = Simulate<OffloadingLink, OffloadingPort>(1, Clean, IpFamily.Ipv4, false, link => new(link), port => new(port), device => device.Offloaded);
        Assert.InRange(counts.SegmentsCut / (double)counts.FramesCut, 5, 44);
        Assert.InRange(counts.SegmentsJoined / (double)counts.FramesJoined, 5, 44);
        Assert.InRange(counts.SegmentsJoined, Size / 1448 * 9 / 10, long.MaxValue);
    }

    /// <summary>Both ends, the client only, the server only.</summary>
    private static OffloadCounters RunAny(ulong seed, LinkOptions options, IpFamily family, bool plainOptions) => (seed % 3) switch
    {
        0 => Simulate<OffloadingLink, OffloadingPort>(seed, options, family, plainOptions, link => new(link), port => new(port), device => device.Offloaded),
        1 => Simulate<OffloadingLink, Port>(seed, options, family, plainOptions, link => new(link), port => port, device => device.Offloaded),
        _ => Simulate<Link, OffloadingPort>(seed, options, family, plainOptions, link => link, port => new(port), _ => default),
    };

    private static OffloadCounters Simulate<TClient, TServer>(
        ulong seed, LinkOptions options, IpFamily family, bool plainOptions, Func<Link, TClient> wrapClient, Func<Port, TServer> wrapServer, Func<TClient, OffloadCounters> count)
        where TClient : struct, INetwork
        where TServer : struct, INetwork
    {
        OffloadCounters counters = default;
        Simulation.Run(seed, async platform =>
        {
            var network = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 8192 });
            Seeds.Capture(network);
            var (from, to) = family == IpFamily.Ipv4
                ? (IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"))
                : (IpAddress.Parse("fd00::1"), IpAddress.Parse("fd00::2"));
            var link = new Link(network.Connect(), platform, options, options);
            var device = wrapClient(link);
            var client = DirectStack<TClient, SimulatedPlatform, Cubic>.Connect(device, platform, StackOptions(from));
            var server = DirectStack<TServer, SimulatedPlatform, Cubic>.Connect(wrapServer(new(network.Connect(), plainOptions)), platform, StackOptions(to));
            await platform.SleepAsync(TimeSpan.FromSeconds(family == IpFamily.Ipv6 ? 3 : 0));
            var served = new TaskCompletionSource();
            _ = server.ListenTcp(ServerPort, new Exchange(served)).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(to, ServerPort), new TcpConnectOptions { Timeout = TimeSpan.FromMinutes(10) })).ThrowIfFailed();
            await flow.ExchangeAsync(Pattern.Request, Pattern.Response, Size);
            (await flow.CloseAsync()).ThrowIfFailed();
            await served.Task;
            await platform.SleepAsync(TimeSpan.FromMinutes(5));
            foreach (var left in new[] { client.Counters, server.Counters })
            {
                Assert.Equal((0, 0, 0L, 0L), (left.Tcp.Connections, left.Tcp.TimeWait, left.BuffersInUse, left.Tcp.HandlerFailed));
            }

            if (options == Clean)
            {
                Assert.Equal((0, 0), (client.Counters.Tcp.Retransmissions, server.Counters.Tcp.Retransmissions));
            }

            counters = count(device);
        });
        return counters;

        DirectStackOptions StackOptions(IpAddress address) => new()
        {
            Addresses = [new IpNetwork(address, family == IpFamily.Ipv4 ? 24 : 64)],
            UseIpv6 = family == IpFamily.Ipv6,
            Tcp = Settings with { Ecn = EcnUse.Always },

            // Address resolution has three attempts; a bad link would make it, not TCP, fail.
            Arp = new ArpOptions { MaxRequests = 20 },
            Ndp = new NdpSettings { MaxMulticastSolicitations = 20, MaxUnicastSolicitations = 20 },
        };
    }

    private readonly struct Exchange(TaskCompletionSource served) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            try
            {
                await flow.ExchangeAsync(Pattern.Response, Pattern.Request, Size);
                served.SetResult();
            }
            catch (Exception exception)
            {
                served.SetException(exception);
            }
        }
    }
}
