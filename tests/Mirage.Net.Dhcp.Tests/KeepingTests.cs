using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp.Tests;

/// <summary>Renewing, rebinding, and the end of a lease (RFC 2131 §4.4.5).</summary>
public class KeepingTests
{
    [Fact]
    public void A_lease_is_renewed_with_its_server_after_half_its_time() => World.Run(async world =>
    {
        world.Server.LeaseSeconds = 3600;
        var (client, first) = await world.BindAsync();
        Assert.Equal((1800.0, 3150.0, 3600.0), Times(first));
        world.Server.Messages.Clear();
        var renewed = (await client.WaitForChangeAsync(first)).ThrowIfFailed()!;
        var request = Assert.Single(world.Server.Messages);

        // Table 5: from the address to the server, with the address and no options that ask for it.
        Assert.Equal((1800.0, DhcpMessageType.Request), (request.At, request.Type));
        Assert.Equal((new IpEndpoint(World.Leased, 68), new IpEndpoint(World.ServerAddress, 67)), (request.From, request.To));
        Assert.Equal((false, World.Leased, Ipv4Address.Any, Ipv4Address.Any), (request.Broadcast, request.ClientAddress, request.Requested, request.Server));
        Assert.Equal((3600.0, 4950.0, 5400.0), Times(renewed));
        Assert.Equal((DhcpState.Bound, 1L), (client.State, client.Counters.Renewed));
        Assert.Equal([renewed.Address], world.Addresses);

        await world.SleepUntil(36_001);
        Assert.Equal(20, client.Counters.Renewed);
    });

    [Fact]
    public void The_server_s_own_times_are_kept() => World.Run(async world =>
    {
        world.Server.LeaseSeconds = 3600;
        world.Server.More = (ref writer) =>
        {
            writer.Add(DhcpOption.RenewalTime, 600u);
            writer.Add(DhcpOption.RebindingTime, 1200u);
        };
        var (_, lease) = await world.BindAsync();
        Assert.Equal((600.0, 1200.0, 3600.0), Times(lease));
    });

    [Theory]
    [InlineData(0, 1200, 1200, 1200)]
    [InlineData(2000, 1200, 1200, 1200)]
    [InlineData(600, 3600, 600, 3150)]
    [InlineData(4000, 4000, 1800, 3150)]
    public void Times_that_make_no_sense_are_replaced(uint renewal, uint rebinding, double expectedRenewal, double expectedRebinding) => World.Run(async world =>
    {
        world.Server.LeaseSeconds = 3600;
        world.Server.More = (ref writer) =>
        {
            writer.Add(DhcpOption.RenewalTime, renewal);
            writer.Add(DhcpOption.RebindingTime, rebinding);
        };
        var (_, lease) = await world.BindAsync();
        Assert.Equal((expectedRenewal, expectedRebinding, 3600.0), Times(lease));
    });

    [Fact]
    public void A_silent_server_is_asked_after_half_of_what_remains_and_then_everyone_and_then_the_address_is_gone() => World.Run(async world =>
    {
        // RFC 2131 §4.4.5: T1 1800, T2 3150, end 3600; not more often than once a minute.
        world.Server.LeaseSeconds = 3600;
        var (client, lease) = await world.BindAsync();
        world.Server.Answers = false;
        world.Server.Messages.Clear();
        Assert.Null((await client.WaitForChangeAsync(lease)).ThrowIfFailed());
        Assert.Equal(3600.0, world.Now);
        Assert.Empty(world.Addresses);
        await world.Sleep(0.001);
        Assert.Equal(
            [
                (1800.0, false), (2475.0, false), (2812.5, false), (2981.25, false), (3065.625, false), (3125.625, false),
                (3150.0, true), (3375.0, true), (3487.5, true), (3547.5, true),
            ],
            world.Server.Messages.SkipLast(1).Select(message => (Math.Round(message.At, 6), message.IsToEveryone)));
        var discover = world.Server.Messages[^1];
        Assert.Equal((3600.0, DhcpMessageType.Discover, World.Leased), (discover.At, discover.Type, discover.Requested));
        Assert.Equal((DhcpState.Selecting, 1L), (client.State, client.Counters.Expired));
    });

    [Fact]
    public void Another_server_may_extend_the_lease_while_rebinding() => World.Run(async world =>
    {
        world.Server.LeaseSeconds = 3600;
        var (client, lease) = await world.BindAsync();
        world.Server.Answers = false;
        var other = world.AddServer(World.OtherServerAddress);
        other.LeaseSeconds = 7200;
        var request = await other.NextAsync(DhcpMessageType.Request);
        while (!request.IsToEveryone)
        {
            request = await other.NextAsync(DhcpMessageType.Request);
        }

        // Table 5: as in renewing, but to everyone.
        Assert.Equal((3150.0, World.Leased, Ipv4Address.Any, Ipv4Address.Any), (request.At, request.ClientAddress, request.Requested, request.Server));
        Assert.Equal(DhcpState.Rebinding, client.State);
        other.Ack(request);
        var changed = (await client.WaitForChangeAsync(lease)).ThrowIfFailed()!;
        Assert.Equal((World.OtherServerAddress, (3150.0 + 3600, 3150.0 + 6300, 3150.0 + 7200)), (changed.Server.V4, Times(changed)));

        // From then on it is the one that is asked.
        var renewal = await other.NextAsync(DhcpMessageType.Request);
        Assert.Equal((6750.0, false), (renewal.At, renewal.IsToEveryone));
    });

