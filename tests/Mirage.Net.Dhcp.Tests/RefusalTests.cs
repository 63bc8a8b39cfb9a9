using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>What goes wrong: refusals, conflicts, other people's messages, broken ones; and giving an address back.</summary>
public class RefusalTests
{
    [Fact]
    public void A_refused_request_begins_anew_at_once_and_later_ones_ever_more_slowly() => World.Run(async world =>
    {
        var client = world.Start();
        var times = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
            times.Add(discover.At);
            world.Server.Offer(discover);
            world.Server.Nak(await world.Server.NextAsync(DhcpMessageType.Request));
        }

        Assert.Equal([0.0, 0, 4, 12, 28], times.Select(time => Math.Round(time, 3)));
        await world.Sleep(0.001);
        Assert.Equal(5, client.Counters.Refused);
    });

    [Fact]
    public void A_refused_renewal_takes_the_address_away() => World.Run(async world =>
    {
        var (client, lease) = await world.BindAsync();
        world.Server.Answers = false;
        _ = await world.Server.NextAsync(DhcpMessageType.Discover);
        _ = await world.Server.NextAsync(DhcpMessageType.Request);
        world.Server.Nak(await world.Server.NextAsync(DhcpMessageType.Request));
        Assert.Null((await client.WaitForChangeAsync(lease)).ThrowIfFailed());
        Assert.Equal((50.0, 0), (Math.Round(world.Now, 6), world.Addresses.Count()));
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.Equal((50.0, Ipv4Address.Any), (Math.Round(discover.At, 6), discover.Requested));
    });

    [Fact]
    public void The_previous_address_is_asked_for_first() => World.Run(async world =>
    {
        // RFC 2131 §4.4.2, table 5: INIT-REBOOT, with the address and without a server.
        world.Server.Answers = true;
        var client = world.Start(new() { PreviousAddress = World.Leased, DetectConflicts = false });
        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();
        var request = Assert.Single(world.Server.Messages);
        Assert.Equal((DhcpMessageType.Request, true, World.Leased, Ipv4Address.Any, Ipv4Address.Any),
            (request.Type, request.Broadcast, request.Requested, request.Server, request.ClientAddress));
        Assert.Equal(World.Leased, lease.Address.Address);
    });

    [Fact]
    public void A_refused_previous_address_is_replaced_by_another() => World.Run(async world =>
    {
        var client = world.Start(new() { PreviousAddress = World.OtherLeased, DetectConflicts = false });
        world.Server.Nak(await world.Server.NextAsync(DhcpMessageType.Request));
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.Equal((0.0, Ipv4Address.Any), (Math.Round(discover.At, 3), discover.Requested));
        world.Server.Offer(discover);
        world.Server.Ack(await world.Server.NextAsync(DhcpMessageType.Request));
        Assert.Equal(World.Leased, (await client.WaitForLeaseAsync()).ThrowIfFailed().Address.Address);
    });

    [Fact]
    public void If_nobody_knows_the_previous_address_it_is_a_wish_among_others() => World.Run(async world =>
    {
        _ = world.Start(new() { PreviousAddress = World.OtherLeased });
        _ = await world.Server.NextAsync(DhcpMessageType.Request);
        _ = await world.Server.NextAsync(DhcpMessageType.Request);
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        Assert.Equal(World.OtherLeased, discover.Requested);
        Assert.InRange(discover.At, 10, 14);
    });

    [Fact]
    public void An_address_that_another_host_has_is_declined_and_asked_for_no_more() => World.Run(async world =>
    {
        _ = world.Connect(World.Leased);
        world.Server.Answers = true;
        var client = world.Start(new());
        while (world.Server.Messages.All(message => message.Type != DhcpMessageType.Decline))
        {
            await world.Sleep(0.1);
        }

        // RFC 2131 §4.4.4, table 5.
        var decline = world.Server.Messages[^1];
        Assert.Equal((true, Ipv4Address.Any, World.Leased, World.ServerAddress), (decline.IsToEveryone, decline.ClientAddress, decline.Requested, decline.Server));
        Assert.Equal(Ipv4Address.Any, decline.From.Address);
        Assert.Equal((DhcpState.Init, 1L, 0), (client.State, client.Counters.Declined, world.Addresses.Count()));

        // RFC 2131 §3.1 (5): not before ten seconds.
        world.Server.Offered = World.OtherLeased;
        var lease = (await client.WaitForLeaseAsync()).ThrowIfFailed();
        Assert.Equal(World.OtherLeased, lease.Address.Address);
        var again = world.Server.Messages.Last(message => message.Type == DhcpMessageType.Discover);
        Assert.Equal((decline.At + 10, Ipv4Address.Any), (again.At, again.Requested));
    });

    [Fact]
    public void An_address_that_is_found_in_use_later_is_given_up_and_another_asked_for() => World.Run(async world =>
    {
        var (client, lease) = await world.BindAsync();
        await world.SleepUntil(20);
        client.Decline();
        client.Decline();
        Assert.Empty(world.Addresses);
        Assert.Null((await client.WaitForChangeAsync(lease)).ThrowIfFailed());
        world.Server.Offered = World.OtherLeased;
        Assert.Equal(World.OtherLeased, (await client.WaitForLeaseAsync()).ThrowIfFailed().Address.Address);
        Assert.Equal(
            [(20.0, DhcpMessageType.Decline), (30.0, DhcpMessageType.Discover), (30.0, DhcpMessageType.Request)],
            world.Server.Timeline.Skip(2).Select(message => (Math.Round(message.Item1, 3), message.Item2)));
        Assert.Equal((true, World.Leased, 1L), (world.Server.Messages[2].IsToEveryone, world.Server.Messages[2].Requested, client.Counters.Declined));
    });

    [Fact]
    public void A_free_address_is_taken_after_the_link_was_asked_and_the_lease_counts_from_the_request() => World.Run(async world =>
    {
        var (client, lease) = await world.BindAsync(new());
        Assert.InRange(world.Now, 4, 7);
        Assert.Equal((0.0, 50.0), (Math.Round(lease.Obtained.Nanoseconds / 1e9, 3), Math.Round(lease.RenewAt.Nanoseconds / 1e9, 3)));

        // A renewal needs no probe.
        _ = await client.WaitForChangeAsync(lease);
        Assert.Equal(50.0, Math.Round(world.Now, 3));
    });

    [Fact]
    public void Stopping_while_the_link_is_asked_takes_no_address() => World.Run(async world =>
    {
        world.Server.Answers = true;
        var client = world.Start(new());
        await world.Sleep(2);
        Assert.Equal(DhcpState.Probing, client.State);
        await client.StopAsync();
        await world.Sleep(20);
        Assert.Empty(world.Addresses);
        Assert.Equal(2, world.Server.Messages.Count);
    });

    [Fact]
    public void A_released_address_is_given_back_to_its_server() => World.Run(async world =>
    {
        var (client, _) = await world.BindAsync();
        world.Server.Messages.Clear();
        await Task.WhenAll(client.StopAsync().AsTask(), client.StopAsync().AsTask());
        Assert.Empty(world.Addresses);
        await world.Sleep(1000);

        // RFC 2131 §4.4.6, table 5.
        var release = Assert.Single(world.Server.Messages);
        Assert.Equal((DhcpMessageType.Release, false, World.Leased, World.ServerAddress, Ipv4Address.Any),
            (release.Type, release.IsToEveryone, release.ClientAddress, release.Server, release.Requested));
        Assert.Equal(World.Leased, release.From.Address);
    });

    [Fact]
    public void A_client_may_stop_without_giving_its_address_back() => World.Run(async world =>
    {
        var (client, _) = await world.BindAsync();
        world.Server.Messages.Clear();
        await client.StopAsync(release: false);
        await world.Sleep(1000);
        Assert.Empty(world.Server.Messages);
        Assert.Empty(world.Addresses);
    });

    [Fact]
    public void Messages_for_others_and_of_other_servers_are_counted_and_ignored() => World.Run(async world =>
    {
        var client = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        world.Server.Offer(discover with { Transaction = discover.Transaction + 1 });
        world.Server.Offer(discover with { Hardware = MacAddress.Local(77) });

        // RFC 6842 §3.
        world.Server.More = (ref writer) => writer.Add(DhcpOption.ClientIdentifier, "another"u8);
        world.Server.Offer(discover);
        await world.Sleep(0.1);
        Assert.Equal((3L, DhcpState.Selecting), (client.Counters.NotForUs, client.State));
        world.Server.More = (ref writer) => writer.Add(DhcpOption.ClientIdentifier, discover.Identifier);

        // What fits no question is unexpected.
        world.Server.Ack(discover);
        world.Server.Nak(discover);
        await world.Sleep(0.1);
        Assert.Equal((2L, DhcpState.Selecting), (client.Counters.Unexpected, client.State));
        world.Server.Offer(discover);
        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        var other = world.AddServer(World.OtherServerAddress);
        other.Nak(request);
        other.Ack(request);
        await world.Sleep(0.1);
        Assert.Equal((4L, DhcpState.Requesting), (client.Counters.Unexpected, client.State));
        world.Server.Ack(request);
        (await client.WaitForLeaseAsync()).ThrowIfFailed();
    });

    [Fact]
    public void Answers_without_what_they_need_are_counted_and_ignored() => World.Run(async world =>
    {
        var client = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        foreach (var address in new[] { Ipv4Address.Any, Ipv4Address.Broadcast, Ipv4Address.Loopback, new Ipv4Address(224, 0, 0, 1) })
        {
            world.Server.Offer(discover, address);
        }

        var header = new DhcpHeader { IsReply = true, TransactionId = discover.Transaction, ClientHardware = discover.Hardware, YourAddress = World.Leased };
        world.Server.Reply(discover, header, (ref writer) => writer.Add(DhcpMessageType.Offer));
        world.Server.Reply(discover, header, (ref writer) => writer.Add(DhcpOption.ServerIdentifier, World.ServerAddress));
        world.Server.Send(discover, discover.Bytes);
        await world.Sleep(0.1);
        Assert.Equal((7L, DhcpState.Selecting), (client.Counters.Malformed, client.State));

        world.Server.Offer(discover);
        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        world.Server.Ack(request, World.OtherLeased);
        world.Server.LeaseSeconds = 0;
        world.Server.Ack(request);
        world.Server.Reply(request, header, (ref writer) =>
        {
            writer.Add(DhcpMessageType.Ack);
            writer.Add(DhcpOption.ServerIdentifier, World.ServerAddress);
        });
        await world.Sleep(0.1);
        Assert.Equal((10L, DhcpState.Requesting), (client.Counters.Malformed, client.State));
    });

    [Fact]
    public void An_address_that_names_its_network_is_not_taken() => World.Run(async world =>
    {
        world.Server.Offered = new Ipv4Address(10, 0, 0, 255);
        world.Server.Answers = true;
        var client = world.Start();
        await world.Sleep(1);
        Assert.Equal((1L, DhcpState.Requesting), (client.Counters.Malformed, client.State));
    });

    [Fact]
    public void Nothing_that_arrives_stops_the_client() => World.Run(async world =>
    {
        // Real answers with random bytes changed, added or cut off, and noise; then the exchange goes on.
        var client = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        var random = new Random(5);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = discover.Bytes.ToArray();
            bytes[0] = 2;
            for (var change = random.Next(8); change > 0; change--)
            {
                bytes[random.Next(8, bytes.Length)] = (byte)random.Next(256);
            }

            var cut = random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length;
            world.Server.Send(discover, bytes.AsSpan(0, cut));
            if (i % 100 == 0)
            {
                await world.Sleep(0.000_001);
            }
        }

        Assert.InRange(client.Counters.Received, 4000, 5000);
        Assert.Equal(DhcpState.Selecting, client.State);
        world.Server.Answers = true;
        (await client.WaitForLeaseAsync()).ThrowIfFailed();
    });

    [Fact]
    public void A_mask_that_is_none_gives_the_class_s() => World.Run(async world =>
    {
        var client = world.Start();
        var discover = await world.Server.NextAsync(DhcpMessageType.Discover);
        world.Server.Offer(discover);
        var request = await world.Server.NextAsync(DhcpMessageType.Request);
        var header = new DhcpHeader { IsReply = true, TransactionId = discover.Transaction, ClientHardware = discover.Hardware, YourAddress = World.Leased };
        world.Server.Reply(request, header, (ref writer) =>
        {
            writer.Add(DhcpMessageType.Ack);
            writer.Add(DhcpOption.ServerIdentifier, World.ServerAddress);
            writer.Add(DhcpOption.LeaseTime, 100u);
            writer.Add(DhcpOption.SubnetMask, 0xff00_ff00u);
        });
        Assert.Equal(new IpNetwork(World.Leased, 8), (await client.WaitForLeaseAsync()).ThrowIfFailed().Address);
    });

    [Fact]
    public void The_default_client_names_none()
    {
        DhcpClient<TcpIp.DirectStack<Virtual.VirtualNetwork, Virtual.SimulatedPlatform, TcpIp.Cubic>, Virtual.SimulatedPlatform> client = default;
        Assert.True(client.IsDefault);
        Assert.Contains("DhcpClient", Assert.Throws<InvalidOperationException>(() => client.Lease).Message, StringComparison.Ordinal);
    }
}
