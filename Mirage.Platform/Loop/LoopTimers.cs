namespace Mirage;

/// <summary>The program's timers: sleeps and <see cref="TimeProvider"/> timers. Timers for the same instant fire in the order in which they were set.</summary>
internal sealed class LoopTimers
{
    private readonly PriorityQueue<Entry, (long At, long Order)> _queue = new();
    private readonly Lock _gate = new();
    private long _order;

    /// <summary>When the next one is due.</summary>
    public Instant Next
    {
        get
        {
            lock (_gate)
            {
                while (_queue.TryPeek(out var entry, out var key))
                {
                    if (!entry.IsCancelled)
                    {
                        return new Instant(key.At);
                    }

                    _ = _queue.Dequeue();
                }

                return Instant.Never;
            }
        }
    }

    /// <summary>Sets a timer. Any thread; the caller wakes the loop.</summary>
    public Entry Set(Instant at, Action<object?> action, object? state)
    {
        var entry = new Entry(action, state);
        lock (_gate)
        {
            _queue.Enqueue(entry, (at.Nanoseconds, _order++));
        }

        return entry;
    }

    /// <summary>Runs those that are due; one that is set meanwhile waits for the next turn.</summary>
    public bool RunDue(Instant now)
    {
        long limit;
        lock (_gate)
        {
            limit = _order;
        }

        var any = false;
        while (TryTake(now, limit, out var entry))
        {
            entry.Fire();
            any = true;
        }

        return any;
    }

    private bool TryTake(Instant now, long limit, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Entry? entry)
    {
        lock (_gate)
        {
            if (_queue.TryPeek(out entry, out var key) && key.At <= now.Nanoseconds && key.Order < limit)
            {
                _ = _queue.Dequeue();
                return true;
            }
        }

        entry = null;
        return false;
    }

    internal sealed class Entry(Action<object?> action, object? state)
    {
        private Action<object?>? _action = action;

        public bool IsCancelled => Volatile.Read(ref _action) is null;

        /// <summary>Any thread.</summary>
        /// <returns>Whether it will now not fire.</returns>
        public bool Cancel() => Interlocked.Exchange(ref _action, null) is not null;

        public void Fire() => Interlocked.Exchange(ref _action, null)?.Invoke(state);
    }
}
