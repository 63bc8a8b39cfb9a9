using Mirage.Net.Virtual;

namespace Mirage.Net.Dns.Tests;

/// <summary>Connecting by name (RFC 8305): which address is tried when, in milliseconds, and what becomes of those that lose.</summary>
public class HappyEyeballsTests
{
    private const double Never = -1;
    private static readonly IpAddress A = new Ipv4Address(192, 0, 2, 1);
    private static readonly IpAddress B = new Ipv4Address(192, 0, 2, 2);
    private static readonly IpAddress C = new Ipv4Address(192, 0, 2, 3);
    private static readonly IpAddress A6 = Ipv6Address.Parse("2001:db8::1");
    private static readonly IpAddress B6 = Ipv6Address.Parse("2001:db8::2");

    [Fact]
    public void IPv6_is_tried_first_and_IPv4_not_at_all_if_it_works() => Run(async (world, connect) =>
    {
        Names(world, 5, [A6], 2, [A]);
        Host(world, 20, A6);
        Host(world, 1, A);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal((A6, 25.0), (flow.Remote.Address, world.Now));
        Assert.Equal([(5.0, A6)], world.Attempts);
    });

    [Fact]
    public void A_broken_IPv6_costs_a_quarter_of_a_second() => Run(async (world, connect) =>
    {
        // RFC 8305 §5, §8: Connection Attempt Delay.
        Names(world, 0, [A6], 0, [A]);
        Host(world, Never, A6);
        Host(world, 10, A);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal((A, 260.0), (flow.Remote.Address, world.Now));
        Assert.Equal([(0.0, A6), (250, A)], world.Attempts);
        Assert.Equal([A6], world.Cancelled);
        Assert.False(flow.Connection.IsAborted);
    });

    [Fact]
    public void Late_IPv6_addresses_are_waited_for_fifty_milliseconds() => Run(async (world, connect) =>
    {
        // RFC 8305 §3, §8: Resolution Delay.
        Names(world, 1000, [A6], 10, [A]);
        Host(world, 1, A);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal((A, 61.0), (flow.Remote.Address, world.Now));
    });

    [Fact]
    public void IPv6_addresses_that_come_within_the_delay_are_tried_first() => Run(async (world, connect) =>
    {
        Names(world, 40, [A6], 10, [A]);
        Host(world, 1, A6);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal((A6, 41.0), (flow.Remote.Address, world.Now));
    });

    [Fact]
    public void If_there_are_no_IPv6_addresses_nothing_is_waited_for() => Run(async (world, connect) =>
    {
        Names(world, 20, null, 10, [A]);
        Host(world, 1, A);
        _ = (await connect()).ThrowIfFailed();
        Assert.Equal([(20.0, A)], world.Attempts);
    });

    [Fact]
    public void IPv6_addresses_that_come_later_take_their_turn() => Run(async (world, connect) =>
    {
        Names(world, 100, [A6], 10, [A, B]);
        Host(world, Never, A, B);
        Host(world, 5, A6);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal(A6, flow.Remote.Address);
        Assert.Equal([(60.0, A), (310, A6)], world.Attempts);
        Assert.Equal([A], world.Cancelled);
    });

    [Fact]
    public void Families_take_turns() => Run(async (world, connect) =>
    {
        // RFC 8305 §4.
        Names(world, 0, [A6, B6], 0, [A, B, C]);
        Host(world, Never, A6, B6, A, B);
        Host(world, 1, C);
        _ = (await connect()).ThrowIfFailed();
        Assert.Equal([(0.0, A6), (250, A), (500, B6), (750, B), (1000, C)], world.Attempts);
        Assert.Equal(4, world.Cancelled.Count);
    });

    [Fact]
    public void A_failed_attempt_is_followed_by_the_next_at_once() => Run(async (world, connect) =>
    {
        Names(world, 0, [A6], 0, [A, B]);
        world.Hosts[A6] = (30, ErrorKind.Refused);
        world.Hosts[A] = (0, ErrorKind.Unreachable);
        Host(world, 10, B);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal([(0.0, A6), (30, A), (30, B)], world.Attempts);
        Assert.Equal(B, flow.Remote.Address);
    });

    [Fact]
    public void An_early_attempt_may_still_win() => Run(async (world, connect) =>
    {
        Names(world, 0, [A6], 0, [A]);
        Host(world, 300, A6);
        Host(world, 100, A);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal((A6, 300.0), (flow.Remote.Address, world.Now));
        Assert.Equal([A], world.Cancelled);
    });

