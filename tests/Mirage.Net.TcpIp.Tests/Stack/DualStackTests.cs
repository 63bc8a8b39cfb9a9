using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using System.Text;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>Both families of IP in one stack.</summary>
public class DualStackTests
{
    private static readonly IpNetwork[] ClientAddresses = [new(Simulation.ClientAddress, 24), new(Simulation.ClientAddress6, 64)];
    private static readonly IpNetwork[] ServerAddresses = [new(Simulation.ServerAddress, 24), new(Simulation.ServerAddress6, 64)];

    public static TheoryData<string, string> Pairs => new()
    {
        { Simulation.ClientAddress.ToString(), Simulation.ServerAddress.ToString() },
        { Simulation.ClientAddress6.ToString(), Simulation.ServerAddress6.ToString() },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void One_listener_serves_both_families(string client, string server) => Run(async (platform, clientStack, serverStack) =>
    {
        var peers = new List<IpAddress>();
        serverStack.ListenTcp(7, async flow =>
        {
            peers.Add(flow.Remote.Address);
            (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed();
        }).ThrowIfFailed();
        var flow = (await clientStack.ConnectTcpAsync(new IpEndpoint(IpAddress.Parse(server), 7))).ThrowIfFailed();
        Assert.Equal("hello", Encoding.ASCII.GetString(await flow.ReadAllAsync()));
        Assert.Equal([IpAddress.Parse(client)], peers);
        (await flow.CloseAsync()).ThrowIfFailed();
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_datagram_is_answered_in_its_family(string client, string server) => Run(async (platform, clientStack, serverStack) =>
    {
        var answers = new List<string>();
        serverStack.ListenUdp(7, (local, remote, payload) => serverStack.SendUdp(local, remote, payload).ThrowIfFailed()).ThrowIfFailed();
        var own = clientStack.ListenUdp(0, (local, remote, payload) => answers.Add($"{local.Address} {remote.Address} {Encoding.ASCII.GetString(payload)}")).ThrowIfFailed();
        clientStack.SendUdp(own, new IpEndpoint(IpAddress.Parse(server), 7), "hello"u8).ThrowIfFailed();
        await platform.SleepAsync(TimeSpan.FromSeconds(1));
        Assert.Equal([$"{client} {server} hello"], answers);
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_ping_is_answered_in_its_family(string client, string server) => Run(async (platform, clientStack, serverStack) =>
    {
        var ping = await clientStack.Icmp.PingAsync(IpAddress.Parse(server), new byte[56], TimeSpan.FromSeconds(5));
        Assert.True(ping.IsDone, $"{client}: {ping.Error}");
    });

    [Fact]
    public void RFC_4861_7_3_1_a_connection_that_goes_on_shows_that_the_neighbour_is_there() => Run(async (platform, client, server) =>
    {
        server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
        var flow = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress6, 7))).ThrowIfFailed();
        var buffer = new byte[1];
        for (var second = 0; second < 300; second++)
        {
            (await flow.WriteAsync(buffer)).ThrowIfFailed();
            _ = (await flow.ReadAsync(buffer)).ThrowIfFailed();
            await platform.SleepAsync(TimeSpan.FromSeconds(1));
        }

        // One question and its answer, in the beginning.
        Assert.InRange(client.Counters.Ndp.Received + server.Counters.Ndp.Received, 2, 4);
        (await flow.CloseAsync()).ThrowIfFailed();
    });

    [Fact]
    public void Each_host_has_a_link_local_address_that_differs() => Run((_, client, server) =>
    {
        var first = Assert.Single(client.Addresses, address => address.Address.IsV6 && address.Address.V6.IsLinkLocal);
        var second = Assert.Single(server.Addresses, address => address.Address.IsV6 && address.Address.V6.IsLinkLocal);
        Assert.Equal((64, 64), (first.PrefixLength, second.PrefixLength));
        Assert.NotEqual(first.Address, second.Address);
        return Task.CompletedTask;
    });

    [Fact]
    public void Without_IPv6_there_is_none() => Run(
        async (platform, client, server) =>
        {
            Assert.All(client.Addresses, address => Assert.True(address.Address.IsV4));
            Assert.Equal(ErrorKind.Unreachable, client.SelectSource(Simulation.ServerAddress6).Error.Kind);
            Assert.True((await client.Icmp.PingAsync(Simulation.ServerAddress, new byte[56], TimeSpan.FromSeconds(5))).IsDone);
        },
        options => options with { UseIpv6 = false, Addresses = [options.Addresses[0]] });

    [Fact]
    public void A_link_of_less_than_1280_bytes_does_not_carry_IPv6() => Run(
        (_, client, _) =>
        {
            // RFC 8200 §5.
            Assert.All(client.Addresses, address => Assert.True(address.Address.IsV4));
            return Task.CompletedTask;
        },
        options => options with { Addresses = [options.Addresses[0]] },
        mtu: 1279);

    private static void Run(Func<SimulatedPlatform, SimulatedStack, SimulatedStack, Task> story, Func<DirectStackOptions, DirectStackOptions>? with = null, int mtu = 1500)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var client = SimulatedStack.Connect(network.Connect(mtu: mtu), platform, Options(ClientAddresses));
        var server = SimulatedStack.Connect(network.Connect(mtu: mtu), platform, Options(ServerAddresses));
        loop.Run(() => story(platform, client, server));

        DirectStackOptions Options(IpNetwork[] addresses)
        {
            var options = new DirectStackOptions { Addresses = addresses, Ndp = new NdpSettings { DuplicateAddressDetections = 0 } };
            return with is null ? options : with(options);
        }
    }
}
