#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

/// <content>A loop that has nothing to do sleeps: a device wakes it when there is something.</content>
public abstract partial class FrameDeviceBehaviour<TDevice>
{
    // Far more than any device holds.
    private const int ManyFrames = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_frame_that_arrives_wakes_the_loop()
        => Connected(async (loop, a, b) =>
        {
            var frame = Make(a, b, 60);
            var arrived = new TaskCompletionSource();
            loop.Attach(new Turn(() =>
            {
                if (Frames.TakeAll(b).Count > 0)
                {
                    _ = arrived.TrySetResult();
                }
            }));

            // Last in a turn, so that nothing looks at the other device before the loop sleeps.
            var isSent = false;
            loop.Attach(new Turn(() =>
            {
                if (!isSent)
                {
                    isSent = true;
                    Assert.Equal(SendStatus.Sent, Frames.Transmit(a, frame));
                }
            }));
            await AwakenedAsync(loop, arrived.Task);
        });

    [Fact]
    public void Room_in_a_device_that_was_full_wakes_the_loop()
        => Connected(async (loop, a, b) =>
        {
            var frame = Make(a, b, 1000);
            if (!Fill(a, frame))
            {
                // It drops what it has no room for, and is never full.
                return;
            }

            var sent = new TaskCompletionSource();
            loop.Attach(new Turn(() =>
            {
                if (!sent.Task.IsCompleted && TrySend(a, frame))
                {
                    sent.SetResult();
                }
            }));

            // Last in a turn, so that nothing looks at the full device before the loop sleeps.
            var isTaking = false;
            loop.Attach(new Turn(() =>
            {
                if (isTaking)
                {
                    _ = Frames.TakeAll(b);
                }
            }));
            await loop.SleepAsync(TimeSpan.FromMilliseconds(1));
            isTaking = true;
            await AwakenedAsync(loop, sent.Task);
        });

    /// <returns>Whether the device is full at last.</returns>
    private static bool Fill(TDevice device, byte[] frame)
    {
        for (var i = 0; i < ManyFrames; i++)
        {
            if (!TrySend(device, frame))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Whether the device had room.</returns>
    private static bool TrySend(TDevice device, byte[] frame)
    {
        var lent = device.Rent(frame.Length, out var span);
        if (lent == LendStatus.Full)
        {
            return false;
        }

        Assert.Equal(LendStatus.Lent, lent);
        frame.CopyTo(span);
        return device.Send(frame.Length, default) != SendStatus.Full;
    }

    private static async Task AwakenedAsync(Loop loop, Task awakened)
    {
        var late = loop.SleepAsync(Patience).AsTask();
        Assert.True(await Task.WhenAny(awakened, late) == awakened, "the device did not wake its loop, which slept until a timer woke it");
    }

    /// <summary>Something to do in each turn, of which the loop does not hear.</summary>
    private sealed class Turn(Action action) : IPollable
    {
        public PollResult Poll(Instant now, int budget)
        {
            action();
            return new PollResult(busy: false, Instant.Never);
        }
    }
}
