using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Client = Mirage.Net.Dhcp.DhcpClient<Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>, Mirage.Net.Virtual.SimulatedPlatform>;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>A link with a host that has no address, and servers, in virtual time.</summary>
internal sealed class World
{
    public static readonly Ipv4Address ServerAddress = new(10, 0, 0, 1);
    public static readonly Ipv4Address OtherServerAddress = new(10, 0, 0, 2);
    public static readonly Ipv4Address Leased = new(10, 0, 0, 100);
    public static readonly Ipv4Address OtherLeased = new(10, 0, 0, 101);

    private readonly List<Exception> _reported = [];

    private World(ulong seed)
    {
        Loop = new SimulatedLoop(seed) { Reported = (_, exception) => _reported.Add(exception) };
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        Stack = Connect();
        Server = AddServer(ServerAddress);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public VirtualSwitch Switch { get; }

    /// <summary>The stack without an address.</summary>
    public Stack Stack { get; }

    public ScriptedServer Server { get; }

    /// <summary>Seconds since the beginning.</summary>
    public double Now => Platform.Now.Nanoseconds / 1e9;

    public static void Run(Func<World, Task> story, ulong seed = 1)
    {
        var world = new World(seed);
        world.Loop.Run(() => story(world));
        Assert.Empty(world._reported);
    }

    public Client Start(DhcpClientOptions? options = null) => Client.Start(Stack, Platform, options ?? new() { DetectConflicts = false }).ThrowIfFailed();

    /// <summary>A client with a lease from a server that answers, a hundred seconds long unless the server says otherwise.</summary>
    public async Task<(Client Client, DhcpLease Lease)> BindAsync(DhcpClientOptions? options = null)
    {
        Server.Answers = true;
        var client = Start(options);
        return (client, (await client.WaitForLeaseAsync()).ThrowIfFailed());
    }

    /// <summary>The IPv4 addresses of the stack.</summary>
    public IEnumerable<IpNetwork> Addresses => Stack.Addresses.Where(address => address.Address.IsV4);

    /// <summary>Cancels on this thread.</summary>
    public static void Cancel(CancellationTokenSource source) => source.Cancel();

    public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

    public async Task SleepUntil(double seconds) => await Sleep(seconds - Now);

    public ScriptedServer AddServer(Ipv4Address address) => new(Connect(address), Platform, address);

    public Stack Connect(params Ipv4Address[] addresses)
        => Stack.Connect(Switch.Connect(mtu: 1500), Platform, new DirectStackOptions { Addresses = [.. addresses.Select(address => new IpNetwork(address, 24))] });
}
