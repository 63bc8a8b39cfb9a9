using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Client = Mirage.Net.Dns.DnsClient<Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>, Mirage.Net.Virtual.SimulatedPlatform>;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dns.Tests;

/// <summary>A client and two name servers on a link, in virtual time.</summary>
internal sealed class World
{
    public static readonly IpAddress ServerAddress = new Ipv4Address(10, 0, 0, 53);
    public static readonly IpAddress SecondAddress = new Ipv4Address(10, 0, 0, 54);
    public static readonly IpAddress Host = new Ipv4Address(192, 0, 2, 1);
    public static readonly IpAddress Host6 = Ipv6Address.Parse("2001:db8::1");
    public static readonly DomainName Www = DomainName.Parse("www.example.org");

    private readonly List<Exception> _reported = [];

    private World(ulong seed, Func<DnsClientOptions, DnsClientOptions>? options)
    {
        Loop = new SimulatedLoop(seed) { Reported = (_, exception) => _reported.Add(exception) };
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        Stack = Connect(new Ipv4Address(10, 0, 0, 1));
        var basis = new DnsClientOptions { Servers = [new IpEndpoint(ServerAddress, 0), new IpEndpoint(SecondAddress, 0)] };
        Client = new Client(Stack, Platform, options?.Invoke(basis) ?? basis);
        Server = new ScriptedServer<Stack>(Connect(ServerAddress), () => Now);
        Second = new ScriptedServer<Stack>(Connect(SecondAddress), () => Now);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public VirtualSwitch Switch { get; }

    public Stack Stack { get; }

    public Client Client { get; }

    public ScriptedServer<Stack> Server { get; }

    public ScriptedServer<Stack> Second { get; }

    /// <summary>Seconds since the beginning.</summary>
    public double Now => Platform.Now.Nanoseconds / 1e9;

    public static void Run(Func<World, Task> story, Func<DnsClientOptions, DnsClientOptions>? options = null, ulong seed = 1)
    {
        var world = new World(seed, options);
        world.Loop.Run(() => story(world));
        Assert.Empty(world._reported);
    }

    /// <summary>Cancels on this thread.</summary>
    public static void Cancel(CancellationTokenSource source) => source.Cancel();

    public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();

    public Task<Result<DnsAnswer>> AskAsync(string name = "www.example.org", DnsRecordType type = DnsRecordType.A) => Client.QueryAsync(DomainName.Parse(name), type).AsTask();

    public Stack Connect(params IpAddress[] addresses)
        => Stack.Connect(Switch.Connect(mtu: 1500), Platform, new DirectStackOptions { Addresses = [.. addresses.Select(address => new IpNetwork(address, address.IsV4 ? 24 : 64))] });
}
