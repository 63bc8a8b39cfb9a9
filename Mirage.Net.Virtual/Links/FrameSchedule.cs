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
    private readonly Ring<ScheduledFrame> _inOrder = new();
    private long _order;

    public int Count => _inOrder.Count + _held.Count;

    /// <summary>When the next frame arrives, in nanoseconds; the largest value if there is none.</summary>
    public long Next
    {
        get
        {
            var next = _inOrder.Count == 0 ? long.MaxValue : _inOrder.First.At;
            return _held.Count > 0 && _held.TryPeek(out _, out var key) ? Math.Min(next, key.At) : next;
        }
    }

    /// <summary>Adds a frame that arrives no earlier than any added here before.</summary>
    public void Add(in ScheduledFrame frame) => _inOrder.Add(in frame);

    /// <summary>Adds a frame that others may overtake.</summary>
    public void Hold(in ScheduledFrame frame) => _held.Enqueue(frame, (frame.At, _order++));

    /// <summary>The next frame, of at least one.</summary>
    public ScheduledFrame Peek() => IsHeldNext ? _held.Peek() : _inOrder.First;

    /// <summary>Removes the next frame, of at least one.</summary>
    public void Remove()
    {
        if (IsHeldNext)
        {
            _ = _held.Dequeue();
        }
        else
        {
            _inOrder.RemoveFirst();
        }
    }

    private bool IsHeldNext => _held.Count > 0 && _held.TryPeek(out _, out var key) && (_inOrder.Count == 0 || key.At < _inOrder.First.At);
}