    [Fact]
    public void An_answer_counts_from_the_question_that_it_answers() => World.Run(async world =>
    {
        world.Server.LeaseSeconds = 3600;
        var (client, lease) = await world.BindAsync();
        world.Server.Answers = false;
        _ = await world.Server.NextAsync(DhcpMessageType.Discover);
        _ = await world.Server.NextAsync(DhcpMessageType.Request);
        var first = await world.Server.NextAsync(DhcpMessageType.Request);
        var second = await world.Server.NextAsync(DhcpMessageType.Request);
        world.Server.Ack(first);
        await world.Sleep(1);
        Assert.Equal((1L, DhcpState.Renewing), (client.Counters.NotForUs, client.State));
        world.Server.Ack(second);
        var renewed = (await client.WaitForChangeAsync(lease)).ThrowIfFailed()!;
        Assert.Equal(2475.0 + 3600, Times(renewed).End);
    });

    [Fact]
    public void A_lease_without_end_is_never_renewed() => World.Run(async world =>
    {
        // RFC 2131 §3.3.
        world.Server.LeaseSeconds = uint.MaxValue;
        var (client, lease) = await world.BindAsync();
        Assert.True(lease.ExpiresAt.IsNever && lease.RenewAt.IsNever && lease.RebindAt.IsNever);
        world.Server.Messages.Clear();
        await world.Sleep(100 * 365 * 86_400.0);
        Assert.Empty(world.Server.Messages);
        Assert.Equal(DhcpState.Bound, client.State);
    });

    [Fact]
    public void What_the_server_changes_at_a_renewal_is_changed_in_the_stack() => World.Run(async world =>
    {
        var far = new Ipv4Address(192, 0, 2, 1);
        world.Server.More = (ref writer) => writer.Add(DhcpOption.Router, new Ipv4Address(10, 0, 0, 254));
        var (client, lease) = await world.BindAsync();
        Assert.True(world.Stack.SelectSource(far).IsDone);
        world.Server.More = (ref writer) => writer.Add(DhcpOption.InterfaceMtu, (ushort)1000);
        var changed = (await client.WaitForChangeAsync(lease)).ThrowIfFailed()!;
        Assert.Empty(changed.Routes);
        Assert.False(world.Stack.SelectSource(far).IsDone);
        Assert.Equal(980, world.Stack.MaxPayload(World.ServerAddress));
        Assert.Equal([changed.Address], world.Addresses);
    });

    [Fact]
    public void What_the_program_configured_stays() => World.Run(async world =>
    {
        var (own, far) = (new IpNetwork(new Ipv4Address(172, 16, 0, 1), 16), new IpNetwork(new Ipv4Address(192, 0, 2, 0), 24));
        world.Stack.AddAddress(own);
        world.Stack.AddRoute(far, new Ipv4Address(172, 16, 0, 2));
        var (client, _) = await world.BindAsync();
        await client.StopAsync();
        Assert.Equal([own], world.Addresses);
        Assert.True(world.Stack.SelectSource(new Ipv4Address(192, 0, 2, 1)).IsDone);
    });

    [Fact]
    public void Each_change_is_told_once() => World.Run(async world =>
    {
        var told = new List<(double, DhcpLease?)>();
        var (client, lease) = await world.BindAsync(new() { DetectConflicts = false, LeaseChanged = changed => told.Add((world.Now, changed)) });
        world.Server.LeaseSeconds = 200;
        await world.SleepUntil(60);
        world.Server.Answers = false;
        await world.SleepUntil(300);
        Assert.Equal([0.0, 50.0, 250.0], told.Select(change => Math.Round(change.Item1, 6)));
        Assert.Same(lease, told[0].Item2);
        Assert.Null(told[2].Item2);
        await client.StopAsync();
    });

    [Fact]
    public void Waiting_ends_with_the_client_and_with_the_token() => World.Run(async world =>
    {
        var client = world.Start();
        var waiting = client.WaitForLeaseAsync().AsTask();
        using var cancellation = new CancellationTokenSource();
        var cancelled = client.WaitForLeaseAsync(cancellation.Token).AsTask();
        await world.Sleep(1);
        World.Cancel(cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await client.StopAsync();
        Assert.Equal(ErrorKind.Closed, (await waiting).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await client.WaitForLeaseAsync()).Error.Kind);
        Assert.Equal(DhcpState.Stopped, client.State);

        // The port is free again.
        await world.Start().StopAsync();
    });

    private static (double Renewal, double Rebinding, double End) Times(DhcpLease lease)
        => (lease.RenewAt.Nanoseconds / 1e9, lease.RebindAt.Nanoseconds / 1e9, lease.ExpiresAt.Nanoseconds / 1e9);
}
