using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// What it takes to find the right size of a receive buffer: twice what the program reads in a round trip (dynamic right-sizing: Fisk and Feng, 2001). A
/// connection has one from the first data on.
/// </summary>
internal sealed class ReceiveTuning
{
    /// <summary>
    /// Up to here the buffer grows with the round trip as it is now; beyond, with the shortest one of late, so that a queue which our own window filled does not make
    /// the window grow. It is what the queue of a Linux TAP device holds (1000 packets), which a larger window overruns on a short path.
    /// </summary>
    private const int QueueSafeBuffer = (1 << 20) - 256;

    // Two round trips' worth beside what is read in one: the sender may double its rate in slow start.
    private const int Headroom = 2;
    private const int SpareSegments = 16;
    private const int LongestGrowth = 4;

    // Timestamps tick once a millisecond: nothing shorter than this can be told from none.
    private const long ShortestByTimestamp = 500_000;
    private static readonly TimeSpan MinimumLifetime = TimeSpan.FromSeconds(10);

    // In nanoseconds: the round trip as a receiver sees it, and the shortest of late; 0 until there was a sample.
    private long _roundTrip;
    private long _shortest;
    private Instant _shortestAt;

    // What was read, since when, and how much that was in the round trip before.
    private int _read;
    private int _readBefore;
    private Instant _readFrom;

    // Without timestamps: when this is received, a window's worth was, which took a round trip at the most.
    private SequenceNumber _mark;
    private Instant _markedAt;
    private bool _isMarked;
    private uint _lastEcho;

    /// <summary>Begins anew.</summary>
    /// <param name="roundTrip">The handshake's, in nanoseconds, which no queue of ours made longer; 0 if it was not measured.</param>
    /// <param name="now">The present.</param>
    public void Start(long roundTrip, Instant now)
    {
        _roundTrip = _shortest = roundTrip;
        _shortestAt = _readFrom = now;
        _read = _readBefore = 0;
        _lastEcho = 0;
        _isMarked = false;
    }

    /// <summary>A segment echoes a timestamp: the first of those that echo the same tells a round trip.</summary>
    public void TakeEcho(uint echo, uint timestampNow, Instant now)
    {
        if (echo != _lastEcho && echo != 0)
        {
            _lastEcho = echo;
            var elapsed = (int)(timestampNow - echo);
            if (elapsed >= 0)
            {
                TakeRoundTrip(Math.Max(elapsed * 1_000_000L, ShortestByTimestamp), isBound: elapsed == 0, now);
            }
        }
    }

    /// <summary>Without timestamps: a window's worth takes a round trip, or longer.</summary>
    public void TakeSequence(SequenceNumber next, SequenceNumber edge, Instant now)
    {
        if (!_isMarked || next >= _mark)
        {
            if (_isMarked)
            {
                TakeRoundTrip(Math.Max(1, now.Nanoseconds - _markedAt.Nanoseconds), isBound: true, now);
            }

            (_mark, _markedAt, _isMarked) = (edge, now, true);
        }
    }

    /// <summary>The program has read: once a round trip its rate is looked at.</summary>
    /// <returns>How large the buffer is to be at least; 0 if there is nothing to say.</returns>
    public long OnRead(int count, int segmentSize, Instant now)
    {
        if (_roundTrip == 0)
        {
            return 0;
        }

        // What was not read for long was not read in one round trip.
        var elapsed = now.Nanoseconds - _readFrom.Nanoseconds;
        if (elapsed > LongestGrowth * Math.Max(_roundTrip, ShortestByTimestamp))
        {
            (_read, _readFrom) = (count, now);
            return 0;
        }

        _read = (int)Math.Min((long)_read + count, int.MaxValue);
        if (elapsed < _roundTrip)
        {
            return 0;
        }

        var target = Target(elapsed, segmentSize);
        (_read, _readFrom) = (0, now);
        return target;
    }

    private long Target(long elapsed, int segmentSize)
    {
        var read = (int)(_read * (double)_roundTrip / elapsed);
        if (read <= _readBefore)
        {
            return 0;
        }

        // The rate rises, and goes on rising while the window is on its way.
        var target = ((long)Headroom * read) + ((long)SpareSegments * segmentSize);
        if (_readBefore > 0)
        {
            target += (long)Math.Min((double)Headroom * target * (read - _readBefore) / _readBefore, (double)(LongestGrowth - 1) * target);
        }

        _readBefore = read;
        var shortest = (long)(Headroom * (double)_read * _shortest / elapsed);
        return Math.Min(target, Math.Max(QueueSafeBuffer, shortest));
    }

    /// <param name="nanoseconds">The round trip.</param>
    /// <param name="isBound">Whether it may be shorter.</param>
    /// <param name="now">The present.</param>
    private void TakeRoundTrip(long nanoseconds, bool isBound, Instant now)
    {
        if (_roundTrip == 0)
        {
            (_roundTrip, _shortest, _shortestAt) = (nanoseconds, nanoseconds, now);
            return;
        }

        nanoseconds = isBound ? Math.Min(nanoseconds, _roundTrip) : nanoseconds;
        _roundTrip = nanoseconds < _roundTrip ? nanoseconds : _roundTrip + ((nanoseconds - _roundTrip) / 8);
        if (nanoseconds <= _shortest || now - _shortestAt > MinimumLifetime)
        {
            (_shortest, _shortestAt) = (nanoseconds, now);
        }
    }
}
