namespace Mirage.Net.Virtual;

/// <summary>
/// A transmitter of some rate with a bounded queue before it. Nothing is stored: when a frame comes, it is already known when it will leave. What must
/// be kept is how much has not begun to leave, which is what fills the queue.
/// </summary>
internal sealed class DropTailQueue
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Ring<Waiting> _waiting = new();
    private long _bytes;
    private long _freeAt = long.MinValue;
    private long _remainder;

    /// <summary>How many bytes waited when the last frame came, with it.</summary>
    public long Bytes => _bytes;

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
            if (_waiting.Count >= options.QueueFrames || _bytes + length > options.QueueBytes)
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
        while (_waiting.Count > 0 && _waiting.First.Start <= now)
        {
            _bytes -= _waiting.First.Length;
            _waiting.RemoveFirst();
        }
    }

    private void Wait(long start, int length)
    {
        _waiting.Add(new Waiting { Start = start, Length = length });
        _bytes += length;
        LongestBytes = Math.Max(LongestBytes, _bytes);
    }

    private struct Waiting
    {
        public long Start;
        public int Length;
    }
}
