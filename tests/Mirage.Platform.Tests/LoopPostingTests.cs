using System.Collections.Concurrent;

namespace Mirage.Platform.Tests;

public sealed class LoopPostingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Posts_of_many_threads_all_run_on_the_loop_each_threads_in_order(double spin)
    {
        const int Threads = 4;
        const int Posts = 5000;
        using var loop = Loops.Create(spinMicroseconds: spin);
        var last = new int[Threads];
        var left = Threads * Posts;
        var done = new TaskCompletionSource();
        loop.RunBounded(() =>
        {
            var thread = Environment.CurrentManagedThreadId;
            for (var i = 0; i < Threads; i++)
            {
                var me = i;
                new Thread(() =>
                {
                    for (var post = 1; post <= Posts; post++)
                    {
                        loop.Post(
                            state =>
                            {
                                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                                Assert.Equal(last[me] + 1, (int)state!);
                                last[me] = (int)state!;
                                if (--left == 0)
                                {
                                    done.SetResult();
                                }
                            },
                            post);
                    }
                }).Start();
            }

            return done.Task;
        });
        Assert.Equal(Enumerable.Repeat(Posts, Threads), last);
    }

    [Fact]
    public void No_post_is_lost_while_the_loop_falls_asleep()
    {
        using var loop = Loops.Create();
        using var answered = new SemaphoreSlim(0);
        var lost = -1;
        loop.RunBounded(() => OnThread(() =>
        {
            // One at a time, so that the loop is about to sleep, asleep or about to wake at each post.
            for (var i = 0; i < 10_000 && lost < 0; i++)
            {
                loop.Post(_ => answered.Release(), null);
                Thread.SpinWait(i % 300);
                if (!answered.Wait(Loops.Limit / 2))
                {
                    lost = i;
                }
            }
        }));
        Assert.Equal(-1, lost);
        Assert.True(loop.Counters.Sleeps > 100, "the loop hardly slept, so that the test tested nothing");
    }

    [Fact]
    public void No_wake_up_is_lost_while_the_loop_falls_asleep()
    {
        using var loop = Loops.Create();
        using var answered = new SemaphoreSlim(0);
        var (asked, seen, lost) = (0, 0, -1);
        loop.Attach(new Pollable(now =>
        {
            if (Volatile.Read(ref asked) != seen)
            {
                seen = Volatile.Read(ref asked);
                _ = answered.Release();
            }

            return Pollable.Idle;
        }));
        loop.RunBounded(() => OnThread(() =>
        {
            for (var i = 1; i <= 10_000 && lost < 0; i++)
            {
                Volatile.Write(ref asked, i);
                loop.Wake();
                Thread.SpinWait(i % 300);
                if (!answered.Wait(Loops.Limit / 2))
                {
                    lost = i;
                }
            }
        }));
        Assert.Equal(-1, lost);
    }

    [Fact]
    public void Awaits_return_to_the_loop()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            await Task.Yield();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await Task.Run(() => Assert.NotEqual(thread, Environment.CurrentManagedThreadId));
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await loop.SleepAsync(TimeSpan.FromMilliseconds(1));
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            Assert.True(loop.IsOnLoop);
            Assert.False(await Task.Run(() => loop.IsOnLoop));
        });
    }

    [Fact]
    public void The_loops_context_sends_from_other_threads_and_passes_exceptions_on()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            var (context, thread) = (SynchronizationContext.Current!, Environment.CurrentManagedThreadId);
            var here = 0;
            context.Send(_ => here = Environment.CurrentManagedThreadId, null);
            Assert.Equal(thread, here);
            var there = 0;
            await Task.Run(() => context.Send(_ => there = Environment.CurrentManagedThreadId, null));
            Assert.Equal(thread, there);
            _ = await Assert.ThrowsAsync<FormatException>(() => Task.Run(() => context.Send(_ => throw new FormatException(), null)));
        });
    }

    [Fact]
    public void What_posted_work_throws_is_reported_and_the_rest_runs()
    {
        var reports = new ConcurrentQueue<(string Source, Exception Exception)>();
        using var loop = Loops.Create(reports);
        var done = new TaskCompletionSource();
        loop.Post(_ => throw new FormatException("bad"), null);
        loop.Post(_ => done.SetResult(), null);
        loop.RunBounded(() => done.Task);
        Assert.Equal("bad", Assert.Single(reports).Exception.Message);
    }

    [Fact]
    public void Work_posted_before_the_loop_runs_waits_for_it_in_order()
    {
        using var loop = Loops.Create();
        var order = new List<int>();
        var done = new TaskCompletionSource();
        for (var i = 0; i < 100; i++)
        {
            loop.Post(state => order.Add((int)state!), i);
        }

        loop.Post(_ => done.SetResult(), null);
        Assert.Empty(order);
        loop.RunBounded(() => done.Task);
        Assert.Equal(Enumerable.Range(0, 100), order);
    }

    [Fact]
    public void Work_that_posts_itself_again_does_not_keep_timers_and_devices_from_their_turn()
    {
        using var loop = Loops.Create();
        var polls = 0;
        loop.Attach(new Pollable(now =>
        {
            polls++;
            return Pollable.Idle;
        }));
        var over = false;
        loop.RunBounded(async () =>
        {
            loop.Post(Again, null);

            // The first may be over in the loop's first turn, the second is not.
            await loop.SleepAsync(TimeSpan.FromMilliseconds(5));
            await loop.SleepAsync(TimeSpan.FromMilliseconds(5));
            over = true;
        });
        Assert.True(polls > 1);

        void Again(object? state)
        {
            if (!over)
            {
                loop.Post(Again, null);
            }
        }
    }

    private static Task OnThread(Action action)
    {
        var done = new TaskCompletionSource();
        new Thread(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }).Start();
        return done.Task;
    }
}
