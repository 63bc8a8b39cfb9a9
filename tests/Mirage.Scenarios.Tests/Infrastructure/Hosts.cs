using ServerDevice = Mirage.Scenarios.Tests.Middlebox<Mirage.Net.Virtual.VirtualNetwork>;
using Device = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Scenarios.Tests;

/// <summary>How two hosts are connected.</summary>
internal sealed record HostsOptions
{
    public static HostsOptions Default { get; } = new();

    /// <summary>What happens to frames from the client to the server.</summary>
    public LinkOptions There { get; init; } = new();

    /// <summary>What happens to frames from the server to the client.</summary>
    public LinkOptions Back { get; init; } = new();

    /// <summary>Both directions.</summary>
    public LinkOptions Both
    {
        init => (There, Back) = (value, value);
    }

    public int ClientMtu { get; init; } = 1500;

    public int ServerMtu { get; init; } = 1500;

    public TcpSettings ClientTcp { get; init; } = new();

    public TcpSettings ServerTcp { get; init; } = new();

    public TcpSettings Tcp
    {
        init => ClientTcp = ServerTcp = value;
    }

    /// <summary>Whether a middle box takes SACK and timestamps out of SYNs.</summary>
    public bool PlainOptions { get; init; }

    public StackLimits Limits { get; init; } = new();

    public IpFamily Family { get; init; }
}

/// <summary>Which internet protocol a scenario runs over.</summary>
public enum IpFamily
{
    /// <summary>IPv4.</summary>
    Ipv4,

    /// <summary>IPv6.</summary>
    Ipv6,
}

/// <summary>Two stacks on a switch with an impaired link between them.</summary>
internal sealed class Hosts<TCongestion>
    where TCongestion : struct, ICongestionControl
{
    public const ushort Port = 7;

    // Until then a new IPv6 address may be another's (RFC 4862 §5.4), and is not used.
    private static readonly TimeSpan Tentative = TimeSpan.FromSeconds(3);

    private readonly IpFamily _family;

    public Hosts(SimulatedPlatform platform, HostsOptions options)
    {
        Platform = platform;
        Switch = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 8192 });
        Seeds.Capture(Switch);
        _family = options.Family;
        (ClientAddress, ServerAddress) = _family == IpFamily.Ipv4
            ? (IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"))
            : (IpAddress.Parse("fd00::1"), IpAddress.Parse("fd00::2"));
        Link = new Device(Switch.Connect(options.ClientMtu), platform, options.There, options.Back);
        Client = DirectStack<Device, SimulatedPlatform, TCongestion>.Connect(Link, platform, StackOptions(ClientAddress, options.ClientTcp, options.Limits));
        Server = DirectStack<ServerDevice, SimulatedPlatform, TCongestion>.Connect(
            new ServerDevice(Switch.Connect(options.ServerMtu), options.PlainOptions), platform, StackOptions(ServerAddress, options.ServerTcp, options.Limits));
    }

    public SimulatedPlatform Platform { get; }

    public VirtualSwitch Switch { get; }

    public Device Link { get; }

    public IpAddress ClientAddress { get; }

    public IpAddress ServerAddress { get; }

    public DirectStack<Device, SimulatedPlatform, TCongestion> Client { get; }

    public DirectStack<ServerDevice, SimulatedPlatform, TCongestion> Server { get; }

    public Task Sleep(TimeSpan time) => Platform.SleepAsync(time).AsTask();

    public async Task<TcpFlow> ConnectAsync(ushort port = Port, TcpConnectOptions? options = null)
    {
        if (_family == IpFamily.Ipv6 && Platform.Now < new Instant(0) + Tentative)
        {
            await Sleep(Tentative);
        }

        var flow = await Client.ConnectTcpAsync(new IpEndpoint(ServerAddress, port), options ?? new TcpConnectOptions { Timeout = TimeSpan.FromMinutes(10) });
        return flow.ThrowIfFailed();
    }

    public void Listen<THandler>(THandler handler, TcpListenOptions? options = null, ushort port = Port)
        where THandler : struct, IFlowHandler
        => _ = Server.ListenTcp(port, handler, options).ThrowIfFailed();

    /// <summary>Waits longer than any connection lasts after its program has closed it, and looks for what is left.</summary>
    public async Task ExpectNothingLeftAsync()
    {
        await Sleep(TimeSpan.FromMinutes(5));
        foreach (var counters in new[] { Client.Counters, Server.Counters })
        {
            Assert.Equal((0, 0, 0L, 0L), (counters.Tcp.Connections, counters.Tcp.TimeWait, counters.BuffersInUse, counters.Tcp.HandlerFailed));
        }

        Assert.Equal((0, 0), (Link.OutboundCounters.InFlight, Link.InboundCounters.InFlight));
    }

    private DirectStackOptions StackOptions(IpAddress address, TcpSettings tcp, StackLimits limits)
        => new()
        {
            Addresses = [new IpNetwork(address, _family == IpFamily.Ipv4 ? 24 : 64)],
            UseIpv6 = _family == IpFamily.Ipv6,
            Tcp = tcp,
            Limits = limits,

            // Address resolution has three attempts; a bad link would make it, not TCP, fail.
            Arp = new ArpOptions { MaxRequests = 20 },
            Ndp = new NdpSettings { MaxMulticastSolicitations = 20, MaxUnicastSolicitations = 20 },
        };
}
