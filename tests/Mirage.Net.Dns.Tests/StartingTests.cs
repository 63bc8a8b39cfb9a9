using Mirage.Net.Dhcp;
using Mirage.Net.Dns.Wire;
using Mirage.Net.Socket;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dns.Tests;

/// <summary>The programs of the READMEs: from a stack without an address to a page of a host known by name; and over the host's sockets.</summary>
public class StartingTests
{
    [Fact]
    public void A_host_gets_its_address_and_its_name_server_and_connects_by_name() => World.Run(async world =>
    {
        StartHosts(world);
        var stack = world.Connect();
        Assert.Equal("hello", await TryGreetAsync<Stack, TcpFlow, SimulatedPlatform>(stack, world.Platform));
        await stack.DisconnectAsync();
    });

    [Fact]
    public void Over_a_link_that_loses_repeats_changes_and_reorders_it_only_takes_longer()
    {
        var link = new LinkOptions { Delay = TimeSpan.FromMilliseconds(5), Loss = 0.2, Duplication = 0.1, Corruption = 0.05, Reordering = 0.1 };
        for (ulong seed = 1; seed <= 20; seed++)
        {
            World.Run(
                async world =>
                {
                    StartHosts(world);
                    var network = new Impaired<VirtualNetwork, SimulatedPlatform>(world.Switch.Connect(mtu: 1500), world.Platform, link, link);
                    var stack = DirectStack<Impaired<VirtualNetwork, SimulatedPlatform>, SimulatedPlatform, Cubic>.Connect(network, world.Platform);
                    string? greeting = null;
                    for (var tries = 0; greeting is null && tries < 10; tries++)
                    {
                        greeting = await TryGreetAsync<DirectStack<Impaired<VirtualNetwork, SimulatedPlatform>, SimulatedPlatform, Cubic>, TcpFlow, SimulatedPlatform>(stack, world.Platform);
                    }

                    Assert.True(greeting == "hello", $"seed {world.Loop.Seed}: {greeting}");
                    Assert.True(network.InboundCounters.Lost > 0 || network.OutboundCounters.Lost > 0, $"seed {world.Loop.Seed}: nothing was lost");
                    await stack.DisconnectAsync();
                },
                seed: seed);
        }
    }

    [Fact]
    public void Over_the_host_s_sockets_a_program_connects_by_name()
    {
        using var loop = new HostLoop();
        loop.Run(async () =>
        {
            var platform = new HostPlatform(loop);
            var stack = SocketStack.Connect();
            var port = stack.ListenTcp(0, async flow => (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed()).ThrowIfFailed().Port;
            var dns = new DnsClient<SocketStack, HostPlatform>(stack, platform);
            var connector = new HappyEyeballs<SocketStack, SocketFlow, DnsClient<SocketStack, HostPlatform>, HostPlatform>(stack, dns, platform);
            var flow = (await connector.ConnectTcpAsync("localhost", port).AsTask().WaitAsync(TimeSpan.FromSeconds(60))).ThrowIfFailed();
            Assert.Equal("hello", await ReadAsync(flow).WaitAsync(TimeSpan.FromSeconds(60)));
            await stack.DisconnectAsync();
        });
    }

    private static void StartHosts(World world)
    {
        // A host that leases addresses and tells of the name server, and one that greets.
        var router = world.Connect(new Ipv4Address(10, 0, 0, 2));
        _ = DhcpServer<Stack, SimulatedPlatform>.Start(router, world.Platform, new()
        {
            Address = IpNetwork.Parse("10.0.0.2/24"),
            First = new Ipv4Address(10, 0, 0, 100),
            Last = new Ipv4Address(10, 0, 0, 200),
            DnsServers = [World.ServerAddress.V4],
            DomainName = "example.org",
        }).ThrowIfFailed();
        var host = world.Connect(new Ipv4Address(10, 0, 0, 99));
        host.ListenTcp(80, async flow => (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed()).ThrowIfFailed();
        world.Server.Answer = question => question.Name == World.Www
            ? Reply.Addresses(question, 60, new Ipv4Address(10, 0, 0, 99))
            : Reply.Code(question, DnsResponseCode.NameError);
    }

    private static async Task<string?> TryGreetAsync<TStack, TFlow, TPlatform>(TStack stack, TPlatform platform)
        where TStack : struct, IStack<TStack, TFlow>, IIpConfiguration
        where TFlow : struct, IFlow
        where TPlatform : struct, IPlatform
    {
        var dhcp = DhcpClient<TStack, TPlatform>.Start(stack, platform).ThrowIfFailed();
        var lease = (await dhcp.WaitForLeaseAsync()).ThrowIfFailed();
        var dns = new DnsClient<TStack, TPlatform>(stack, platform, new() { SearchDomains = [DomainName.Parse(lease.DomainName!)] });
        dns.SetServers(lease.DnsServers);
        var connector = new HappyEyeballs<TStack, TFlow, DnsClient<TStack, TPlatform>, TPlatform>(stack, dns, platform);
        var connected = await connector.ConnectTcpAsync("www", 80);
        var greeting = connected.TryGet(out var flow) ? await ReadAsync(flow) : null;
        await dhcp.StopAsync();
        return greeting;
    }

    private static async Task<string?> ReadAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var bytes = new byte[100];
        var read = await flow.ReadAsync(bytes);

        // Whether its end arrives is not what this is about.
        _ = await flow.CloseAsync();
        return read.IsError ? null : System.Text.Encoding.ASCII.GetString(bytes, 0, read.Count);
    }
}
