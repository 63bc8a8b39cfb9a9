using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Mirage.Platform.Tests;

public sealed class LoopTimerTests
{
    [Fact]
    public void Sleepers_wake_in_the_order_of_their_times_and_not_early()
    {
        using var loop = Loops.Create();
        var order = new List<int>();
        loop.RunBounded(() => Task.WhenAll(Sleep(30), Sleep(10), Sleep(20), Sleep(0)));
        Assert.Equal([0, 10, 20, 30], order);

        async Task Sleep(int milliseconds)
        {
            var start = loop.Now;
            await loop.SleepAsync(TimeSpan.FromMilliseconds(milliseconds));
            Assert.True(loop.Now - start >= TimeSpan.FromMilliseconds(milliseconds));
            order.Add(milliseconds);
        }
    }

    [Fact]
    public void A_sleep_that_is_cancelled_ends_at_once()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            using var source = new CancellationTokenSource();
            var sleep = loop.SleepAsync(TimeSpan.FromDays(1), source.Token).AsTask();
            await source.CancelAsync();
            var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleep);
            Assert.Equal(source.Token, thrown.CancellationToken);
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await loop.SleepAsync(TimeSpan.Zero, source.Token));
        });
    }

    [Fact]
    public void A_cancellation_on_another_thread_ends_the_sleep_on_the_loop()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            using var source = new CancellationTokenSource();
            var thread = Environment.CurrentManagedThreadId;
            var sleep = loop.SleepAsync(TimeSpan.FromDays(1), source.Token);
            _ = Task.Run(source.Cancel);
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sleep);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
        });
    }

    [Fact]
    public void A_sleep_started_on_another_thread_ends()
    {
        using var loop = Loops.Create();
        loop.RunBounded(() => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await loop.SleepAsync(TimeSpan.FromMicroseconds(i));
            }
        }));
    }

    [Fact]
    public void A_sleep_begun_before_the_loop_runs_ends_on_the_loop()
    {
        using var loop = Loops.Create();
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var begun = Begin();
        SynchronizationContext.SetSynchronizationContext(outside);
        loop.RunBounded(async () => Assert.Equal(Enumerable.Repeat(Environment.CurrentManagedThreadId, 3), await begun));

        async Task<List<int>> Begin()
        {
            var threads = new List<int>();
            for (var i = 0; i < 3; i++)
            {
                await loop.SleepAsync(TimeSpan.FromMilliseconds(i));
                threads.Add(Environment.CurrentManagedThreadId);
            }

            return threads;
        }
    }

    [Fact]
    public void A_sleep_begun_in_another_context_ends_there()
    {
        using var loop = Loops.Create();
        using var other = Loops.Create();
        loop.RunBounded(() => Task.Run(() => other.RunBounded(async () =>
        {
            await loop.SleepAsync(TimeSpan.FromMilliseconds(1));
            Assert.True(other.IsOnLoop);
        })));
    }

    [Fact]
    public void A_sleep_begun_before_the_loop_runs_and_cancelled_then_ends_on_the_loop()
    {
        using var loop = Loops.Create();
        using var source = new CancellationTokenSource();
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var begun = Begin();
        SynchronizationContext.SetSynchronizationContext(outside);
        Elsewhere(source.Cancel);
        loop.RunBounded(async () => Assert.Equal(Environment.CurrentManagedThreadId, await begun));

        async Task<int> Begin()
        {
            try
            {
                await loop.SleepAsync(TimeSpan.FromDays(1), source.Token);
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }

            return Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public void A_sleep_begun_elsewhere_and_awaited_on_the_loop_ends_there()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            ValueTask sleep = default;
            Elsewhere(() => sleep = loop.SleepAsync(TimeSpan.FromMilliseconds(5)));
            await sleep;
            Assert.True(loop.IsOnLoop);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sleep_awaited_elsewhere_ends_elsewhere(bool begunBefore)
    {
        using var loop = Loops.Create();
        var sleep = begunBefore ? Begin() : default;
        loop.RunBounded(async () =>
        {
            sleep = begunBefore ? sleep : Begin();
            Task<bool> waiting = null!;
            Elsewhere(() => waiting = Wait());
            Assert.False(await waiting);
        });

        // It does not end before it is awaited: the loop waits for the other thread.
        ValueTask Begin() => loop.SleepAsync(TimeSpan.FromMilliseconds(1));

        async Task<bool> Wait()
        {
            await sleep;
            return loop.IsOnLoop;
        }
    }

    [Fact]
    public void A_sleep_awaited_elsewhere_is_cancelled_without_the_loop()
    {
        using var loop = Loops.Create();
        using var source = new CancellationTokenSource();
        var sleeping = Task.CompletedTask;
        loop.RunBounded(() =>
        {
            Elsewhere(() => sleeping = Sleep());
            Elsewhere(source.Cancel);
            return Task.CompletedTask;
        });
        Assert.True(SpinWait.SpinUntil(() => sleeping.IsCanceled, Loops.Limit / 2));

        async Task Sleep() => await loop.SleepAsync(TimeSpan.FromDays(1), source.Token);
    }

    [Fact]
    public void A_long_chain_of_sleeps_that_cancel_each_other_does_not_fill_the_stack()
    {
        const int Count = 100_000;
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            var sources = Enumerable.Range(0, Count + 1).Select(_ => new CancellationTokenSource()).ToArray();
            var sleeps = Enumerable.Range(0, Count).Select(i => SleepAndCancel(sources[i].Token, sources[i + 1])).ToArray();
            Cancel(sources[0]);
            await Task.WhenAll(sleeps);
            Assert.True(sources[Count].IsCancellationRequested);
        });

        async Task SleepAndCancel(CancellationToken cancellation, CancellationTokenSource next)
        {
            try
            {
                await loop.SleepAsync(TimeSpan.FromDays(1), cancellation);
            }
            catch (OperationCanceledException)
            {
                Cancel(next);
            }
        }
    }

    [Fact]
    public void A_cancelled_sleep_holds_nothing_of_what_awaited_it()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            var held = Begin();
            await loop.SleepAsync(TimeSpan.FromMilliseconds(1));
            GC.Collect();
            Assert.NotEqual(0, loop.Timers.Count);
            Assert.False(held.IsAlive);
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Begin()
        {
            using var source = new CancellationTokenSource();
            var data = new byte[1000];
            _ = Hold(data, source.Token);
            source.Cancel();
            return new WeakReference(data);
        }

        async Task<byte[]> Hold(byte[] data, CancellationToken cancellation)
        {
            try
            {
                await loop.SleepAsync(TimeSpan.FromDays(1), cancellation);
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }

            return data;
        }
    }

    [Fact]
    public void A_sleep_ends_in_the_turn_in_which_it_is_due()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            await loop.SleepAsync(TimeSpan.Zero);
            var turns = loop.Counters.Turns;
            await loop.SleepAsync(TimeSpan.Zero);
            Assert.Equal(turns + 1, loop.Counters.Turns);
        });
    }

    [Fact]
    public void What_an_awaiter_written_by_hand_throws_is_reported()
    {
        var reports = new ConcurrentQueue<(string Source, Exception Exception)>();
        using var loop = Loops.Create(reports);
        loop.RunBounded(async () =>
        {
            Await(loop.SleepAsync(TimeSpan.Zero), () => throw new FormatException("bad"));
            await loop.SleepAsync(TimeSpan.FromMilliseconds(1));
        });
        Assert.Equal(("sleep", "bad"), (Assert.Single(reports).Source, reports.First().Exception.Message));

        static void Await(ValueTask sleep, Action then) => sleep.GetAwaiter().UnsafeOnCompleted(then);
    }

    [Fact]
    public void Cancelled_timers_do_not_pile_up()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                using var source = new CancellationTokenSource();
                var sleep = loop.SleepAsync(TimeSpan.FromDays(1), source.Token).AsTask();
                await source.CancelAsync();
                _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleep);
            }
        });
        Assert.InRange(loop.Timers.Count, 0, 1000);
    }

    [Fact]
    public void A_periodic_timer_fires_on_the_loop_until_it_is_disposed_of()
    {
        using var loop = Loops.Create();
        var fired = 0;
        loop.RunBounded(async () =>
        {
            var third = new TaskCompletionSource();
            var thread = Environment.CurrentManagedThreadId;
            using (loop.TimeProvider.CreateTimer(
                _ =>
                {
                    Assert.Equal(thread, Environment.CurrentManagedThreadId);
                    if (++fired == 3)
                    {
                        third.SetResult();
                    }
                },
                null,
                TimeSpan.Zero,
                TimeSpan.FromMilliseconds(1)))
            {
                await third.Task;
            }

            var count = fired;
            await loop.SleepAsync(TimeSpan.FromMilliseconds(10));
            Assert.Equal(count, fired);
        });
    }

    [Fact]
    public void A_timer_changed_by_its_callback_or_before_it_fires_has_one_schedule()
    {
        using var loop = Loops.Create();
        var fired = new List<string>();
        loop.RunBounded(async () =>
        {
            // The first changes the second, which is due in the same turn.
            ITimer? changed = null;
            using var first = loop.TimeProvider.CreateTimer(
                _ => Add("first", () => changed!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)),
                null,
                TimeSpan.Zero,
                Timeout.InfiniteTimeSpan);
            changed = loop.TimeProvider.CreateTimer(_ => Add("changed"), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
            await loop.SleepAsync(TimeSpan.FromMilliseconds(5));
            Assert.Equal(["first"], fired);
            Assert.True(changed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
            await loop.SleepAsync(TimeSpan.FromMilliseconds(5));
            Assert.Equal(["first", "changed"], fired);
            await changed.DisposeAsync();
            Assert.False(changed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        });

        void Add(string name, Action? then = null)
        {
            fired.Add(name);
            then?.Invoke();
        }
    }

    [Fact]
    public void Changing_a_periodic_timer_on_another_thread_never_leaves_two_schedules()
    {
        using var loop = Loops.Create();
        var fired = 0;
        loop.RunBounded(async () =>
        {
            var first = new TaskCompletionSource();
            var timer = loop.TimeProvider.CreateTimer(_ => Fire(), null, TimeSpan.Zero, TimeSpan.FromTicks(1));
            await first.Task;
            await Task.Run(() =>
            {
                // So many that changes fall between the moments when the loop takes a firing and when it begins.
                for (var i = 0; i < 200_000; i++)
                {
                    _ = timer.Change(TimeSpan.Zero, TimeSpan.FromTicks(1));
                    Thread.SpinWait(i % 50);
                }

                _ = timer.Change(TimeSpan.FromDays(1), TimeSpan.FromDays(1));
            });

            // A second schedule would outlive the timer.
            await loop.SleepAsync(TimeSpan.Zero);
            await timer.DisposeAsync();
            Assert.True(loop.Timers.Next.IsNever);

            void Fire()
            {
                if (++fired == 1)
                {
                    first.SetResult();
                }
            }
        });
    }

    [Fact]
    public void Delays_and_time_outs_of_the_library_take_the_loops_time()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            var start = loop.TimeProvider.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(5), loop.TimeProvider);
            Assert.True(loop.TimeProvider.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(5));
            _ = await Assert.ThrowsAsync<TimeoutException>(() => new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromMilliseconds(1), loop.TimeProvider));
        });
    }

    [Fact]
    public void What_a_timer_throws_is_reported()
    {
        var reports = new ConcurrentQueue<(string Source, Exception Exception)>();
        using var loop = Loops.Create(reports);
        loop.RunBounded(async () =>
        {
            using var timer = loop.TimeProvider.CreateTimer(_ => throw new FormatException("bad"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            await loop.SleepAsync(TimeSpan.FromMilliseconds(2));
        });
        Assert.Equal(("timer", "bad"), (Assert.Single(reports).Source, reports.First().Exception.Message));
    }

    // On this thread, where the analyzer would have it done asynchronously.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();

    private static void Elsewhere(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }
}
