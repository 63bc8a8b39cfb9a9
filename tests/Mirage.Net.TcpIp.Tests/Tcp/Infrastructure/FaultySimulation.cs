using System.Collections.Concurrent;
using FaultyStack = Mirage.Net.TcpIp.DirectStack<
    Mirage.Net.TcpIp.Tests.Tcp.Faulty<Mirage.Net.Virtual.VirtualNetwork>, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.NewReno>;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Two stacks with a bad link between them, in virtual time.</summary>
internal sealed class FaultySimulation
{
    public FaultySimulation(ulong seed, Faults faults, TcpSettings? tcp = null, StackLimits? limits = null)
    {
        Loop = new SimulatedLoop(seed) { Reported = (source, exception) => Reports.Enqueue($"{source}: {exception}") };
        Platform = new SimulatedPlatform(Loop);
        var bridge = new VirtualSwitch(Loop);
        Client = Connect(bridge, Simulation.ClientAddress, faults, tcp, limits);
        Server = Connect(bridge, Simulation.ServerAddress, faults, tcp, limits);
    }

    /// <summary>The failures that nobody awaited.</summary>
    public ConcurrentQueue<string> Reports { get; } = new();

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public FaultyStack Client { get; }

    public FaultyStack Server { get; }

    private FaultyStack Connect(VirtualSwitch bridge, IpAddress address, Faults faults, TcpSettings? tcp, StackLimits? limits)
        => FaultyStack.Connect(
            new Faulty<VirtualNetwork>(bridge.Connect(), Platform, faults),
            Platform,
            new DirectStackOptions
            {
                Addresses = [new IpNetwork(address, 24)],
                Tcp = tcp ?? new TcpSettings(),
                Limits = limits ?? new StackLimits(),

                // Address resolution has three attempts; a bad link would make it, not TCP, fail.
                Arp = new ArpOptions { MaxRequests = 20 },
            });
}
