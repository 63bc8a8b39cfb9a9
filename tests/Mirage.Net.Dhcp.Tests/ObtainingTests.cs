using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>From nothing to an address (RFC 2131 §3.1, §4.4.1).</summary>
public class ObtainingTests
{
    private static readonly IpNetwork Everywhere = new(Ipv4Address.Any, 0);

    [Fact]
    public void An_address_is_discovered_offered_requested_and_acknowledged() => World.Run(async world =>
    {
        var client = world.Start();
        Assert.Equal(DhcpState.Init, client.State);

        // RFC 2131 §4.4.1, table 5: from 0.0.0.0 to everyone, and the answer must come to everyone.
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.Equal((new IpEndpoint(Ipv4Address.Any, 68), new IpEndpoint(Ipv4Address.Broadcast, 67)), (discover.From, discover.To));
        Assert.Equal((true, Ipv4Address.Any, Ipv4Address.Any, Ipv4Address.Any), (discover.Broadcast, discover.ClientAddress, discover.Requested, discover.Server));
        Assert.Equal(world.Stack.LinkAddress, discover.Hardware);
        Assert.Equal(7, discover.Identifier.Length);
        Assert.Equal((1, world.Stack.LinkAddress), (discover.Identifier[0], new MacAddress(discover.Identifier.AsSpan(1))));
        world.Server.Offer(discover);

        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        Assert.Equal((discover.Transaction, discover.Seconds), (request.Transaction, request.Seconds));
        Assert.Equal((true, Ipv4Address.Any, World.Leased, World.ServerAddress), (request.Broadcast, request.ClientAddress, request.Requested, request.Server));
        Assert.Empty(world.Addresses);
        world.Server.Ack(request);

        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();
        Assert.Equal(DhcpState.Bound, client.State);
        Assert.Same(lease, client.Lease);
        Assert.Equal((new IpNetwork(World.Leased, 24), (IpAddress)World.ServerAddress), (lease.Address, lease.Server));
        Assert.Equal([lease.Address], world.Addresses);
        Assert.Equal(new DhcpCounters { Sent = 2, Received = 2 }, client.Counters);
    });

    [Fact]
    public void The_stack_is_configured_with_what_the_server_gives() => World.Run(async world =>
    {
        world.Server.More = (ref writer) =>
        {
            writer.Add(DhcpOption.Router, new Ipv4Address(10, 0, 0, 254));
            writer.Add(DhcpOption.DomainNameServer, [10, 0, 0, 5, 10, 0, 0, 6]);
            writer.Add(DhcpOption.NtpServers, [10, 0, 0, 7]);
            writer.Add(DhcpOption.DomainName, "example.org\0"u8);
            writer.Add(DhcpOption.HostName, "guest"u8);
            writer.Add(DhcpOption.InterfaceMtu, (ushort)1400);
        };
        var (client, lease) = await world.BindAsync();
        Assert.Equal([new DhcpRoute(Everywhere, new Ipv4Address(10, 0, 0, 254))], lease.Routes);
        Assert.Equal([new Ipv4Address(10, 0, 0, 5), new Ipv4Address(10, 0, 0, 6)], lease.DnsServers);
        Assert.Equal([new Ipv4Address(10, 0, 0, 7)], lease.TimeServers);
        Assert.Equal(("example.org", "guest", 1400), (lease.DomainName, lease.HostName, lease.Mtu));
        Assert.Equal(World.Leased, world.Stack.SelectSource(new Ipv4Address(192, 0, 2, 1)).Value);
        Assert.Equal(1380, world.Stack.MaxPayload(World.ServerAddress));

        await client.StopAsync();
        Assert.Empty(world.Addresses);
        Assert.False(world.Stack.SelectSource(new Ipv4Address(192, 0, 2, 1)).IsDone);
        Assert.Equal(1480, world.Stack.MaxPayload(World.ServerAddress));
    });

