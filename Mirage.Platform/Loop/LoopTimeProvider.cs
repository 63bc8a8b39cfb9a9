namespace Mirage;

/// <summary>A loop's time as .NET's abstraction. Timers fire on the loop.</summary>
internal sealed class LoopTimeProvider(Loop loop) : TimeProvider
{
    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => loop.Now.Nanoseconds;

    public override DateTimeOffset GetUtcNow() => loop.UtcNow;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new LoopTimer(loop, callback, state);
        _ = timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LoopTimer(Loop loop, TimerCallback callback, object? state) : ITimer
    {
        private readonly Lock _gate = new();
        private LoopTimers.Entry? _entry;
        private TimeSpan _period;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return false;
                }

                _ = _entry?.Cancel();
                _period = period;
                _entry = dueTime == Timeout.InfiniteTimeSpan ? null : loop.Timers.Set(loop.Now + dueTime, Fire, this);
            }

            loop.Wake();
            return true;
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                _ = _entry?.Cancel();
                _entry = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private static void Fire(object? state)
        {
            var self = (LoopTimer)state!;
            lock (self._gate)
            {
                // If the timer was changed after this firing was taken, its entry is another one, or none.
                if (self._disposed || self._entry is not { IsCancelled: true })
                {
                    return;
                }

                if (self._period > TimeSpan.Zero)
                {
                    self._entry = self.Loop.Timers.Set(self.Loop.Now + self._period, Fire, self);
                }
            }

            self.Invoke();
        }

        private Loop Loop => loop;

        private void Invoke()
        {
            try
            {
                callback(state);
            }
            catch (Exception exception)
            {
                loop.Report("timer", exception);
            }
        }
    }
}
