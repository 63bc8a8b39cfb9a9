namespace Mirage;

public abstract partial class Loop
{
    /// <summary>Waits; see <see cref="ITime.SleepAsync"/>. Any thread; the wait ends on the loop.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>When the time has passed.</returns>
    public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        var sleeper = new Sleeper(this, cancellation);
        sleeper.Start(time == Timeout.InfiniteTimeSpan ? Instant.Never : Now + (time > TimeSpan.Zero ? time : TimeSpan.Zero));
        Wake();
        return new ValueTask(sleeper.Task);
    }

    /// <summary>A task that a timer completes on the loop. What awaits it on the loop goes on there at once; what awaits it elsewhere goes on elsewhere.</summary>
    private sealed class Sleeper(Loop loop, CancellationToken cancellation)
        : TaskCompletionSource(loop.IsOnLoop ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private LoopTimers.Entry? _entry;
        private CancellationTokenRegistration _registration;

        public void Start(Instant at)
        {
            _entry = loop._timers.Set(at, static state => ((Sleeper)state!).Finish(), this);
            _registration = cancellation.UnsafeRegister(static state => ((Sleeper)state!).Cancel(), this);
            if (Task.IsCompleted)
            {
                // The timer fired on the loop before this thread came here.
                _registration.Dispose();
            }
        }

        private void Finish()
        {
            _registration.Dispose();
            _ = TrySetResult();
        }

        private void Cancel()
        {
            if (_entry!.Cancel())
            {
                _ = TrySetCanceled(cancellation);
            }
        }
    }
}
