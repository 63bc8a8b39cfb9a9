using TunGateway;

namespace Mirage.Examples.Tests.TunGateway;

/// <summary>Datagrams through the gateway, in virtual time.</summary>
public sealed class GatewayDatagramTests
{
    private const ushort Port = 53;

    public static TheoryData<string> Servers => [SimulatedGateway.ServerAddress.ToString(), SimulatedGateway.ServerAddress6.ToString()];

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_datagram_is_answered(string server) => SimulatedGateway.Run(async gateway =>
    {
        var there = new IpEndpoint(IpAddress.Parse(server), Port);
        gateway.Server.ListenUdp(Port, (local, remote, payload) => gateway.Server.SendUdp(local, remote, payload).ThrowIfFailed()).ThrowIfFailed();
        var received = new List<(IpEndpoint From, byte[] Payload)>();
        var own = gateway.Client.ListenUdp(0, (_, remote, payload) => received.Add((remote, payload.ToArray()))).ThrowIfFailed();
        for (var i = 0; i < 50; i++)
        {
            var payload = Enumerable.Repeat((byte)i, i * 28).ToArray();
            gateway.Client.SendUdp(own, there, payload).ThrowIfFailed();
            await gateway.Sleep(1);
            Assert.Equal((there, Convert.ToHexString(payload)), (received[^1].From, Convert.ToHexString(received[^1].Payload)));
        }

        Assert.Equal(50, received.Count);
    });

    [Fact]
    public void One_port_inside_is_one_port_outside_whomever_it_sends_to() => SimulatedGateway.Run(async gateway =>
    {
        // RFC 4787 (REQ-1).
        var seen = new List<(ushort At, IpEndpoint From)>();
        foreach (ushort port in new ushort[] { 1001, 1002 })
        {
            gateway.Server.ListenUdp(port, (local, remote, _) => seen.Add((local.Port, remote))).ThrowIfFailed();
        }

        var first = gateway.Client.ListenUdp(0, (_, _, _) => { }).ThrowIfFailed();
        var second = gateway.Client.ListenUdp(0, (_, _, _) => { }).ThrowIfFailed();
        gateway.Client.SendUdp(first, new(SimulatedGateway.ServerAddress, 1001), [1]).ThrowIfFailed();
        gateway.Client.SendUdp(first, new(SimulatedGateway.ServerAddress, 1002), [1]).ThrowIfFailed();
        gateway.Client.SendUdp(second, new(SimulatedGateway.ServerAddress, 1001), [1]).ThrowIfFailed();
        await gateway.Sleep(1);
        Assert.Equal([1001, 1002, 1001], seen.Select(datagram => (int)datagram.At));
        Assert.All(seen, datagram => Assert.Equal(SimulatedGateway.OutsideAddress, datagram.From.Address));
        Assert.Equal(seen[0].From.Port, seen[1].From.Port);
        Assert.NotEqual(seen[0].From.Port, seen[2].From.Port);
    });

    [Fact]
    public void Only_who_was_sent_to_can_answer() => SimulatedGateway.Run(async gateway =>
    {
        IpEndpoint mapped = default;
        gateway.Server.ListenUdp(1001, (_, remote, _) => mapped = remote).ThrowIfFailed();
        var received = new List<IpEndpoint>();
        var own = gateway.Client.ListenUdp(0, (_, remote, _) => received.Add(remote)).ThrowIfFailed();
        gateway.Client.SendUdp(own, new(SimulatedGateway.ServerAddress, 1001), [1]).ThrowIfFailed();
        await gateway.Sleep(1);
        gateway.Server.SendUdp(new(default, 1002), mapped, [2]).ThrowIfFailed();
        gateway.Server.SendUdp(new(default, 1001), mapped, [3]).ThrowIfFailed();
        await gateway.Sleep(1);
        Assert.Equal([new IpEndpoint(SimulatedGateway.ServerAddress, 1001)], received);
    });

    [Fact]
    public void What_is_silent_is_forgotten_and_its_port_outside_is_free_again() => SimulatedGateway.Run(
        async gateway =>
        {
            IpEndpoint mapped = default;
            gateway.Server.ListenUdp(1001, (_, remote, _) => mapped = remote).ThrowIfFailed();
            var received = 0;
            var own = gateway.Client.ListenUdp(0, (_, _, _) => received++).ThrowIfFailed();
            gateway.Client.SendUdp(own, new(SimulatedGateway.ServerAddress, 1001), [1]).ThrowIfFailed();
            await gateway.Sleep(50);
            var open = mapped;
            gateway.Server.SendUdp(new(default, 1001), open, [2]).ThrowIfFailed();
            await gateway.Sleep(59);
            Assert.Equal((1, 1), (received, gateway.Inside.Counters.Udp.Associations));
            await gateway.Sleep(2);
            Assert.Equal(0, gateway.Inside.Counters.Udp.Associations);
            Assert.Equal(ErrorKind.NotFound, gateway.Outside.UnlistenUdp(open.Port).Error.Kind);
        },
        new GatewaySettings { DatagramIdle = TimeSpan.FromSeconds(60) });

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_port_where_nobody_listens_is_unreachable_and_the_next_datagrams_go_on(string server) => SimulatedGateway.Run(async gateway =>
    {
        var failures = new List<(IpEndpoint Remote, ErrorKind Error)>();
        var options = new UdpListenOptions { OnError = (_, remote, error) => failures.Add((remote, error.Kind)) };
        var own = gateway.Client.ListenUdp(0, (_, _, _) => { }, options).ThrowIfFailed();
        var there = new IpEndpoint(IpAddress.Parse(server), Port);
        gateway.Client.SendUdp(own, there, [1]).ThrowIfFailed();
        await gateway.Sleep(1);
        Assert.Equal([(there, ErrorKind.Refused)], failures);
        var arrived = 0;
        gateway.Server.ListenUdp(Port, (_, _, _) => arrived++).ThrowIfFailed();
        gateway.Client.SendUdp(own, there, [1]).ThrowIfFailed();
        await gateway.Sleep(1);
        Assert.Equal((1, 1), (arrived, failures.Count));
    });

    [Fact]
    public void A_destination_without_a_route_is_unreachable() => SimulatedGateway.Run(async gateway =>
    {
        var failures = new List<ErrorKind>();
        var own = gateway.Client.ListenUdp(0, (_, _, _) => { }, new UdpListenOptions { OnError = (_, _, error) => failures.Add(error.Kind) }).ThrowIfFailed();
        gateway.Client.SendUdp(own, new(new Ipv4Address(203, 0, 113, 5), Port), [1]).ThrowIfFailed();
        await gateway.Sleep(1);
        Assert.Equal([ErrorKind.Unreachable], failures);
    });
}
