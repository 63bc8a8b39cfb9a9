using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What one acknowledgement says has arrived: cumulatively or selectively, each segment once.</summary>
/// <param name="rack">RACK, which is told of each segment.</param>
/// <param name="now">The present in nanoseconds.</param>
/// <param name="minimumRoundTrip">The least round-trip time known, in nanoseconds.</param>
internal ref struct Delivery(ref Rack rack, long now, long minimumRoundTrip)
{
    private readonly ref Rack _rack = ref rack;
    private bool _hasNewest;

    /// <summary>How many sequence numbers.</summary>
    public int Bytes;

    /// <summary>Whether there is one among them that was sent once only, and so was not lost.</summary>
    public bool HasOriginal;

    /// <summary>The end of the last of those.</summary>
    public SequenceNumber OriginalEnd;

    /// <summary>Whether something arrived after what comes after it.</summary>
    public bool IsReordered;

    /// <summary>Whether something that was sent again is now acknowledged cumulatively.</summary>
    public bool HasRetransmitted;

    /// <summary>The time since the sending of the first that was sent once only, with what the peer waited (RFC 6298); 0 if there is none.</summary>
    public long RoundTrip;

    /// <summary>The time since the sending of the last that was sent once only; 0 if there is none.</summary>
    public long NewestRoundTrip;

    /// <summary>What the connection had delivered when the newest was sent, and whether the program had no more then.</summary>
    public long DeliveredWhenSent;
    public bool IsApplicationLimited;

    /// <summary>The echoed timestamp less this end's offset, in milliseconds of its clock; with timestamps only.</summary>
    public uint Echo;
    public bool HasEcho;

    /// <summary>How many sequence numbers that were sent again are now acknowledged cumulatively.</summary>
    public int Resent;

    public void OnAcknowledged(in SentSegment segment, int length)
    {
        HasRetransmitted |= segment.IsRetransmitted;
        Resent += segment.IsRetransmitted ? length : 0;
    }

    public void OnDelivered(in SentSegment segment, int length)
    {
        Bytes += length;
        var roundTrip = Math.Max(1, now - segment.SentAt);
        if (!segment.IsRetransmitted)
        {
            HasOriginal = true;
            OriginalEnd = segment.End;
            RoundTrip = Math.Max(RoundTrip, roundTrip);
            NewestRoundTrip = NewestRoundTrip == 0 ? roundTrip : Math.Min(NewestRoundTrip, roundTrip);
        }

        if (!_hasNewest || segment.Delivered >= DeliveredWhenSent)
        {
            _hasNewest = true;
            DeliveredWhenSent = segment.Delivered;
            IsApplicationLimited = segment.IsApplicationLimited;
        }

        IsReordered |= _rack.OnDelivered(segment, roundTrip, IsOfEarlierTransmission(segment, roundTrip));
    }

    /// <summary>RFC 8985 §6.2 step 2: whether the acknowledgement of one that was sent again must be of its earlier transmission.</summary>
    private readonly bool IsOfEarlierTransmission(in SentSegment segment, long roundTrip)
        => segment.IsRetransmitted && ((HasEcho && (int)(Echo - (uint)(segment.SentAt / 1_000_000)) < 0) || roundTrip < minimumRoundTrip);
}