    [Fact]
    public void Classless_routes_take_the_place_of_routers() => World.Run(async world =>
    {
        // RFC 3442: the router option is ignored; a route may be on the link.
        DhcpRoute[] routes =
        [
            new(IpNetwork.Parse("192.0.2.0/24"), new Ipv4Address(10, 0, 0, 9)), new(IpNetwork.Parse("198.51.100.0/24"), IpAddress.None),
        ];
        world.Server.More = (ref writer) =>
        {
            writer.Add(DhcpOption.Router, new Ipv4Address(10, 0, 0, 254));
            writer.Add(DhcpOption.ClasslessRoutes, ClasslessRoutes.Write(routes));
        };
        var (_, lease) = await world.BindAsync();
        Assert.Equal(routes, lease.Routes);
        Assert.True(world.Stack.SelectSource(new Ipv4Address(192, 0, 2, 1)).IsDone);
        Assert.True(world.Stack.SelectSource(new Ipv4Address(198, 51, 100, 1)).IsDone);
        Assert.False(world.Stack.SelectSource(new Ipv4Address(203, 0, 113, 1)).IsDone);
    });

    [Fact]
    public void Discoveries_are_repeated_ever_more_rarely() => World.Run(async world =>
    {
        // RFC 2131 §4.1: 4, 8, 16, 32, 64, 64 seconds, each a second more or less, at random.
        _ = world.Start();
        var times = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
            times.Add(discover.At);
            Assert.Equal((ushort)discover.At, discover.Seconds);
        }

        var waits = times.Zip(times.Skip(1), (before, after) => after - before).ToList();
        foreach (var (wait, expected) in waits.Zip([4.0, 8, 16, 32, 64, 64]))
        {
            Assert.InRange(wait, expected - 1, expected + 1);
        }

        Assert.True(waits.Select(wait => Math.Round(wait % 1, 6)).Distinct().Count() > 3, "the waits are not random");
        Assert.Single(world.Server.Messages.Select(message => message.Transaction).Distinct());
    });

    [Fact]
    public void Lost_offers_and_acknowledgements_are_made_up_for() => World.Run(async world =>
    {
        var client = world.Start();
        _ = await world.Server.NextAsync(DhcpMessageType.Discover);
        world.Server.Offer(await world.Server.NextAsync(DhcpMessageType.Discover));
        var first = await world.Server.NextAsync(DhcpMessageType.Request);
        var second = await world.Server.NextAsync(DhcpMessageType.Request);
        Assert.InRange(second.At - first.At, 3, 5);
        Assert.Equal((first.Transaction, first.Seconds), (second.Transaction, second.Seconds));
        world.Server.Ack(second);
        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();

        // Counted from the first request, the server's time ends no sooner than ours (RFC 2131 §4.4.1).
        Assert.Equal(first.At + 100, lease.ExpiresAt.Nanoseconds / 1e9, 0.001);
    });

    [Fact]
    public void Without_an_acknowledgement_everything_begins_anew_after_five_requests() => World.Run(async world =>
    {
        // RFC 2131 §3.1 (5).
        _ = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        world.Server.Offer(discover);
        for (var i = 0; i < 5; i++)
        {
            _ = await world.Server.NextAsync(DhcpMessageType.Request);
        }

        var again = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.InRange(again.At, 55, 140);
        Assert.NotEqual(discover.Transaction, again.Transaction);
    });

    [Fact]
    public void The_first_offer_is_taken() => World.Run(async world =>
    {
        var other = world.AddServer(World.OtherServerAddress);
        _ = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        other.Offer(discover, World.OtherLeased);
        await world.Sleep(0.001);
        world.Server.Offer(discover);
        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        Assert.Equal((World.OtherServerAddress, World.OtherLeased), (request.Server, request.Requested));
    });

    [Fact]
    public void Of_several_offers_the_one_for_the_previous_address_is_taken() => World.Run(async world =>
    {
        var other = world.AddServer(World.OtherServerAddress);
        var client = world.Start(new() { PreviousAddress = World.OtherLeased, OfferWindow = TimeSpan.FromSeconds(2), DetectConflicts = false });
        Heard discover;
        do
        {
            discover = await world.Server.NextAsync();
        }
        while (discover.Type != DhcpMessageType.Discover);

        Assert.Equal(World.OtherLeased, discover.Requested);
        world.Server.Offer(discover);
        await world.Sleep(1);
        other.Offer(discover, World.OtherLeased);
        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        Assert.Equal((World.OtherServerAddress, World.OtherLeased, discover.At + 2), (request.Server, request.Requested, request.At));

        // More offers than are remembered are counted.
        Assert.Equal(0, client.Counters.OffersDropped);
    });

    [Fact]
    public void Offers_are_remembered_in_a_bounded_number() => World.Run(async world =>
    {
        var client = world.Start(new() { OfferWindow = TimeSpan.FromSeconds(1) });
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        for (var i = 0; i < 20; i++)
        {
            world.Server.Offer(discover);
        }

        await world.Sleep(0.5);
        Assert.Equal(12, client.Counters.OffersDropped);
    });

    [Fact]
    public void A_client_may_wait_at_random_before_it_begins() => World.Run(async world =>
    {
        _ = world.Start(new() { StartDelay = TimeSpan.FromSeconds(10) });
        Assert.InRange((await world.Server.NextAsync(DhcpMessageType.Discover)).At, 0.1, 10);
    });

    [Fact]
    public void Name_and_identifier_are_sent_as_they_are_given() => World.Run(async world =>
    {
        _ = world.Start(new() { HostName = "guest", ClientIdentifier = "\0me"u8.ToArray() });
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.Equal("\0me"u8.ToArray(), discover.Identifier);
        Assert.True(DhcpMessage.TryParse(discover.Bytes, out var message));
        Assert.True(message.TryGet(DhcpOption.HostName, [], out var name) && name.SequenceEqual("guest"u8));
        Assert.True(message.TryGet(DhcpOption.MaximumMessageSize, [], out var size) && size.SequenceEqual((ReadOnlySpan<byte>)[1500 >> 8, 1500 & 255]));

        // RFC 3442: routes are asked for before routers.
        Assert.True(message.TryGet(DhcpOption.ParameterRequestList, [], out var list));
        Assert.True(list.IndexOf((byte)DhcpOption.ClasslessRoutes) is var routes and >= 0 && routes < list.IndexOf((byte)DhcpOption.Router));
    });

    [Fact]
    public void The_port_is_taken_by_one_client() => World.Run(async world =>
    {
        _ = world.Start();
        Assert.Equal(ErrorKind.InUse, DhcpClient<TcpIp.DirectStack<Virtual.VirtualNetwork, Virtual.SimulatedPlatform, TcpIp.Cubic>, Virtual.SimulatedPlatform>
            .Start(world.Stack, world.Platform).Error.Kind);
        await world.Sleep(1);
    });

    [Fact]
    public void Two_hosts_on_a_link_get_an_address_each() => World.Run(async world =>
    {
        var second = world.Connect();
        var leases = new List<DhcpLease>();
        world.Server.Answers = false;
        var one = world.Start();
        var two = DhcpClient<TcpIp.DirectStack<Virtual.VirtualNetwork, Virtual.SimulatedPlatform, TcpIp.Cubic>, Virtual.SimulatedPlatform>
            .Start(second, world.Platform, new() { DetectConflicts = false }).ThrowIfFailed();
        for (var i = 0; i < 4; i++)
        {
            var heard = await world.Server.NextAsync();
            var address = heard.Hardware == second.LinkAddress ? World.OtherLeased : World.Leased;
            world.Server.Answer(heard, heard.Type == DhcpMessageType.Discover ? DhcpMessageType.Offer : DhcpMessageType.Ack, address);
        }

        leases.Add((await one.WaitForLeaseAsync()).ThrowIfFailed());
        leases.Add((await two.WaitForLeaseAsync()).ThrowIfFailed());
        Assert.Equal([World.Leased, World.OtherLeased], leases.Select(lease => lease.Address.Address));

        // Each heard the other's answers too.
        Assert.Equal((2, 2), (one.Counters.NotForUs, two.Counters.NotForUs));
    });
}
