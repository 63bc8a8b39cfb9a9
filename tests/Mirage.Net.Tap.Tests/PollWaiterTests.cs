using Mirage.Testing;

namespace Mirage.Net.Tap.Tests;

public sealed class PollWaiterTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly HostLoop _loop = new() { Spin = TimeSpan.Zero };

    [Fact]
    public void A_frame_wakes_the_loop()
        => Run(async (a, b) =>
        {
            var got = new TaskCompletionSource<byte[]>();
            _loop.Attach(new Pollable(() =>
            {
                foreach (var frame in Frames.TakeAll(b))
                {
                    got.SetResult(frame);
                }
            }));
            var sent = Frames.Make(b.Mac, a.Mac, 500, 3);

            // From a turn that only a timer brings, so that the loop sleeps until the frame is there.
            await _loop.SleepAsync(TimeSpan.FromMilliseconds(2));
            _ = Frames.Transmit(a, sent);
            Assert.Equal(sent, await got.Task);
        });

    [Fact]
    public void A_full_device_lends_nothing_until_it_has_room_and_then_wakes_the_loop()
        => Run(async (a, b) =>
        {
            var frame = Frames.Make(b.Mac, a.Mac, 1514);
            var sent = 0;
            while (Frames.Transmit(a, frame) == SendStatus.Sent)
            {
                sent++;
            }

            Assert.Equal(LendStatus.Full, a.Rent(60, out _));
            Assert.Equal((sent, 0), (a.Counters.SentFrames, a.Counters.SendDropped));
            var writable = new TaskCompletionSource();
            _loop.Attach(new Pollable(() =>
            {
                if (!writable.Task.IsCompleted && a.Rent(60, out _) == LendStatus.Lent)
                {
                    a.Return();
                    writable.SetResult();
                }
            }));
            await _loop.SleepAsync(TimeSpan.FromMilliseconds(2));
            Assert.False(writable.Task.IsCompleted);
            Assert.Equal(sent, Frames.TakeAll(b).Count);
            await writable.Task;
            Assert.Equal(SendStatus.Sent, Frames.Transmit(a, frame));
        });

    [Fact]
    public void Frames_that_nobody_takes_do_not_keep_the_loop_awake()
        => Run(async (a, b) =>
        {
            _ = Frames.Transmit(a, Frames.Make(b.Mac, a.Mac, 60));
            var before = _loop.Counters.Turns;
            await _loop.SleepAsync(TimeSpan.FromMilliseconds(50));
            Assert.InRange(_loop.Counters.Turns - before, 1, 20);
            _ = Assert.Single(Frames.TakeAll(b));
        });

    [Fact]
    public void Several_devices_share_the_waiter_and_each_wakes_the_loop()
        => Run(async (a, b) =>
        {
            var waiter = _loop.Waiter;
            var pairs = Enumerable.Range(0, 10).Select(_ => DevicePair.Create(_loop)).ToList();
            Assert.Same(waiter, _loop.Waiter);
            var left = pairs.Count;
            var done = new TaskCompletionSource();
            foreach (var (_, to) in pairs)
            {
                _loop.Attach(new Pollable(() =>
                {
                    if (Frames.TakeAll(to).Count > 0 && --left == 0)
                    {
                        done.SetResult();
                    }
                }));
            }

            foreach (var (from, to) in pairs)
            {
                await _loop.SleepAsync(TimeSpan.FromMilliseconds(1));
                _ = Frames.Transmit(from, Frames.Make(to.Mac, from.Mac, 60));
            }

            await done.Task;
            foreach (var (from, to) in pairs)
            {
                await from.DisconnectAsync();
                await to.DisconnectAsync();
            }
        });

    [Fact]
    public void The_far_end_gone_is_not_a_reason_to_spin()
        => Run(async (a, b) =>
        {
            await b.DisconnectAsync();
            await _loop.SleepAsync(TimeSpan.FromMilliseconds(1));
            var before = _loop.Counters.Turns;
            await _loop.SleepAsync(TimeSpan.FromMilliseconds(50));
            Assert.InRange(_loop.Counters.Turns - before, 1, 20);
            Assert.Equal(LendStatus.Disconnected, a.Rent(60, out _));
        });

    [Fact]
    public void Posts_of_other_threads_wake_the_loop_and_none_is_lost()
        => Run(async (_, _) =>
        {
            using var answered = new SemaphoreSlim(0);
            var lost = await Task.Run(() =>
            {
                for (var i = 0; i < 10_000; i++)
                {
                    _loop.Post(_ => answered.Release(), null);
                    Thread.SpinWait(i % 300);
                    if (!answered.Wait(Limit / 2))
                    {
                        return i;
                    }
                }

                return -1;
            });
            Assert.Equal(-1, lost);
            Assert.True(_loop.Counters.Sleeps > 100);
        });

    [Fact]
    public void Time_outs_are_kept_and_not_early()
        => Run(async (_, _) =>
        {
            foreach (var microseconds in new[] { 0, 1, 50, 1500, 20_000 })
            {
                var start = _loop.Now;
                await _loop.SleepAsync(TimeSpan.FromMicroseconds(microseconds));
                Assert.True(_loop.Now - start >= TimeSpan.FromMicroseconds(microseconds));
            }
        });

    [Fact]
    public void Waking_a_loop_that_is_disposed_of_does_nothing()
    {
        Run((_, _) => Task.CompletedTask);
        _loop.Dispose();
        _loop.Waiter.Wake();
    }

    public void Dispose() => _loop.Dispose();

    private void Run(Func<TapNetwork, TapNetwork, Task> test)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var (a, b) = DevicePair.Create(_loop);
        _ = Assert.IsType<PollWaiter>(_loop.Waiter);
        _loop.Run(() => test(a, b).WaitAsync(limit.Token));
        _loop.Run(async () =>
        {
            await a.DisconnectAsync();
            await b.DisconnectAsync();
        });
    }

    private sealed class Pollable(Action poll) : IPollable
    {
        public PollResult Poll(Instant now, int budget)
        {
            poll();
            return new PollResult(false, Instant.Never);
        }
    }
}
