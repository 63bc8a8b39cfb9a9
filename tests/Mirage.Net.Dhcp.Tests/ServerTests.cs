using Mirage.Net.Dhcp.Wire;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;
using Client = Mirage.Net.Dhcp.DhcpClient<Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>, Mirage.Net.Virtual.SimulatedPlatform>;
using Server = Mirage.Net.Dhcp.DhcpServer<Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>, Mirage.Net.Virtual.SimulatedPlatform>;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>The server with the client (RFC 2131 §4.3), and with messages of strangers.</summary>
public class ServerTests
{
    private static readonly Ipv4Address Own = new(10, 0, 0, 1);

    private static readonly DhcpServerOptions Options = new()
    {
        Address = new IpNetwork(Own, 24),
        First = new Ipv4Address(10, 0, 0, 100),
        Last = new Ipv4Address(10, 0, 0, 103),
        LeaseTime = TimeSpan.FromSeconds(100),
        Routers = [Own],
        DnsServers = [new Ipv4Address(10, 0, 0, 5), new Ipv4Address(10, 0, 0, 6)],
        DomainName = "example.org",
        Mtu = 1400,
    };

    [Fact]
    public void A_host_gets_an_address_and_keeps_it_until_it_gives_it_back() => Run(async link =>
    {
        var server = link.Serve(Options);
        var client = link.Start();
        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();
        Assert.Equal((Address(100), (IpAddress)Own, "example.org", 1400), (lease.Address.Address.V4, lease.Server, lease.DomainName, lease.Mtu));
        Assert.Equal([new DhcpRoute(new IpNetwork(Ipv4Address.Any, 0), Own)], lease.Routes);
        Assert.Equal([new Ipv4Address(10, 0, 0, 5), new Ipv4Address(10, 0, 0, 6)], lease.DnsServers);
        await link.Sleep(1000);
        Assert.Equal(Address(100), client.Lease!.Address.Address.V4);
        Assert.InRange(client.Counters.Renewed, 19, 20);
        Assert.Equal(Address(100), Assert.Single(server.Leases).Address);
        await client.StopAsync();
        Assert.Empty(server.Leases);
        Assert.Equal((1L, 1L, 0L, 0L), (server.Counters.Offered, server.Counters.Released, server.Counters.Refused, server.Counters.Malformed));

        // It is the same host's again when it comes back.
        var again = Client.Start(link.LastStack, link.Platform, new() { DetectConflicts = false }).ThrowIfFailed();
        Assert.Equal(Address(100), (await again.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
    });

    [Fact]
    public void Hosts_get_different_addresses_and_those_that_come_too_late_none_until_one_is_free() => Run(async link =>
    {
        var server = link.Serve(Options);
        var clients = Enumerable.Range(0, 4).Select(_ => link.Start()).ToList();
        var leases = new List<Ipv4Address>();
        foreach (var client in clients)
        {
            leases.Add((await client.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
        }

        Assert.Equal([Address(100), Address(101), Address(102), Address(103)], leases.Order());
        var late = link.Start();
        await link.Sleep(30);
        Assert.Null(late.Lease);
        Assert.InRange(server.Counters.Exhausted, 2, 4);
        await clients[2].StopAsync();
        Assert.Equal(leases[2], (await late.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);

        // One that goes silently makes room when its lease ends.
        await clients[0].StopAsync(release: false);
        var later = link.Start();
        Assert.Equal(leases[0], (await later.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
        Assert.InRange(link.Now, 80, 300);
    });

    [Fact]
    public void A_reserved_address_goes_to_its_host_alone() => Run(async link =>
    {
        var stack = link.Connect();
        var server = link.Serve(Options with { Reservations = new Dictionary<MacAddress, Ipv4Address> { [stack.LinkAddress] = new Ipv4Address(10, 0, 0, 101) } });
        var others = Enumerable.Range(0, 3).Select(_ => link.Start(new() { DetectConflicts = false, PreviousAddress = Address(101) })).ToList();
        foreach (var other in others)
        {
            Assert.NotEqual(Address(101), (await other.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
        }

        Assert.Equal(3, server.Counters.Refused);
        var client = Client.Start(stack, link.Platform, new() { DetectConflicts = false }).ThrowIfFailed();
        Assert.Equal(Address(101), (await client.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
    });

    [Fact]
    public void An_address_that_somebody_uses_is_declined_and_left_alone_for_a_while() => Run(async link =>
    {
        var server = link.Serve(Options);
        _ = link.Connect(Address(100));
        var client = link.Start(new());
        Assert.Equal(Address(101), (await client.WaitForLeaseAsync()).ThrowIfFailed().Address.Address.V4);
        Assert.Equal((1L, 1L), (server.Counters.Declined, client.Counters.Declined));
    });

    [Fact]
    public void A_server_that_has_forgotten_gives_known_hosts_their_addresses_again() => Run(async link =>
    {
        var server = link.Serve(Options);
        var client = link.Start();
        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();
        server.Stop();
        server = link.Serve(Options);
        var renewed = (await client.WaitForChangeAsync(lease)).ThrowIfFailed();
        Assert.Equal(lease.Address, renewed!.Address);
        Assert.Single(server.Leases);
    });

    [Fact]
    public void A_server_that_is_not_the_only_one_leaves_what_it_does_not_know_to_others() => Run(async link =>
    {
        // RFC 2131 §4.3.2: it stays silent; an address of another network is wrong whoever knows it.
        var server = link.Serve(Options with { IsAuthoritative = false });
        _ = link.Start(new() { PreviousAddress = Address(102), DetectConflicts = false });
        await link.Sleep(1);
        Assert.Equal((1L, 0L), (server.Counters.Ignored, server.Counters.Refused));
        _ = link.Start(new() { PreviousAddress = new Ipv4Address(172, 16, 0, 1), DetectConflicts = false });
        await link.Sleep(1);
        Assert.Equal(1, server.Counters.Refused);
    });

    [Fact]
    public void Routes_and_leases_without_end_are_given_as_they_are_asked_for() => Run(async link =>
    {
        DhcpRoute[] routes = [new(IpNetwork.Parse("192.0.2.0/24"), new Ipv4Address(10, 0, 0, 9)), new(new IpNetwork(Ipv4Address.Any, 0), Own)];
        _ = link.Serve(Options with { Routes = routes, LeaseTime = Timeout.InfiniteTimeSpan });
        var lease = (await link.Start().WaitForLeaseAsync()).ThrowIfFailed();
        Assert.Equal(routes, lease.Routes);
        Assert.True(lease.ExpiresAt.IsNever);
    });

    [Fact]
    public void As_much_as_the_options_allow_fits_one_message() => Run(async link =>
    {
        var many = Enumerable.Range(1, 8).Select(Address).ToArray();
        DhcpRoute[] routes = [.. Enumerable.Range(1, 16).Select(i => new DhcpRoute(new IpNetwork(new Ipv4Address(192, 0, 2, (byte)i), 32), Own))];
        _ = link.Serve(Options with { Routers = many, DnsServers = many, Routes = routes, DomainName = new string('d', 255) });
        var lease = (await link.Start(new() { DetectConflicts = false, ClientIdentifier = new byte[255], HostName = new string('h', 255) }).WaitForLeaseAsync()).ThrowIfFailed();
        Assert.Equal((16, 8, 255, 1400), (lease.Routes.Count, lease.DnsServers.Count, lease.DomainName!.Length, lease.Mtu));
    });

    [Fact]
    public void A_relay_s_clients_are_answered_through_it() => Run(async link =>
    {
        // RFC 2131 §4.1: to the relay's address, port 67.
        var relay = link.Connect(new Ipv4Address(10, 0, 0, 2));
        var heard = new List<byte[]>();
        relay.ListenUdp(DhcpMessage.ServerPort, (_, _, payload) => heard.Add(payload.ToArray())).ThrowIfFailed();
        _ = link.Serve(Options);
        var buffer = new byte[400];
        var writer = new DhcpWriter(buffer, new DhcpHeader { TransactionId = 9, Relay = new Ipv4Address(10, 0, 0, 2), ClientHardware = MacAddress.Local(70) });
        writer.Add(DhcpMessageType.Discover);
        relay.SendUdp(new IpEndpoint(default, 67), new IpEndpoint(Own, 67), buffer.AsSpan(0, writer.Finish())).ThrowIfFailed();
        await link.Sleep(1);
        Assert.True(DhcpMessage.TryParse(Assert.Single(heard), out var offer));
        Assert.Equal((DhcpMessageType.Offer, 9u, new Ipv4Address(10, 0, 0, 2)), (offer.Type, offer.TransactionId, offer.Relay));
    });

    [Fact]
    public void A_host_that_has_an_address_is_told_of_the_network() => Run(async link =>
    {
        // RFC 2131 §4.3.5: without a time and without an address.
        var server = link.Serve(Options);
        var host = link.Connect(new Ipv4Address(10, 0, 0, 50));
        var heard = new List<byte[]>();
        host.ListenUdp(DhcpMessage.ClientPort, (_, _, payload) => heard.Add(payload.ToArray())).ThrowIfFailed();
        var buffer = new byte[400];
        var writer = new DhcpWriter(buffer, new DhcpHeader { TransactionId = 9, ClientAddress = new Ipv4Address(10, 0, 0, 50), ClientHardware = host.LinkAddress });
        writer.Add(DhcpMessageType.Inform);
        host.SendUdp(new IpEndpoint(default, 68), new IpEndpoint(Own, 67), buffer.AsSpan(0, writer.Finish())).ThrowIfFailed();
        await link.Sleep(1);
        Assert.True(DhcpMessage.TryParse(Assert.Single(heard), out var ack));
        Assert.Equal((DhcpMessageType.Ack, Ipv4Address.Any, false), (ack.Type, ack.YourAddress, ack.TryGetUInt32(DhcpOption.LeaseTime, out _)));
        Assert.True(ack.TryGetAddress(DhcpOption.DomainNameServer, out _));
        Assert.Empty(server.Leases);
    });

    [Fact]
    public void Whatever_strangers_send_the_server_goes_on_and_remembers_no_more_than_its_addresses() => Run(async link =>
    {
        var server = link.Serve(Options);
        var stranger = link.Connect(new Ipv4Address(10, 0, 0, 66));
        var random = new Random(3);
        for (var i = 0; i < 5000; i++)
        {
            var buffer = new byte[320];
            var writer = new DhcpWriter(buffer, new DhcpHeader
            {
                TransactionId = (uint)i,
                ClientHardware = MacAddress.Local((ulong)random.Next(1000)),
                ClientAddress = random.Next(3) == 0 ? Address(random.Next(99, 106)) : default,
            });
            writer.Add((DhcpMessageType)random.Next(0, 10));
            if (random.Next(2) == 0)
            {
                writer.Add(DhcpOption.RequestedAddress, Address(random.Next(0, 256)));
            }

            if (random.Next(2) == 0)
            {
                writer.Add(DhcpOption.ServerIdentifier, random.Next(4) == 0 ? Address(7) : Own);
            }

            var length = writer.Finish();
            for (var change = random.Next(4) == 0 ? random.Next(5) : 0; change > 0; change--)
            {
                buffer[random.Next(length)] = (byte)random.Next(256);
            }

            stranger.SendUdp(new IpEndpoint(default, 68), new IpEndpoint(Own, 67), buffer.AsSpan(0, random.Next(10) == 0 ? random.Next(length) : length)).ThrowIfFailed();
            if (i % 50 == 0)
            {
                await link.Sleep(0.001);
                Assert.InRange(server.Leases.Count, 0, 4);
            }
        }

        Assert.True(server.Counters is { Malformed: > 100, Refused: > 100, Exhausted: > 100, Acknowledged: > 10 }, server.Counters.ToString());
        await link.Sleep(700);
        (await link.Start().WaitForLeaseAsync()).ThrowIfFailed();
    });

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        foreach (var options in new[]
        {
            Options with { Last = new Ipv4Address(10, 0, 0, 99) }, Options with { Last = new Ipv4Address(10, 0, 1, 1) }, Options with { Address = IpNetwork.Parse("::1/64") },
            Options with { LeaseTime = TimeSpan.FromSeconds(9) }, Options with { Routers = [.. Enumerable.Repeat(Own, 9)] },
            Options with { Mtu = 67 }, Options with { Routers = null! }, Options with { Routes = null! }, Options with { DnsServers = null! }, Options with { Reservations = null! },
        })
        {
            Assert.ThrowsAny<ArgumentException>(() => Server.Start(default, default, options).IsDone);
        }

        Assert.True(default(Server).IsDefault);
        Assert.Contains("DhcpServer", Assert.Throws<InvalidOperationException>(() => default(Server).Leases).Message, StringComparison.Ordinal);
    }

    private static Ipv4Address Address(int last) => new(10, 0, 0, (byte)last);

    private static void Run(Func<Link, Task> story)
    {
        var reported = new List<Exception>();
        var loop = new SimulatedLoop(1) { Reported = (_, exception) => reported.Add(exception) };
        var link = new Link(loop);
        loop.Run(() => story(link));
        Assert.Empty(reported);
    }

    /// <summary>A link on which hosts come and go.</summary>
    private sealed class Link(SimulatedLoop loop)
    {
        private readonly VirtualSwitch _switch = new(loop);
        private Stack? _serving;

        public SimulatedPlatform Platform { get; } = new(loop);

        public double Now => Platform.Now.Nanoseconds / 1e9;

        public Stack LastStack { get; private set; }

        public Server Serve(DhcpServerOptions options) => Server.Start(_serving ??= Connect(Own), Platform, options).ThrowIfFailed();

        public Client Start(DhcpClientOptions? options = null)
        {
            LastStack = Connect();
            return Client.Start(LastStack, Platform, options ?? new() { DetectConflicts = false }).ThrowIfFailed();
        }

        public Stack Connect(params Ipv4Address[] addresses)
            => Stack.Connect(_switch.Connect(mtu: 1500), Platform, new DirectStackOptions { Addresses = [.. addresses.Select(address => new IpNetwork(address, 24))] });

        public Task Sleep(double seconds) => Platform.SleepAsync(TimeSpan.FromSeconds(seconds)).AsTask();
    }
}
