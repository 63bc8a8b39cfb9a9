using System.Text;

namespace Mirage.Net.TcpIp.Tests.Forwarding;

/// <summary>Connections to addresses that nobody has: a forwarder decides about them.</summary>
public class TcpForwarderTests
{
    public static TheoryData<bool, string> Kinds => ForwardingNetwork.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_connection_to_any_address_and_port_is_served_in_its_name(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        network.Gateway.ForwardTcp(new Greeter()).ThrowIfFailed();
        foreach (ushort port in new ushort[] { 1, 80, 65_535 })
        {
            var destination = new IpEndpoint(IpAddress.Parse(address), port);
            var flow = (await network.Connect(destination, null)).ThrowIfFailed();
            Assert.Equal(destination, flow.Remote);
            Assert.Equal($"{flow.Local} to {destination}", Encoding.ASCII.GetString(await flow.ReadAllAsync()));
            Assert.Equal(ForwardingNetwork.HostAddressFor(destination.Address), flow.Local.Address);
            (await flow.CloseAsync()).ThrowIfFailed();
        }
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_refusal_is_a_reset(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        network.Gateway.ForwardTcp(new Deciding(request => request.Refuse())).ThrowIfFailed();
        var before = network.Platform.Now;
        Assert.Equal(ErrorKind.Refused, (await network.Connect(new(IpAddress.Parse(address), 80), null)).Error.Kind);
        Assert.True(network.Platform.Now - before < TimeSpan.FromMilliseconds(100));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_destination_that_cannot_be_reached_is_told_by_an_ICMP_error_that_quotes_the_SYN(bool overEthernet, string address)
        => ForwardingNetwork.Run(overEthernet, async network =>
        {
            network.Gateway.ForwardTcp(new Deciding(request => request.Refuse(UnreachableReason.Host))).ThrowIfFailed();
            var connected = await network.Connect(new(IpAddress.Parse(address), 80), new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(0.5) });
            Assert.False(connected.IsDone);

            // That TCP took it shows that ports and sequence number are those of the SYN (RFC 5927 §4.1).
            Assert.Equal(1, network.HostCounters.Tcp.ErrorsReceived);
            Assert.Equal(0, network.HostCounters.Tcp.ErrorsRefused);
            Assert.Equal(0, network.GatewayCounters.Tcp.Connections);
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_dropped_is_not_answered(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        var asked = 0;
        network.Gateway.ForwardTcp(new Deciding(request =>
        {
            asked++;
            request.Drop();
        })).ThrowIfFailed();
        var connected = await network.Connect(new(IpAddress.Parse(address), 80), new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(2) });
        Assert.Equal(ErrorKind.TimedOut, connected.Error.Kind);

        // The SYN and its repetition after a second are requests of their own.
        Assert.Equal(2, asked);
    });

    [Fact]
    public void A_decision_may_take_its_time_and_the_peer_waits() => ForwardingNetwork.Run(false, async network =>
    {
        network.Gateway.ForwardTcp(new Slow(network, 3)).ThrowIfFailed();
        var before = network.Platform.Now;
        var flow = (await network.Connect(new(new Ipv4Address(192, 0, 2, 7), 80), null)).ThrowIfFailed();
        Assert.InRange((network.Platform.Now - before).TotalSeconds, 3, 3.1);
        (await flow.CloseAsync()).ThrowIfFailed();
    });

    [Fact]
    public void What_took_too_long_to_decide_is_withdrawn() => ForwardingNetwork.Run(false, async network =>
    {
        var withdrawn = new TaskCompletionSource<TimeSpan>();
        var before = network.Platform.Now;
        network.Gateway.ForwardTcp(new Waiting(() => withdrawn.SetResult(network.Platform.Now - before))).ThrowIfFailed();
        var connecting = network.Connect(new(new Ipv4Address(192, 0, 2, 7), 80), new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(10) });
        Assert.Equal(30, (await withdrawn.Task).TotalSeconds, 0.2);
        Assert.Equal(ErrorKind.TimedOut, (await connecting).Error.Kind);
        Assert.Equal(0, network.GatewayCounters.Tcp.HalfOpen);
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stack_that_accepts_any_address_connects_from_any(bool overEthernet, string address) => ForwardingNetwork.Run(overEthernet, async network =>
    {
        var from = new IpEndpoint(IpAddress.Parse(address), 4321);
        var seen = new TaskCompletionSource<IpEndpoint>();
        network.Host.ListenTcp(7, new Handlers.Remote(seen)).ThrowIfFailed();
        var to = new IpEndpoint(ForwardingNetwork.HostAddressFor(from.Address), 7);
        var flow = (await network.ConnectFromGateway(to, new TcpConnectOptions { Local = from })).ThrowIfFailed();
        Assert.Equal(from, await seen.Task);
        await flow.AbortAsync();
    });

    [Fact]
    public void A_stack_that_does_not_accept_any_address_takes_nothing_that_is_sent_to_others() => ForwardingNetwork.Run(
        true,
        async network =>
        {
            network.Gateway.ForwardTcp(new Greeter()).ThrowIfFailed();
            var timeout = new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(2) };
            Assert.Equal(ErrorKind.TimedOut, (await network.Connect(new(new Ipv4Address(192, 0, 2, 7), 80), timeout)).Error.Kind);
            Assert.Equal(2, network.GatewayCounters.Ipv4.NotForUs);
            Assert.Equal(
                ErrorKind.Invalid,
                (await network.ConnectFromGateway(new(ForwardingNetwork.HostAddress, 7), new() { Local = new(new Ipv4Address(192, 0, 2, 7), 1) })).Error.Kind);
        },
        new DirectStackOptions());

    private readonly struct Greeter : ITcpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            var flow = (await request.AcceptAsync()).ThrowIfFailed();
            (await flow.WriteAsync(Encoding.ASCII.GetBytes($"{request.Source} to {flow.Local}"))).ThrowIfFailed();
        }
    }

    private readonly struct Slow(ForwardingNetwork network, double seconds) : ITcpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            await network.Sleep(seconds);
            _ = (await request.AcceptAsync()).ThrowIfFailed();
        }
    }

    private readonly struct Waiting(Action withdrawn) : ITcpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            var ended = new TaskCompletionSource();
            using var registration = request.Withdrawn.Register(ended.SetResult);
            await ended.Task;
            withdrawn();
        }
    }

    private readonly struct Deciding(Action<ITcpForwardRequest<TcpFlow>> decide) : ITcpForwarder
    {
        public ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            decide((ITcpForwardRequest<TcpFlow>)request);
            return default;
        }
    }
}
