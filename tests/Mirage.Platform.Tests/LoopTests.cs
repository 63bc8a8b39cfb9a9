using System.Collections.Concurrent;

namespace Mirage.Platform.Tests;

public sealed class LoopTests
{
    [Fact]
    public void A_loop_runs_one_program_after_another()
    {
        using var loop = Loops.Create();
        for (var i = 0; i < 3; i++)
        {
            var ran = false;
            loop.RunBounded(async () =>
            {
                await loop.SleepAsync(TimeSpan.Zero);
                ran = true;
            });
            Assert.True(ran);
        }

        Assert.Equal(42, loop.Run(async () =>
        {
            await Task.Yield();
            return 42;
        }));
    }

    [Fact]
    public void Running_a_loop_that_runs_throws()
    {
        using var loop = Loops.Create();
        loop.RunBounded(async () =>
        {
            _ = Assert.Throws<InvalidOperationException>(() => loop.Run(() => Task.CompletedTask));
            _ = await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(() => loop.Run(() => Task.CompletedTask)));
        });
    }

    [Fact]
    public void What_the_program_throws_comes_out_and_the_callers_context_returns()
    {
        using var loop = Loops.Create();
        var outside = SynchronizationContext.Current;
        _ = Assert.Throws<FormatException>(() => loop.Run(() => throw new FormatException()));
        _ = Assert.Throws<FormatException>(() => loop.Run(async () =>
        {
            await Task.Yield();
            throw new FormatException();
        }));
        Assert.Same(outside, SynchronizationContext.Current);
        loop.RunBounded(() => Task.CompletedTask);
    }

    [Fact]
    public void A_loop_with_nothing_to_do_sleeps()
    {
        using var loop = Loops.Create(spinMicroseconds: 20);
        using var release = new SemaphoreSlim(0);
        loop.RunBounded(async () =>
        {
            await Task.Run(() => SpinWait.SpinUntil(() => loop.Counters.Sleeps > 0, Loops.Limit / 2));
        });
        Assert.True(loop.Counters.Sleeps > 0);
    }

    [Fact]
    public void A_loop_that_never_was_busy_sleeps_too()
    {
        using var loop = Loops.Create(spinMicroseconds: 20);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = new Thread(() =>
        {
            _ = SpinWait.SpinUntil(() => loop.Counters.Sleeps > 0, Loops.Limit / 2);
            done.SetResult();
        });
        watcher.Start();
        loop.Run(() => done.Task);
        Assert.True(loop.Counters.Sleeps > 0);
    }

    [Fact]
    public void Attached_things_are_polled_until_they_are_detached()
    {
        using var loop = Loops.Create();
        var polls = new int[2];
        var done = new TaskCompletionSource();
        Pollable? first = null;
        first = new Pollable(now =>
        {
            polls[0]++;
            loop.Detach(first!);
            return Pollable.Idle;
        });
        var second = new Pollable(now =>
        {
            if (++polls[1] == 10)
            {
                done.SetResult();
            }

            return new PollResult(true, Instant.Never);
        });
        loop.Attach(first);
        loop.Attach(second);
        loop.RunBounded(() => done.Task);
        Assert.Equal([1, 10], polls);
    }

    [Fact]
    public void One_that_is_passed_over_because_another_detached_itself_is_polled_before_the_loop_sleeps()
    {
        using var loop = Loops.Create();
        var done = new TaskCompletionSource();
        Pollable? first = null;
        var turns = 0;
        first = new Pollable(now =>
        {
            // Not in the turns that attaching brings about: in one that would be the last before a sleep for ever.
            if (++turns == 3)
            {
                loop.Detach(first!);
            }

            return new PollResult(false, turns < 3 ? loop.Now : Instant.Never);
        });
        loop.Attach(first);
        loop.Attach(new Pollable(now =>
        {
            if (turns == 3)
            {
                _ = done.TrySetResult();
            }

            return Pollable.Idle;
        }));
        loop.RunBounded(() => done.Task);
    }

    [Fact]
    public void One_that_is_attached_during_a_poll_is_polled()
    {
        using var loop = Loops.Create();
        var done = new TaskCompletionSource();
        var attached = false;
        loop.Attach(new Pollable(now =>
        {
            if (!attached)
            {
                attached = true;
                loop.Attach(new Pollable(now =>
                {
                    _ = done.TrySetResult();
                    return Pollable.Idle;
                }));
            }

            return Pollable.Idle;
        }));
        loop.RunBounded(() => done.Task);
    }

    [Fact]
    public void A_deadline_brings_the_next_poll()
    {
        using var loop = Loops.Create();
        var done = new TaskCompletionSource();
        Instant? due = null;
        loop.Attach(new Pollable(now =>
        {
            due ??= now + TimeSpan.FromMilliseconds(5);
            if (now >= due)
            {
                _ = done.TrySetResult();
            }

            return new PollResult(false, due.Value);
        }));
        loop.RunBounded(() => done.Task);
        Assert.True(loop.Now >= due);
    }

    [Fact]
    public void Other_threads_may_not_attach_while_the_loop_runs()
    {
        using var loop = Loops.Create();
        loop.RunBounded(() => Task.Run(() =>
        {
            var pollable = new Pollable(now => Pollable.Idle);
            _ = Assert.Throws<InvalidOperationException>(() => loop.Attach(pollable));
            _ = Assert.Throws<InvalidOperationException>(() => loop.Detach(pollable));
            _ = Assert.Throws<InvalidOperationException>(loop.CheckOnLoop);
        }));
    }

    [Fact]
    public void What_holds_the_loop_for_long_is_counted_and_reported()
    {
        var reports = new ConcurrentQueue<(string Source, Exception Exception)>();
        using var loop = new HostLoop { LongTurn = TimeSpan.FromMilliseconds(20), Reported = (source, exception) => reports.Enqueue((source, exception)) };
        loop.RunBounded(async () =>
        {
            await Task.Yield();
            var until = loop.Now + TimeSpan.FromMilliseconds(30);
            SpinWait.SpinUntil(() => loop.Now > until);
            await Task.Yield();
        });
        Assert.True(loop.Counters.LongTurns >= 1);
        Assert.Contains(reports, report => report is { Source: "loop", Exception: TimeoutException });
    }

    [Fact]
    public void Offloaded_work_runs_on_another_thread()
    {
        using var loop = Loops.Create();
        var platform = new HostPlatform(loop);
        loop.RunBounded(async () =>
        {
            var where = new TaskCompletionSource<bool>();
            platform.Offload(_ => where.SetResult(platform.IsOnLoop), null);
            Assert.False(await where.Task);
        });
    }
}
