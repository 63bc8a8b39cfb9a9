namespace Mirage.Net.Virtual;

/// <summary>
/// A transmitter of some rate with a bounded queue before it. Nothing is stored: when a frame comes, it is already known when it will leave. What must
/// be kept is how much has not begun to leave, which is what fills the queue.
/// </summary>
internal sealed class DropTailQueue
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private Waiting[] _ring = new Waiting[16];
    private uint _head;
    private uint _tail;
    private long _bytes;
    private long _freeAt = long.MinValue;
    private long _remainder;

    public long LongestBytes { get; private set; }

    /// <summary>Puts a frame into the queue, if there is room.</summary>
    /// <param name="options">The rate, which is not zero, and the bounds.</param>
    /// <param name="now">The present.</param>
    /// <param name="length">The frame's length.</param>
    /// <param name="leaves">When its last bit has left.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryEnter(LinkOptions options, long now, int length, out long leaves)
    {
        LetGo(now);
        var start = now;
        if (_freeAt > now)
        {
            if (_tail - _head >= (uint)options.QueueFrames || _bytes + length > options.QueueBytes)
            {
                leaves = 0;
                return false;
            }

            start = _freeAt;
            Wait(start, length);
        }
        else
        {
            _remainder = 0;
        }

        // What a division leaves over is carried on: a thousand frames take a thousand times as long as one, to the nanosecond.
        var scaled = ((length + options.Overhead) * 8L * NanosecondsPerSecond) + _remainder;
        (var time, _remainder) = Math.DivRem(scaled, options.Rate);
        _freeAt = leaves = start + time;
        return true;
    }

    private void LetGo(long now)
    {
        while (_head != _tail)
        {
            ref readonly var waiting = ref _ring[(int)_head & (_ring.Length - 1)];
            if (waiting.Start > now)
            {
                return;
            }

            _bytes -= waiting.Length;
            _head++;
        }
    }

    private void Wait(long start, int length)
    {
        if (_tail - _head == (uint)_ring.Length)
        {
            var ring = new Waiting[_ring.Length * 2];
            var first = (int)_head & (_ring.Length - 1);
            _ring.AsSpan(first).CopyTo(ring);
            _ring.AsSpan(0, first).CopyTo(ring.AsSpan(_ring.Length - first));
            (_head, _tail) = (0, (uint)_ring.Length);
            _ring = ring;
        }

        _ring[(int)_tail++ & (_ring.Length - 1)] = new Waiting { Start = start, Length = length };
        _bytes += length;
        LongestBytes = Math.Max(LongestBytes, _bytes);
    }

    private struct Waiting
    {
        public long Start;
        public int Length;
    }
}
