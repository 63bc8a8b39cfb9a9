using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>Two stacks on a switch, in virtual time. A test is a story that runs on their loop.</summary>
internal sealed class Simulation
{
    public static readonly IpAddress ClientAddress = new Ipv4Address(10, 0, 0, 1);
    public static readonly IpAddress ServerAddress = new Ipv4Address(10, 0, 0, 2);

    public static readonly IpAddress ClientAddress6 = Ipv6Address.Parse("2001:db8::1");
    public static readonly IpAddress ServerAddress6 = Ipv6Address.Parse("2001:db8::2");

    public Simulation(ulong seed = 1, int mtu = 1500, TcpSettings? tcp = null, StackLimits? serverLimits = null)
    {
        Loop = new SimulatedLoop(seed);
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        Client = Connect(Switch.Connect(mtu: mtu), ClientAddress, tcp);
        Server = Connect(Switch.Connect(mtu: mtu), ServerAddress, tcp, serverLimits);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public VirtualSwitch Switch { get; }

    public SimulatedStack Client { get; }

    public SimulatedStack Server { get; }

    public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

    public void Run(Func<Task> story) => Loop.Run(story);

    public async Task<TcpFlow> ConnectAsync(ushort port, TcpConnectOptions? options = null)
        => (await Client.ConnectTcpAsync(new IpEndpoint(ServerAddress, port), options)).ThrowIfFailed();

    private SimulatedStack Connect(VirtualNetwork network, IpAddress address, TcpSettings? tcp, StackLimits? limits = null)
        => SimulatedStack.Connect(network, Platform, new DirectStackOptions
        {
            Addresses = [new IpNetwork(address, 24)],
            Tcp = tcp ?? new TcpSettings(),
            Limits = limits ?? new StackLimits(),
        });
}
