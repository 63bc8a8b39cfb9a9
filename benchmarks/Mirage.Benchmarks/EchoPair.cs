using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Benchmarks;

/// <summary>Two direct stacks in virtual time on one loop, of which one echoes.</summary>
internal static class EchoPair
{
    private const ushort Port = 7;

    private static readonly IpAddress _clientAddress = new Ipv4Address(10, 0, 0, 1);
    private static readonly IpAddress _serverAddress = new Ipv4Address(10, 0, 0, 2);

    /// <summary>Makes them over two devices that reach each other, and connects to the one that echoes.</summary>
    public static TcpFlow Connect<TNetwork>(SimulatedLoop loop, TNetwork clientNetwork, TNetwork serverNetwork)
        where TNetwork : struct, INetwork
        => Connect(loop, Stack(loop, clientNetwork, _clientAddress), Stack(loop, serverNetwork, _serverAddress), _serverAddress);

    /// <summary>The same of one stack that connects to itself.</summary>
    public static TcpFlow ConnectToItself<TNetwork>(SimulatedLoop loop, TNetwork network)
        where TNetwork : struct, INetwork
    {
        var stack = Stack(loop, network, _clientAddress);
        return Connect(loop, stack, stack, _clientAddress);
    }

    private static DirectStack<TNetwork, SimulatedPlatform, Cubic> Stack<TNetwork>(SimulatedLoop loop, TNetwork network, IpAddress address)
        where TNetwork : struct, INetwork
        => DirectStack<TNetwork, SimulatedPlatform, Cubic>.Connect(network, new SimulatedPlatform(loop), new() { Addresses = [new IpNetwork(address, 24)] });

    private static TcpFlow Connect<TNetwork>(
        SimulatedLoop loop,
        DirectStack<TNetwork, SimulatedPlatform, Cubic> client,
        DirectStack<TNetwork, SimulatedPlatform, Cubic> server,
        IpAddress address)
        where TNetwork : struct, INetwork
    {
        TcpFlow flow = default;
        loop.Run(async () =>
        {
            server.ListenTcp(Port, new EchoHandler(), new TcpListenOptions { NoDelay = true }).ThrowIfFailed();
            flow = (await client.ConnectTcpAsync(new IpEndpoint(address, Port), new TcpConnectOptions { NoDelay = true })).ThrowIfFailed();
        });
        return flow;
    }
}
