using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests;

/// <summary>Two stacks on a switch, on one thread and in virtual time.</summary>
internal sealed class Network
{
    public static readonly IpAddress ClientAddress = new Ipv4Address(10, 0, 0, 1);
    public static readonly IpAddress ServerAddress = new Ipv4Address(10, 0, 0, 2);

    public Network(ulong seed = 1, TcpSettings? tcp = null, bool overIpv6 = false)
    {
        ServerEnd = overIpv6 ? Ipv6Address.Parse("fd00::2") : ServerAddress;
        Loop = new SimulatedLoop(seed) { Reported = (source, exception) => Reports.Add($"{source}: {exception}") };
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        var (client, server) = (Switch.Connect(), Switch.Connect());
        ServerMac = server.Mac;
        Client = Connect(client, [new(ClientAddress, 24), new(Ipv6Address.Parse("fd00::1"), 64)], tcp);
        Server = Connect(server, [new(ServerAddress, 24), new(Ipv6Address.Parse("fd00::2"), 64)], tcp);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    /// <summary>What was reported to the loop: handlers that failed, above all.</summary>
    public List<string> Reports { get; } = [];

    public VirtualSwitch Switch { get; }

    public SimulatedStack Client { get; }

    public SimulatedStack Server { get; }

    public MacAddress ServerMac { get; }

    /// <summary>The server's address in the family that this network is for.</summary>
    public IpAddress ServerEnd { get; }

    public void Run(Func<Task> story) => Loop.Run(story);

    public async Task<TcpFlow> ConnectAsync(ushort port)
        => (await Client.ConnectTcpAsync(new IpEndpoint(ServerEnd, port))).ThrowIfFailed();

    private SimulatedStack Connect(VirtualNetwork network, IpNetwork[] addresses, TcpSettings? tcp)
        => SimulatedStack.Connect(network, Platform, new DirectStackOptions
        {
            Addresses = addresses,
            Tcp = tcp ?? new TcpSettings(),
            Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
        });
}