    [Fact]
    public void A_connection_that_comes_too_late_is_closed() => Run(async (world, connect) =>
    {
        world.IgnoresCancellation = true;
        Names(world, 0, [A6], 0, [A]);
        Host(world, 400, A6);
        Host(world, 10, A);
        var flow = (await connect()).ThrowIfFailed();
        Assert.Equal(A, flow.Remote.Address);
        await world.SleepAsync(1000);
        Assert.Equal([(A, false), (A6, true)], world.Connections.Select(connection => (connection.Remote.Address, connection.IsAborted)));
    });

    [Fact]
    public void If_all_fail_one_error_tells_of_all() => Run(async (world, connect) =>
    {
        Names(world, 0, [A6], 0, [A, B]);
        world.Hosts[A6] = (10, ErrorKind.Unreachable);
        world.Hosts[A] = (10, ErrorKind.Refused);
        world.Hosts[B] = (10, ErrorKind.TimedOut);
        var error = (await connect()).Error;
        Assert.Equal(ErrorKind.Refused, error.Kind);
        Assert.True(error.TryGetDetail<ConnectAttemptsDetail>(out var detail));
        Assert.Equal([(A6, ErrorKind.Unreachable), (A, ErrorKind.Refused), (B, ErrorKind.TimedOut)], detail.Attempts.Select(x => (x.Remote.Address, x.Error.Kind)));
        Assert.Equal(
            "www.example.org:80: [2001:db8::1]:80: destination unreachable; 192.0.2.1:80: connection refused; 192.0.2.2:80: timed out",
            error.ToString());
        Assert.StartsWith("[2001:db8::1]:80: ", new ConnectAttemptsDetail("2001:db8::1", 80, detail.Attempts, []).Text, StringComparison.Ordinal);
        Assert.Equal(30.0, world.Now);
    });

    [Fact]
    public void A_name_without_addresses_is_an_error_of_the_name() => Run(async (world, connect) =>
    {
        Names(world, 5, null, 10, null);
        var error = (await connect()).Error;
        Assert.Equal((ErrorKind.NotFound, "none"), (error.Kind, error.ToString()));
        Assert.Empty(world.Attempts);

        // What is wrong with one family says more than that the other has nothing.
        world.Names[IpFamily.V6] = (1, new DeviceError(ErrorKind.TimedOut, "silent"));
        Assert.Equal("silent", (await connect()).Error.ToString());
        Names(world, 5, null, 10, null);
        world.Names[IpFamily.V4] = (1, new DeviceError(ErrorKind.TimedOut, "silent"));
        Assert.Equal("silent", (await connect()).Error.ToString());
    });

    [Fact]
    public void One_family_s_names_may_fail_while_the_other_s_work() => Run(async (world, connect) =>
    {
        Names(world, 0, null, 100, [A]);
        world.Names[IpFamily.V6] = (5, ErrorKind.TimedOut);
        Host(world, 1, A);
        Assert.Equal(A, (await connect()).ThrowIfFailed().Remote.Address);
    });

    [Fact]
    public void Addresses_without_a_way_are_tried_last() => Run(async (world, connect) =>
    {
        // RFC 6724 §6, rule 1.
        _ = world.Reachable.Remove(IpFamily.V6);
        Names(world, 5, [A6], 0, [A]);
        Host(world, Never, A);
        world.Hosts[A6] = (0, ErrorKind.Unreachable);
        var connecting = connect();
        await world.SleepAsync(600);
        Assert.Equal([(5.0, A), (255, A6)], world.Attempts);
        Assert.False(connecting.IsCompleted);
    });

