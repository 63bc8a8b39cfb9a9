using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using IpStack = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Guards.Tests.Allocation;

/// <summary>Once it is warm, a stack over a packet device moves what is sent to any address without allocating.</summary>
public class ForwardingAllocationTests
{
    private static readonly IpEndpoint _there = new(new Ipv4Address(192, 0, 2, 7), 7);

    [Fact]
    public void Echo_through_a_forwarder_of_connections_allocates_nothing()
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        Run(async (client, gateway) =>
        {
            gateway.ForwardTcp(new EchoForwarder(), new TcpListenOptions { NoDelay = true }).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(_there)).ThrowIfFailed();
            var buffer = new byte[100];
            do
            {
                (await flow.WriteAsync(buffer)).ThrowIfFailed();
                Check.That((await flow.ReadAsync(buffer)).ThrowIfFailed() == 100);
            }
            while (meter.Step());
        });
        Assert.Equal(0, meter.Allocated);
    }

    [Fact]
    public void Echo_through_a_forwarder_of_datagrams_allocates_nothing()
    {
        var meter = new AllocationMeter(warmUp: 1000, end: 3000);
        Run(async (client, gateway) =>
        {
            gateway.ForwardUdp(new EchoForwarder()).ThrowIfFailed();
            var done = new TaskCompletionSource();
            var sender = new Sender(client, meter, done);
            sender.Start();
            await done.Task;
        });
        Assert.Equal(0, meter.Allocated);
    }

    private static void Run(Func<IpStack, IpStack, Task> story)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        var client = IpStack.Connect(link.A, platform, new DirectStackOptions { Addresses = [new IpNetwork(new Ipv4Address(10, 9, 0, 2), 32)] });
        var gateway = IpStack.Connect(link.B, platform, new DirectStackOptions { AcceptAnyAddress = true });
        loop.Run(() => story(client, gateway));
    }

    private sealed class Sender(IpStack client, AllocationMeter meter, TaskCompletionSource done)
    {
        private readonly byte[] _payload = new byte[1000];
        private IpEndpoint _local;

        public void Start()
        {
            _local = client.ListenUdp(0, new Handler(this)).ThrowIfFailed();
            Send();
        }

        private void Send() => client.SendUdp(_local, _there, _payload).ThrowIfFailed();

        private readonly struct Handler(Sender sender) : IDatagramHandler
        {
            public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
            {
                Check.That(payload.Length == sender._payload.Length);
                if (sender.Meter.Step())
                {
                    sender.Send();
                }
                else
                {
                    sender.Done.SetResult();
                }
            }
        }

        private AllocationMeter Meter => meter;

        private TaskCompletionSource Done => done;
    }

    private readonly struct EchoForwarder : ITcpForwarder, IUdpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            var flow = (await request.AcceptAsync()).ThrowIfFailed();
            var buffer = new byte[1000];
            while ((await flow.ReadAsync(buffer)) is { HasData: true } read)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).ThrowIfFailed();
            }
        }

        public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
            where TAssociation : struct, IUdpAssociation
            => association.Reply(payload).ThrowIfFailed();

        public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
        {
        }
    }
}
