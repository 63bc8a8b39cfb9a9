using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests.Forwarding;

/// <summary>A host whose default route leads to a stack that accepts any address, in virtual time: over a packet link, or over Ethernet as its router.</summary>
internal sealed class ForwardingNetwork
{
    public static readonly IpAddress HostAddress = new Ipv4Address(10, 1, 0, 2);
    public static readonly IpAddress HostAddress6 = Ipv6Address.Parse("fd01::2");
    private static readonly IpAddress RouterAddress = new Ipv4Address(10, 1, 0, 1);
    private static readonly IpAddress RouterAddress6 = Ipv6Address.Parse("fd01::1");

    private ForwardingNetwork(IStack host, IForwardingStack gateway, Func<StackCounters> hostCounters, Func<StackCounters> gatewayCounters, SimulatedPlatform platform)
        => (Host, Gateway, _hostCounters, _gatewayCounters, Platform) = (host, gateway, hostCounters, gatewayCounters, platform);

    private readonly Func<StackCounters> _hostCounters;
    private readonly Func<StackCounters> _gatewayCounters;

    public IStack Host { get; }

    public IForwardingStack Gateway { get; }

    public SimulatedPlatform Platform { get; }

    public StackCounters HostCounters => _hostCounters();

    public StackCounters GatewayCounters => _gatewayCounters();

    public required Func<IpEndpoint, TcpConnectOptions?, ValueTask<Result<TcpFlow>>> Connect { get; init; }

    public required Func<IpAddress, ValueTask<Result<TimeSpan>>> Ping { get; init; }

    public required Func<IpEndpoint, TcpConnectOptions, ValueTask<Result<TcpFlow>>> ConnectFromGateway { get; init; }

    /// <summary>What kinds of link a story runs over, and to an address of which family.</summary>
    public static TheoryData<bool, string> Kinds => new()
    {
        { false, "192.0.2.7" },
        { false, "2001:db8:7::7" },
        { true, "192.0.2.7" },
        { true, "2001:db8:7::7" },
    };

    public static void Run(bool overEthernet, Func<ForwardingNetwork, Task> story, DirectStackOptions? gateway = null)
    {
        var loop = new SimulatedLoop(1) { Reported = (_, _) => { } };
        var platform = new SimulatedPlatform(loop);
        gateway ??= new DirectStackOptions { AcceptAnyAddress = true };
        loop.Run(async () =>
        {
            if (overEthernet)
            {
                var network = new VirtualSwitch(loop);
                var host = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(
                    network.Connect(), platform, HostOptions with { Gateway = RouterAddress, Ipv6Gateway = RouterAddress6 });
                var router = DirectStack<VirtualNetwork, SimulatedPlatform, Cubic>.Connect(
                    network.Connect(), platform, gateway with { Addresses = [new(RouterAddress, 24), new(RouterAddress6, 64)] });
                await platform.SleepAsync(TimeSpan.FromSeconds(5));
                await story(new ForwardingNetwork(host, router, () => host.Counters, () => router.Counters, platform)
                {
                    Connect = (remote, options) => host.ConnectTcpAsync(remote, options),
                    ConnectFromGateway = (remote, options) => router.ConnectTcpAsync(remote, options),
                    Ping = address => host.Icmp.PingAsync(address, new byte[32], TimeSpan.FromSeconds(2)),
                });
            }
            else
            {
                var link = new VirtualPacketLink(loop);
                var host = DirectIpStack<VirtualPacketDevice, SimulatedPlatform, Cubic>.Connect(link.A, platform, HostOptions);
                var far = DirectIpStack<VirtualPacketDevice, SimulatedPlatform, Cubic>.Connect(link.B, platform, gateway);
                await story(new ForwardingNetwork(host, far, () => host.Counters, () => far.Counters, platform)
                {
                    Connect = (remote, options) => host.ConnectTcpAsync(remote, options),
                    ConnectFromGateway = (remote, options) => far.ConnectTcpAsync(remote, options),
                    Ping = address => host.Icmp.PingAsync(address, new byte[32], TimeSpan.FromSeconds(2)),
                });
            }
        });
    }

    public static IpAddress HostAddressFor(IpAddress destination) => destination.IsV6 ? HostAddress6 : HostAddress;

    public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

    private static DirectStackOptions HostOptions => new() { Addresses = [new(HostAddress, 24), new(HostAddress6, 64)] };
}
