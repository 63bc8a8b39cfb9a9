using TunGateway;

namespace Mirage.Examples.Tests.TunGateway;

/// <summary>Connections through the gateway, in virtual time.</summary>
public sealed class GatewayConnectionTests
{
    private const ushort Port = 80;

    public static TheoryData<string> Servers => [SimulatedGateway.ServerAddress.ToString(), SimulatedGateway.ServerAddress6.ToString()];

    [Theory]
    [MemberData(nameof(Servers))]
    public void Bytes_go_both_ways_and_each_end_for_itself(string server) => SimulatedGateway.Run(async gateway =>
    {
        var accepted = gateway.Accept(Port);
        var near = await gateway.ConnectAsync(IpAddress.Parse(server), Port);
        var (far, done) = accepted.Dequeue();
        var (up, down) = (Bytes(1, 1_000_000), Bytes(2, 700_000));

        // The client ends its side first; what the server still has to say arrives nevertheless.
        var sending = SendAndEndAsync(near, up);
        Assert.Equal(up, await ReadAllAsync(far));
        await sending;
        sending = SendAndEndAsync(far, down);
        Assert.Equal(down, await ReadAllAsync(near));
        await sending;
        done.SetResult();
        (await near.CloseAsync()).ThrowIfFailed();
        await gateway.Sleep(300);
        Assert.Equal((0, 0), (gateway.Inside.Counters.Tcp.Connections, gateway.Outside.Counters.Tcp.Connections));
    });

    [Fact]
    public void The_server_may_end_first() => SimulatedGateway.Run(async gateway =>
    {
        var accepted = gateway.Accept(Port);
        var near = await gateway.ConnectAsync(SimulatedGateway.ServerAddress, Port);
        var (far, done) = accepted.Dequeue();
        await SendAndEndAsync(far, Bytes(1, 10));
        Assert.Equal(10, (await ReadAllAsync(near)).Length);
        var up = Bytes(2, 500_000);
        var sending = SendAndEndAsync(near, up);
        Assert.Equal(up, await ReadAllAsync(far));
        await sending;
        done.SetResult();
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_of_one_side_is_a_reset_of_the_other(bool byServer) => SimulatedGateway.Run(async gateway =>
    {
        var accepted = gateway.Accept(Port);
        var near = await gateway.ConnectAsync(SimulatedGateway.ServerAddress, Port);
        var (far, done) = accepted.Dequeue();
        (await near.WriteAsync(Bytes(1, 1000))).ThrowIfFailed();
        await gateway.Sleep(1);
        var (resetting, other) = byServer ? (far, (IFlow)near) : (near, far);
        await resetting.AbortAsync();
        FlowRead read;
        do
        {
            read = await other.ReadAsync(new byte[10_000]);
        }
        while (read.HasData);
        Assert.Equal(ErrorKind.Reset, read.Error.Kind);
        done.SetResult();
        await gateway.Sleep(1);
        Assert.Equal((0, 0), (gateway.Inside.Counters.Tcp.Connections, gateway.Outside.Counters.Tcp.Connections));
    });

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_port_where_nobody_listens_refuses_at_once(string server) => SimulatedGateway.Run(async gateway =>
    {
        var before = gateway.Platform.Now;
        var connected = await gateway.Client.ConnectTcpAsync(new(IpAddress.Parse(server), 81));
        Assert.Equal(ErrorKind.Refused, connected.Error.Kind);
        Assert.True(gateway.Platform.Now - before < TimeSpan.FromSeconds(1));
    });

    [Theory]
    [InlineData("203.0.113.5")] // The gateway has no route.
    [InlineData("192.0.2.99")] // Nobody answers its question for the address.
    public void A_destination_that_cannot_be_reached_is_told_by_ICMP(string address) => SimulatedGateway.Run(async gateway =>
    {
        var connected = await gateway.Client.ConnectTcpAsync(new(IpAddress.Parse(address), Port), new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(25) });
        Assert.False(connected.IsDone);
        Assert.NotEqual(0, gateway.Client.Counters.Tcp.ErrorsReceived);
        Assert.Equal(0, gateway.Inside.Counters.Tcp.PassiveOpens);
    });

    [Fact]
    public void A_destination_that_says_nothing_is_given_up_before_those_inside_give_up() => SimulatedGateway.Run(
        async gateway =>
        {
            // A forwarder that never decides stands for a host that takes the SYN and says nothing.
            gateway.Server.ForwardTcp(new Silent()).ThrowIfFailed();
            var connecting = gateway.Client.ConnectTcpAsync(new(SimulatedGateway.ServerAddress, Port));
            await gateway.Sleep(9);
            Assert.Equal((1, 0L), (gateway.Inside.Counters.Tcp.HalfOpen, gateway.Client.Counters.Tcp.ErrorsReceived));
            await gateway.Sleep(2);
            Assert.Equal((0, 1L), (gateway.Inside.Counters.Tcp.HalfOpen, gateway.Client.Counters.Tcp.ErrorsReceived));
            Assert.False((await connecting).IsDone);
        },
        new GatewaySettings { ConnectTimeout = TimeSpan.FromSeconds(10) });

    [Fact]
    public void A_server_that_does_not_read_holds_the_client_back_and_nothing_is_lost() => SimulatedGateway.Run(async gateway =>
    {
        const int Size = 20_000_000;
        var accepted = gateway.Accept(Port);
        var near = await gateway.ConnectAsync(SimulatedGateway.ServerAddress, Port);
        var (far, done) = accepted.Dequeue();
        var data = Bytes(3, Size);
        var sending = SendAndEndAsync(near, data);
        await gateway.Sleep(120);

        // What the gateway holds is what its buffers on both sides take, and one piece between them.
        Assert.False(sending.IsCompleted);
        Assert.InRange(gateway.Inside.Counters.BuffersInUse + gateway.Outside.Counters.BuffersInUse, 1, Size / 2);
        Assert.Equal(data, await ReadAllAsync(far));
        await sending;
        done.SetResult();
    });

    [Fact]
    public void A_thousand_connections_at_once_do_not_mix() => SimulatedGateway.Run(async gateway =>
    {
        gateway.Server.ListenTcp(Port, new Echo()).ThrowIfFailed();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            var flow = await gateway.ConnectAsync(SimulatedGateway.ServerAddress, Port);
            var data = Bytes(i, 5000 + i);
            var sending = SendAndEndAsync(flow, data);
            Assert.Equal(data, await ReadAllAsync(flow));
            await sending;
            (await flow.CloseAsync()).ThrowIfFailed();
        }));
    });

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task SendAndEndAsync(IFlow flow, byte[] data)
    {
        (await flow.WriteAsync(data)).ThrowIfFailed();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
    }

    private static async Task<byte[]> ReadAllAsync(IFlow flow)
    {
        using var all = new MemoryStream();
        var buffer = new byte[65_536];
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private readonly struct Silent : ITcpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
            => await new TaskCompletionSource().Task;
    }

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[65_536];
            while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
            }
        }
    }
}
