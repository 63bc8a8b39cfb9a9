namespace Mirage.Net.Virtual;

/// <summary>A frame under way.</summary>
internal struct ScheduledFrame
{
    public long At;
    public byte[] Buffer;
    public int Length;
    public FrameInfo Info;
}

/// <summary>
/// Frames in the order of their arrival. Nearly all are scheduled in that order already and stand in a ring; those held back stand in a heap beside it.
/// Of two with the same time the one in the ring is first.
/// </summary>
internal sealed class FrameSchedule
{
    private readonly PriorityQueue<ScheduledFrame, (long At, long Order)> _held = new();
    private ScheduledFrame[] _ring = new ScheduledFrame[16];
    private uint _head;
    private uint _tail;
    private long _order;

    public int Count => (int)(_tail - _head) + _held.Count;

    /// <summary>When the next frame arrives, in nanoseconds; the largest value if there is none.</summary>
    public long Next
    {
        get
        {
            var next = _head == _tail ? long.MaxValue : _ring[(int)_head & (_ring.Length - 1)].At;
            return _held.Count > 0 && _held.TryPeek(out _, out var key) ? Math.Min(next, key.At) : next;
        }
    }

    /// <summary>Adds a frame that arrives no earlier than any added here before.</summary>
    public void Add(in ScheduledFrame frame)
    {
        if (_tail - _head == (uint)_ring.Length)
        {
            Grow();
        }

        _ring[(int)_tail++ & (_ring.Length - 1)] = frame;
    }

    /// <summary>Adds a frame that others may overtake.</summary>
    public void Hold(in ScheduledFrame frame) => _held.Enqueue(frame, (frame.At, _order++));

    /// <summary>The next frame, of at least one.</summary>
    public ScheduledFrame Peek() => IsHeldNext ? _held.Peek() : _ring[(int)_head & (_ring.Length - 1)];

    /// <summary>Removes the next frame, of at least one.</summary>
    public void Remove()
    {
        if (IsHeldNext)
        {
            _ = _held.Dequeue();
        }
        else
        {
            _head++;
        }
    }

    private bool IsHeldNext
        => _held.Count > 0 && _held.TryPeek(out _, out var key) && (_head == _tail || key.At < _ring[(int)_head & (_ring.Length - 1)].At);

    private void Grow()
    {
        var ring = new ScheduledFrame[_ring.Length * 2];
        var first = (int)_head & (_ring.Length - 1);
        _ring.AsSpan(first).CopyTo(ring);
        _ring.AsSpan(0, first).CopyTo(ring.AsSpan(_ring.Length - first));
        (_head, _tail) = (0, (uint)_ring.Length);
        _ring = ring;
    }
}
