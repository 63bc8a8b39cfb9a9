using Mirage.Net.TcpIp;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dns.Tests;

/// <summary>Connecting by name over the direct stack, with names from a name server.</summary>
public class ConnectingByNameTests
{
    private static readonly IpNetwork s_client6 = IpNetwork.Parse("2001:db8::10/64");
    private static readonly IpAddress s_host6 = Ipv6Address.Parse("2001:db8::99");
    private static readonly IpAddress s_host = new Ipv4Address(10, 0, 0, 99);

    [Fact]
    public void A_host_whose_IPv6_works_is_reached_over_it() => World.Run(async world =>
    {
        Serve(world, new IpNetwork(s_host, 24), new IpNetwork(s_host6, 64));
        await Prepare(world);
        var flow = await ConnectAsync(world);
        Assert.Equal(s_host6, flow.Remote.Address);
        Assert.Equal("hello", await ReadAsync(flow));
    });

    [Fact]
    public void A_host_whose_IPv6_is_silent_is_reached_over_IPv4_after_250_ms() => World.Run(async world =>
    {
        // There is a router for IPv6, which loses everything.
        Serve(world, new IpNetwork(s_host, 24));
        _ = world.Connect(Ipv6Address.Parse("2001:db8::fe"));
        await Prepare(world, far: true);
        var start = world.Now;
        var flow = await ConnectAsync(world);
        Assert.Equal(s_host, flow.Remote.Address);
        Assert.InRange(world.Now - start, 0.25, 0.251);
        Assert.Equal("hello", await ReadAsync(flow));

        // The other attempt is over: nothing more is sent for it.
        (await flow.CloseAsync(CancellationToken.None)).ThrowIfFailed();
        await world.Sleep(1);
        var sent = world.Stack.Counters.Ipv6.Sent;
        await world.Sleep(0.9);
        Assert.Equal(sent, world.Stack.Counters.Ipv6.Sent);
    });

    [Fact]
    public void A_host_that_refuses_over_IPv6_is_reached_over_IPv4_at_once() => World.Run(async world =>
    {
        Serve(world, new IpNetwork(s_host, 24));
        _ = world.Connect(s_host6);
        await Prepare(world);
        var start = world.Now;
        var flow = await ConnectAsync(world);
        Assert.Equal(s_host, flow.Remote.Address);
        Assert.InRange(world.Now - start, 0, 0.001);
    });

    private static void Serve(World world, params IpNetwork[] addresses)
    {
        var host = world.Connect([.. addresses.Select(address => address.Address)]);
        host.ListenTcp(80, async flow => (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed()).ThrowIfFailed();
    }

    private static async Task Prepare(World world, bool far = false)
    {
        world.Stack.AddAddress(s_client6);
        if (far)
        {
            world.Stack.AddRoute(IpNetwork.Parse("2001:db8:1::/48"), Ipv6Address.Parse("2001:db8::fe"));
        }

        world.Server.Answer = question => Reply.Addresses(question, 60, far ? Ipv6Address.Parse("2001:db8:1::99") : s_host6, s_host);

        // Addresses of IPv6 are asked for before they are used.
        await world.Sleep(5);
        _ = (await world.Client.ResolveAsync("warm.example.org")).ThrowIfFailed();
    }

    private static async Task<TcpFlow> ConnectAsync(World world)
    {
        var connector = new HappyEyeballs<Stack, TcpFlow, DnsClient<Stack, Virtual.SimulatedPlatform>, Virtual.SimulatedPlatform>(world.Stack, world.Client, world.Platform);
        return (await connector.ConnectTcpAsync("www.example.org", 80)).ThrowIfFailed();
    }

    private static async Task<string> ReadAsync(TcpFlow flow)
    {
        var bytes = new byte[100];
        return System.Text.Encoding.ASCII.GetString(bytes, 0, (await flow.ReadAsync(bytes)).ThrowIfFailed());
    }
}