    [Fact]
    public void The_time_is_over_for_all_together() => Run(
        async (world, connect) =>
        {
            Names(world, 0, [A6], 0, [A, B]);
            world.Hosts[A6] = (10, ErrorKind.Refused);
            Host(world, Never, A, B);
            var error = (await connect()).Error;
            Assert.Equal((ErrorKind.TimedOut, 2000.0), (error.Kind, world.Now));
            Assert.Equal(
                "www.example.org:80: [2001:db8::1]:80: connection refused; 192.0.2.1:80: no answer yet; 192.0.2.2:80: no answer yet",
                error.ToString());
            Assert.Equivalent(new[] { A, B }, world.Cancelled, strict: true);
        },
        new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(2) });

    [Fact]
    public void With_a_local_address_its_family_alone_is_tried() => Run(
        async (world, connect) =>
        {
            Names(world, 0, [A6], 30, [A]);
            Host(world, 1, A);
            _ = (await connect()).ThrowIfFailed();
            Assert.Equal([(30.0, A)], world.Attempts);
        },
        new TcpConnectOptions { Local = new IpEndpoint(new Ipv4Address(10, 0, 0, 1), 0) });

    [Fact]
    public void A_cancelled_connecting_ends_its_attempts_and_closes_what_they_made() => Run(async (world, _) =>
    {
        using var cancellation = new CancellationTokenSource();
        var connector = Connector(world);
        Names(world, 0, [A6], 0, [A]);
        Host(world, Never, A6, A);
        var connecting = connector.ConnectTcpAsync("www.example.org", 80, cancellation: cancellation.Token).AsTask();
        await world.SleepAsync(300);
        World.Cancel(cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal([A6, A], world.Cancelled.Order(Comparer<IpAddress>.Create((x, y) => y.Family.CompareTo(x.Family))));
    });

    [Fact]
    public void A_bounded_number_of_addresses_is_tried() => Run(async (world, connect) =>
    {
        var many = Enumerable.Range(1, 20).Select(i => (IpAddress)new Ipv4Address(192, 0, 2, (byte)i)).ToArray();
        Names(world, 0, null, 0, many);
        foreach (var address in many)
        {
            world.Hosts[address] = (0, ErrorKind.Refused);
        }

        Assert.Equal(ErrorKind.Refused, (await connect()).Error.Kind);
        Assert.Equal(many[..8], world.Attempts.Select(attempt => attempt.Address));
    });

    [Fact]
    public void A_handler_is_run_on_the_connection() => Run(async (world, _) =>
    {
        Names(world, 0, null, 0, [A]);
        Host(world, 0, A);
        var connector = Connector(world);
        (await connector.ConnectTcpAsync("www.example.org", 80, new Handler(fails: false))).ThrowIfFailed();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => (await connector.ConnectTcpAsync("www.example.org", 80, new Handler(fails: true))).ThrowIfFailed());
        Assert.Equal([(true, false), (false, true)], world.Connections.Select(connection => (connection.IsClosed, connection.IsAborted)));
        world.Hosts[A] = (0, ErrorKind.Refused);
        Assert.Equal(ErrorKind.Refused, (await connector.ConnectTcpAsync("www.example.org", 80, new Handler(fails: false))).Error.Kind);
    });

    [Fact]
    public async Task Options_out_of_range_are_refused_and_the_default_names_none()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HappyEyeballs<FakeStack, FakeFlow, FakeResolver, SimulatedPlatform>(
            default, default, default, new() { AttemptDelay = TimeSpan.FromMilliseconds(9) }));
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => _ = await default(HappyEyeballs<FakeStack, FakeFlow, FakeResolver, SimulatedPlatform>).ConnectTcpAsync("x", 1));
        Assert.Contains("HappyEyeballs", failed.Message, StringComparison.Ordinal);
    }

    private static void Run(Func<FakeRun, Func<Task<Result<FakeFlow>>>, Task> story, TcpConnectOptions? options = null)
    {
        var reported = new List<Exception>();
        var loop = new SimulatedLoop(1) { Reported = (_, exception) => reported.Add(exception) };
        var world = new FakeRun(new SimulatedPlatform(loop));
        loop.Run(() => story(world, () => Connector(world).ConnectTcpAsync("www.example.org", 80, options).AsTask()));
        Assert.Empty(reported);
    }

    private static HappyEyeballs<FakeStack, FakeFlow, FakeResolver, SimulatedPlatform> Connector(FakeRun world)
        => new(new FakeStack(world), new FakeResolver(world), world.Platform);

    private static void Names(FakeWorld world, double after6, IpAddress[]? found6, double after4, IpAddress[]? found4)
    {
        world.Names[IpFamily.V6] = (after6, found6 ?? (Result<IReadOnlyList<IpAddress>>)new DeviceError(ErrorKind.NotFound, "none"));
        world.Names[IpFamily.V4] = (after4, found4 ?? (Result<IReadOnlyList<IpAddress>>)new DeviceError(ErrorKind.NotFound, "none"));
    }

    private static void Host(FakeWorld world, double after, params IpAddress[] addresses)
    {
        foreach (var address in addresses)
        {
            world.Hosts[address] = (after, ErrorKind.None);
        }
    }

    private readonly struct Handler(bool fails) : IFlowHandler
    {
        public ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => fails ? throw new InvalidOperationException() : default;
    }
}

internal sealed class FakeRun(SimulatedPlatform platform) : FakeWorld(platform)
{
    public SimulatedPlatform Platform { get; } = platform;

    public Task SleepAsync(double milliseconds) => Platform.SleepAsync(TimeSpan.FromMilliseconds(milliseconds)).AsTask();
}
