using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using TunGateway;
using IpStack = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Virtual.VirtualPacketDevice, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using LinkStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Examples.Tests.TunGateway;

/// <summary>The gateway between a host inside, over a packet link, and a server outside, over Ethernet; all in virtual time.</summary>
internal sealed class SimulatedGateway
{
    public static readonly IpAddress ServerAddress = new Ipv4Address(192, 0, 2, 7);
    public static readonly IpAddress ServerAddress6 = Ipv6Address.Parse("2001:db8:7::7");
    public static readonly IpAddress OutsideAddress = new Ipv4Address(192, 0, 2, 1);
    private static readonly IpAddress OutsideAddress6 = Ipv6Address.Parse("2001:db8:7::1");

    private SimulatedGateway(IpStack client, IpStack inside, LinkStack outside, LinkStack server, SimulatedPlatform platform)
        => (Client, Inside, Outside, Server, Platform) = (client, inside, outside, server, platform);

    /// <summary>The host inside.</summary>
    public IpStack Client { get; }

    /// <summary>The gateway's stack inside.</summary>
    public IpStack Inside { get; }

    /// <summary>The gateway's stack outside.</summary>
    public LinkStack Outside { get; }

    /// <summary>The host outside.</summary>
    public LinkStack Server { get; }

    public SimulatedPlatform Platform { get; }

    public static void Run(Func<SimulatedGateway, Task> story, GatewaySettings? settings = null, ulong seed = 1)
    {
        var failures = new List<string>();
        var loop = new SimulatedLoop(seed) { Reported = (source, exception) => failures.Add($"{source}: {exception}") };
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        var network = new VirtualSwitch(loop);
        loop.Run(async () =>
        {
            var client = IpStack.Connect(link.A, platform, new() { Addresses = [new(new Ipv4Address(10, 9, 0, 2), 32), new(Ipv6Address.Parse("fd09::2"), 128)] });
            var inside = IpStack.Connect(link.B, platform, new() { AcceptAnyAddress = true });
            var outside = LinkStack.Connect(network.Connect(), platform, new() { Addresses = [new(OutsideAddress, 24), new(OutsideAddress6, 64)] });
            var server = LinkStack.Connect(network.Connect(), platform, new() { Addresses = [new(ServerAddress, 24), new(ServerAddress6, 64)] });
            await platform.SleepAsync(TimeSpan.FromSeconds(5));
            var console = MemoryConsole.Create();
            var gateway = new Gateway<MemoryConsole, IpStack, LinkStack, TcpFlow>(console, inside, outside, settings ?? new GatewaySettings()).StartAsync(CancellationToken.None);
            await story(new SimulatedGateway(client, inside, outside, server, platform));
            await inside.DisconnectAsync();
            await gateway;
        });
        Assert.Equal([], failures);
    }

    public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

    public async Task<TcpFlow> ConnectAsync(IpAddress address, ushort port) => (await Client.ConnectTcpAsync(new(address, port))).ThrowIfFailed();

    /// <summary>Accepts connections at the server.</summary>
    public Queue<Accepted> Accept(ushort port)
    {
        var accepted = new Queue<Accepted>();
        Server.ListenTcp(port, new Accepting(accepted)).ThrowIfFailed();
        return accepted;
    }

    /// <summary>A connection at the server, and what ends its handler.</summary>
    internal sealed record Accepted(IFlow Flow, TaskCompletionSource Done);

    private readonly struct Accepting(Queue<Accepted> accepted) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var connection = new Accepted(flow, new TaskCompletionSource());
            accepted.Enqueue(connection);
            await connection.Done.Task;
        }
    }
}
