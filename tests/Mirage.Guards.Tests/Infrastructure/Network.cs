using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.NewReno>;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests;

/// <summary>Two stacks on a switch, on one thread and in virtual time.</summary>
internal sealed class Network
{
    public static readonly IpAddress ClientAddress = new Ipv4Address(10, 0, 0, 1);
    public static readonly IpAddress ServerAddress = new Ipv4Address(10, 0, 0, 2);

    public Network(ulong seed = 1, TcpSettings? tcp = null)
    {
        Loop = new SimulatedLoop(seed) { Reported = (source, exception) => Reports.Add($"{source}: {exception}") };
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        var (client, server) = (Switch.Connect(), Switch.Connect());
        ServerMac = server.Mac;
        Client = Connect(client, ClientAddress, tcp);
        Server = Connect(server, ServerAddress, tcp);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    /// <summary>What was reported to the loop: handlers that failed, above all.</summary>
    public List<string> Reports { get; } = [];

    public VirtualSwitch Switch { get; }

    public SimulatedStack Client { get; }

    public SimulatedStack Server { get; }

    public MacAddress ServerMac { get; }

    public void Run(Func<Task> story) => Loop.Run(story);

    public async Task<TcpFlow> ConnectAsync(ushort port)
        => (await Client.ConnectTcpAsync(new IpEndpoint(ServerAddress, port))).ThrowIfFailed();

    private SimulatedStack Connect(VirtualNetwork network, IpAddress address, TcpSettings? tcp)
        => SimulatedStack.Connect(network, Platform, new DirectStackOptions { Addresses = [new IpNetwork(address, 24)], Tcp = tcp ?? new TcpSettings() });
}
