using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// RACK (RFC 8985 §6): a segment is lost when one that was sent later, by more than a reordering window, has arrived. It needs SACK, and finds lost
/// retransmissions too.
/// </summary>
internal struct Rack
{
    private long _sentAt;
    private SequenceNumber _end;
    private SequenceNumber _highest;

    /// <summary>RACK.rtt: the round-trip time of the newest segment that has arrived, in nanoseconds.</summary>
    public long RoundTrip { get; private set; }

    public void Start(SequenceNumber initial)
    {
        this = default;
        _sentAt = long.MinValue;
        _end = _highest = initial;
    }

    /// <summary>Steps 2 and 3 for one segment that has arrived: RACK_update() and RACK_detect_reordering().</summary>
    /// <returns>Whether it has arrived after one that comes after it, without having been sent again.</returns>
    public bool OnDelivered(in SentSegment segment, long roundTrip, bool isOfEarlierTransmission)
    {
        var isReordered = segment.End < _highest && !segment.IsRetransmitted;
        _highest = SequenceNumber.Max(_highest, segment.End);
        if (isOfEarlierTransmission)
        {
            return isReordered;
        }

        RoundTrip = roundTrip;
        if (IsSentAfter(segment.SentAt, segment.End, _sentAt, _end))
        {
            _sentAt = segment.SentAt;
            _end = segment.End;
        }

        return isReordered;
    }

    /// <summary>Step 5: RACK_detect_loss().</summary>
    /// <returns>When to look again: when the next one would be lost. (The RFC waits for the last of those that may be, to look less often.)</returns>
    public readonly Instant DetectLoss(ref SentSegments sent, long window, long now)
    {
        while (sent.TryGetOldest(out var segment) && IsSentAfter(_sentAt, _end, segment.SentAt, segment.End))
        {
            var due = segment.SentAt + RoundTrip + window;
            if (due > now)
            {
                return new Instant(due);
            }

            sent.LoseOldest();
        }

        return Instant.Never;
    }

    /// <summary>§6.3: at a time-out what was sent so long ago is lost, and the first in any case.</summary>
    public readonly void LoseOverdue(ref SentSegments sent, long window, long now)
    {
        sent.LoseFirst();
        while (sent.TryGetOldest(out var segment) && segment.SentAt + RoundTrip + window <= now)
        {
            sent.LoseOldest();
        }
    }

    /// <summary>RACK_sent_after().</summary>
    public static bool IsSentAfter(long at, SequenceNumber end, long otherAt, SequenceNumber otherEnd)
        => at > otherAt || (at == otherAt && end > otherEnd);
}
