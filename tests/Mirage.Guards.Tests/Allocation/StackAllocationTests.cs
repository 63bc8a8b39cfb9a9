using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.Allocation;

/// <summary>Once it is warm, a stack moves data without allocating. Both ends, the network between them and the loop run on the measured thread.</summary>
public class StackAllocationTests
{
    private const ushort Port = 7;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Echo_of_a_megabyte_allocates_nothing(bool overIpv6)
    {
        // Warm is when the congestion window does not grow any more, and with it the number of frames on the network.
        var meter = new AllocationMeter(warmUp: 100, end: 130);
        RunWithServer(async network =>
        {
            var flow = await network.ConnectAsync(Port);
            var writing = WriteAsync(flow, new byte[1 << 20], meter);
            var buffer = new byte[1 << 20];
            do
            {
                for (var left = buffer.Length; left > 0;)
                {
                    left -= (await flow.ReadAsync(buffer.AsMemory(0, left))).ThrowIfFailed();
                }
            }
            while (meter.Step());
            await flow.AbortAsync();
            await writing;
        }, overIpv6);
        Assert.Equal(0, meter.Allocated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Echo_of_one_byte_allocates_nothing(bool overIpv6)
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        RunWithServer(async network =>
        {
            var flow = await network.ConnectAsync(Port);
            var buffer = new byte[1];
            do
            {
                (await flow.WriteAsync(buffer)).ThrowIfFailed();
                Check.That((await flow.ReadAsync(buffer)).ThrowIfFailed() == 1);
            }
            while (meter.Step());
        }, overIpv6);
        Assert.Equal(0, meter.Allocated);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1472, false)]
    [InlineData(0, true)]
    [InlineData(1452, true)]
    [InlineData(10_000, false)]
    [InlineData(10_000, true)]
    public void Echo_of_datagrams_allocates_nothing(int size, bool overIpv6)
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        RunWithServer(async network =>
        {
            var client = new DatagramClient(network, meter, size);
            client.Start();
            await client.Done;
        }, overIpv6);
        Assert.Equal(0, meter.Allocated);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1472)]
    public void Answering_pings_allocates_nothing(int size)
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        RunWithServer(async network =>
        {
            var pinger = new Pinger(network, meter, size);
            network.Platform.Attach(pinger);
            await pinger.Done;
        });
        Assert.Equal(0, meter.Allocated);
    }

    [Fact]
    public void A_poll_with_nothing_to_do_allocates_nothing()
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        var loop = new SimulatedLoop(1);
        var platform = new CapturingPlatform(loop);
        var stack = DirectStack<VirtualNetwork, CapturingPlatform, Cubic>.Connect(
            new VirtualSwitch(loop).Connect(), platform, new DirectStackOptions { Addresses = [new IpNetwork(Network.ServerAddress, 24)] });
        stack.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
        do
        {
            Check.That(!platform.Attached.Poll(loop.Now, 256).IsBusy);
        }
        while (meter.Step());
        Assert.Equal(0, meter.Allocated);
    }

    private static void RunWithServer(Func<Network, Task> story, bool overIpv6 = false)
    {
        var network = new Network(overIpv6: overIpv6);
        network.Run(async () =>
        {
            network.Server.ListenTcp(Port, new EchoHandler(), new TcpListenOptions { NoDelay = true }).ThrowIfFailed();
            network.Server.ListenUdp(Port, new EchoDatagramHandler<Net.TcpIp.DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>>(network.Server)).ThrowIfFailed();
            await story(network);
        });
    }

    private static async Task WriteAsync(TcpFlow flow, byte[] data, AllocationMeter meter)
    {
        while (!meter.IsOver && (await flow.WriteAsync(data)).IsDone)
        {
        }
    }

    private sealed class DatagramClient(Network network, AllocationMeter meter, int size)
    {
        private readonly TaskCompletionSource _done = new();
        private readonly byte[] _payload = new byte[size];
        private readonly IpEndpoint _server = new(network.ServerEnd, Port);
        private IpEndpoint _local;

        public Task Done => _done.Task;

        public void Start()
        {
            _local = network.Client.ListenUdp(0, new Handler(this)).ThrowIfFailed();
            Send();
        }

        private void Send() => network.Client.SendUdp(_local, _server, _payload).ThrowIfFailed();

        private void OnAnswer(ReadOnlySpan<byte> payload)
        {
            Check.That(payload.Length == _payload.Length);
            if (meter.Step())
            {
                Send();
            }
            else
            {
                _done.SetResult();
            }
        }

        private readonly struct Handler(DatagramClient client) : IDatagramHandler
        {
            public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => client.OnAnswer(payload);
        }
    }
}
