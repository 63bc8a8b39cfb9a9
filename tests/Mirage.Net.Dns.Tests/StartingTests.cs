using Mirage.Net.Dhcp;
using Mirage.Net.Socket;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.NewReno>;

namespace Mirage.Net.Dns.Tests;

/// <summary>The programs of the READMEs: from a stack without an address to a page of a host known by name; and over the host's sockets.</summary>
public class StartingTests
{
    [Fact]
    public void A_host_gets_its_address_and_its_name_server_and_connects_by_name() => World.Run(async world =>
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

        Assert.Equal("hello", await GreetAsync<Stack, TcpFlow, SimulatedPlatform>(world.Connect(), world.Platform));
    });

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
            Assert.Equal("hello", await ReadAsync<HappyEyeballs<SocketStack, SocketFlow, DnsClient<SocketStack, HostPlatform>, HostPlatform>, SocketFlow>(connector, "localhost", port)
                .WaitAsync(TimeSpan.FromSeconds(60)));
            await stack.DisconnectAsync();
        });
    }

    private static async Task<string> GreetAsync<TStack, TFlow, TPlatform>(TStack stack, TPlatform platform)
        where TStack : struct, IStack<TStack, TFlow>, IIpConfiguration
        where TFlow : struct, IFlow
        where TPlatform : struct, IPlatform
    {
        var dhcp = DhcpClient<TStack, TPlatform>.Start(stack, platform).ThrowIfFailed();
        var lease = (await dhcp.WaitForLeaseAsync()).ThrowIfFailed();
        var dns = new DnsClient<TStack, TPlatform>(stack, platform, new() { SearchDomains = [DomainName.Parse(lease.DomainName!)] });
        dns.SetServers(lease.DnsServers);
        var connector = new HappyEyeballs<TStack, TFlow, DnsClient<TStack, TPlatform>, TPlatform>(stack, dns, platform);
        var greeting = await ReadAsync<HappyEyeballs<TStack, TFlow, DnsClient<TStack, TPlatform>, TPlatform>, TFlow>(connector, "www", 80);
        await dhcp.StopAsync();
        await stack.DisconnectAsync();
        return greeting;
    }

    private static async Task<string> ReadAsync<TConnector, TFlow>(TConnector connector, string host, ushort port)
        where TConnector : struct, ITcpByName<TFlow>
        where TFlow : struct, IFlow
    {
        var flow = (await connector.ConnectTcpAsync(host, port)).ThrowIfFailed();
        var bytes = new byte[100];
        var length = (await flow.ReadAsync(bytes)).ThrowIfFailed();
        (await flow.CloseAsync()).ThrowIfFailed();
        return System.Text.Encoding.ASCII.GetString(bytes, 0, length);
    }
}
