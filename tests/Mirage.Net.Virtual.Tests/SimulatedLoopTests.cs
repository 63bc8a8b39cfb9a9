using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

public sealed class SimulatedLoopTests
{
    private readonly SimulatedLoop _loop = new(7);

    private SimulatedPlatform Platform => new(_loop);

    [Fact]
    public void Time_starts_at_zero_in_the_year_2000()
    {
        Assert.Equal(new Instant(0), Platform.Now);
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), Platform.UtcNow);
    }

    [Fact]
    public void Sleeping_moves_the_clock_by_exactly_the_time()
    {
        _loop.Run(async () => await Platform.SleepAsync(TimeSpan.FromDays(400) + TimeSpan.FromTicks(3)));
        Assert.Equal(TimeSpan.FromDays(400) + TimeSpan.FromTicks(3), Platform.Now - new Instant(0));
        Assert.Equal(new DateTimeOffset(2001, 2, 4, 0, 0, 0, TimeSpan.Zero).AddTicks(3), Platform.UtcNow);
        Assert.Equal(0, _loop.Counters.LongTurns);
    }

    [Fact]
    public void Sleepers_wake_in_the_order_of_their_times_and_then_of_their_calls()
    {
        var order = new List<string>();
        _loop.Run(() => Task.WhenAll(Sleep("c", 3), Sleep("a", 1), Sleep("d", 3), Sleep("b", 2)));
        Assert.Equal(["a@1", "b@2", "c@3", "d@3"], order);

        async Task Sleep(string name, int seconds)
        {
            await Platform.SleepAsync(TimeSpan.FromSeconds(seconds));
            order.Add($"{name}@{(Platform.Now - new Instant(0)).TotalSeconds:0}");
        }
    }

    [Fact]
    public void A_sleep_of_no_time_gives_the_loop_one_turn_and_does_not_move_the_clock()
    {
        _loop.Run(async () =>
        {
            await Platform.SleepAsync(TimeSpan.Zero);
            await Platform.SleepAsync(TimeSpan.FromSeconds(-1));
        });
        Assert.Equal(new Instant(0), Platform.Now);
    }

    [Fact]
    public void Timers_and_delays_of_the_time_provider_run_in_virtual_time()
    {
        var ticks = new List<double>();
        _loop.Run(async () =>
        {
            using var timer = Platform.TimeProvider.CreateTimer(
                _ => ticks.Add((Platform.Now - new Instant(0)).TotalSeconds),
                null,
                TimeSpan.FromSeconds(5),
                TimeSpan.FromSeconds(10));
            await Task.Delay(TimeSpan.FromSeconds(36), Platform.TimeProvider, TestContext.Current.CancellationToken);
            Assert.True(Platform.IsOnLoop);
        });
        Assert.Equal([5, 15, 25, 35], ticks);
        Assert.Equal(TimeSpan.FromSeconds(36), Platform.TimeProvider.GetElapsedTime(0));
    }

    [Fact]
    public void A_cancelled_sleep_does_not_move_the_clock_to_its_end()
    {
        _loop.Run(async () =>
        {
            using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), Platform.TimeProvider);
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Platform.SleepAsync(TimeSpan.FromHours(1), source.Token));
        });
        Assert.Equal(TimeSpan.FromSeconds(1), Platform.Now - new Instant(0));
    }

    [Fact]
    public void A_program_that_waits_for_nothing_that_can_happen_is_stalled()
    {
        var thrown = Assert.Throws<LoopStalledException>(() => _loop.Run(async () =>
        {
            await Platform.SleepAsync(TimeSpan.FromSeconds(2));
            await new TaskCompletionSource().Task;
        }));
        Assert.Contains("2.000000 s", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offloaded_work_runs_on_the_loop()
    {
        var done = new TaskCompletionSource<bool>();
        Platform.Offload(_ => done.SetResult(SynchronizationContext.Current is not null), null);
        Assert.True(_loop.Run(() => done.Task));
    }

    [Fact]
    public void Attached_deadlines_are_kept_to_the_nanosecond()
    {
        var polled = new List<long>();
        var done = new TaskCompletionSource();
        _loop.Attach(new Deadlines(polled, done));
        _loop.Run(() => done.Task);
        Assert.Equal([0, 1, 3, 1_000_000_007], polled.Distinct());
    }

    [Fact]
    public void The_same_seed_gives_the_same_run_and_another_one_another()
    {
        Assert.Equal(Story(1), Story(1));
        Assert.NotEqual(Story(1), Story(2));
    }

    [Fact]
    public void Random_bytes_are_evenly_spread()
    {
        var bytes = new byte[100_003];
        Platform.Fill(bytes);
        var counts = new int[256];
        foreach (var value in bytes)
        {
            counts[value]++;
        }

        // 391 expected for each; 6 standard deviations either way.
        Assert.All(counts, count => Assert.InRange(count, 391 - 119, 391 + 119));
    }

    [Fact]
    public void The_default_platform_says_what_it_is()
        => Assert.Contains(nameof(SimulatedPlatform), Assert.Throws<InvalidOperationException>(() => default(SimulatedPlatform).Now).Message, StringComparison.Ordinal);

    private static string Story(ulong seed)
    {
        var loop = new SimulatedLoop(seed);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop, new VirtualSwitchOptions { QueueLength = 8 });
        var devices = Enumerable.Range(0, 3).Select(_ => network.Connect()).ToList();
        var story = new List<string>();
        loop.Run(() => Task.WhenAll(devices.Select(Live)));
        return string.Join('\n', story);

        async Task Live(VirtualNetwork device)
        {
            var random = new byte[4];
            for (var i = 0; i < 50; i++)
            {
                platform.Fill(random);
                await platform.SleepAsync(TimeSpan.FromMicroseconds(random[0]));
                _ = Frames.Transmit(device, Frames.Make(devices[random[1] % 3].Mac, device.Mac, 14 + random[2], random[3]));
                story.AddRange(Frames.TakeAll(device).Select(frame => $"{platform.Now} {device.Mac} {Convert.ToHexString(frame)}"));
            }
        }
    }

    private sealed class Deadlines(List<long> polled, TaskCompletionSource done) : IPollable
    {
        public PollResult Poll(Instant now, int budget)
        {
            polled.Add(now.Nanoseconds);
            if (now.Nanoseconds > 3)
            {
                _ = done.TrySetResult();
            }

            return new PollResult(false, new Instant(now.Nanoseconds switch { 0 => 1, 1 => 3, _ => 1_000_000_007 }));
        }
    }
}
