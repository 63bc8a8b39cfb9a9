namespace Mirage;

/// <summary>The program's timers: sleeps and <see cref="TimeProvider"/> timers. Timers for the same instant fire in the order in which they
/// were set.</summary>
internal sealed class LoopTimers
{
    private const int CancelledMin = 64;

    private readonly PriorityQueue<Entry, (long At, long Order)> _queue = new();
    private readonly Lock _gate = new();
    private long _order;
    private int _cancelled;

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
                    _cancelled--;
                }

                return Instant.Never;
            }
        }
    }

    /// <summary>How many entries are kept, cancelled ones included.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Sets a timer. Any thread; the caller wakes the loop.</summary>
    public Entry Set(Instant at, Action<object?> action, object? state)
    {
        var entry = new Entry(this, action, state);
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
                _cancelled -= entry.IsCancelled ? 1 : 0;
                return true;
            }
        }

        entry = null;
        return false;
    }

    // A cancelled entry stays in the heap until its time, unless half of them are: time-outs that hardly ever fire must not pile up.
    private void CountCancelled()
    {
        lock (_gate)
        {
            if (++_cancelled > CancelledMin && _cancelled > _queue.Count / 2)
            {
                var left = _queue.UnorderedItems.Where(item => !item.Element.IsCancelled).ToArray();
                _queue.Clear();
                _queue.EnqueueRange(left);
                _cancelled = 0;
            }
        }
    }

    internal sealed class Entry(LoopTimers owner, Action<object?> action, object? state)
    {
        private Action<object?>? _action = action;
        private object? _state = state;

        /// <summary>Whether it will not fire, because it was cancelled or has fired.</summary>
        public bool IsCancelled => Volatile.Read(ref _action) is null;

        /// <summary>Any thread.</summary>
        /// <returns>Whether it will now not fire.</returns>
        public bool Cancel()
        {
            if (Interlocked.Exchange(ref _action, null) is null)
            {
                return false;
            }

            // The entry may stay in the heap for long; what it was for need not.
            _state = null;
            owner.CountCancelled();
            return true;
        }

        public void Fire() => Interlocked.Exchange(ref _action, null)?.Invoke(_state);
    }
}
