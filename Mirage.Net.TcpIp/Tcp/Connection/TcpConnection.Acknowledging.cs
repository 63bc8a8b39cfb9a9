using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What this end owes the peer: acknowledgements, SACK blocks, window updates.</summary>
internal abstract partial class TcpConnection
{
    /// <summary>RFC 9293 §3.8.6.3 allows an acknowledgement to wait; at the start it does not, so that the peer's window opens quickly.</summary>
    private const byte QuickAcknowledgements = 16;

    private const byte SegmentsForAcknowledgement = 2;

    private const int ChallengesPerInterval = 10;
    private static readonly TimeSpan ChallengeInterval = TimeSpan.FromSeconds(5);
    private int _challenges;
    private Instant _challengesFrom;

    public bool AckNow;
    public byte AckPending;
    public byte QuickAcks;

    // RFC 2018 §4: the first block reported is the one that holds what arrived last; RFC 2883: before it, what arrived twice.
    public SequenceNumber LastOutOfOrder;
    public SackBlock Duplicate;
    public bool HasDuplicate;

    /// <summary>A segment with data was taken in order.</summary>
    public void OnDataAccepted()
    {
        AckPending = (byte)Math.Min(AckPending + 1, SegmentsForAcknowledgement);
        if (AckPending >= SegmentsForAcknowledgement || QuickAcks > 0)
        {
            AckNow = true;
            QuickAcks = (byte)Math.Max(0, QuickAcks - 1);
        }
        else if (DelayedAckAt.IsNever)
        {
            DelayedAckAt = Engine.Now + Engine.Settings.AcknowledgementDelay;
        }
    }

    /// <summary>What is about to be taken in order came in two segments at least: RFC 9293 §3.8.6.3, they are acknowledged at once.</summary>
    public void OnJoinedData() => AckPending = SegmentsForAcknowledgement;

    /// <summary>An acknowledgement of everything received has left.</summary>
    public void OnAcknowledgementSent()
    {
        AckNow = false;
        AckPending = 0;
        HasDuplicate = false;
        DelayedAckAt = Instant.Never;
        LastAckSent = RcvNxt;
    }

    /// <summary>
    /// The window to advertise, scaled (RFC 9293 §3.8.6.2.2): its right edge moves only by a segment or by half the buffer, and never left.
    /// </summary>
    public ushort SelectWindow()
    {
        var limit = ReceiveLimit;
        var edge = RcvNxt + Room(limit);
        if (edge - RcvEdge >= Math.Min(limit / 2, SegmentSize))
        {
            RcvEdge = edge;
        }

        // Rounded up, since rounding down would move the edge left; unless the buffer has no room for what that adds, or the window would
        // never close.
        var window = Math.Max(0, RcvEdge - RcvNxt);
        var field = (window + (1 << RcvScale) - 1) >> RcvScale;
        if (field << RcvScale > Math.Max(window, edge - RcvNxt))
        {
            field = window >> RcvScale;
        }

        field = Math.Min(ushort.MaxValue, field);
        RcvEdge = SequenceNumber.Max(RcvEdge, RcvNxt + (field << RcvScale));
        return (ushort)field;
    }

    /// <summary>Whether what the program has read opens the window so far that the peer is to be told at once.</summary>
    public bool IsWindowUpdateDue()
    {
        var limit = Math.Min(ReceiveLimit, LargestWindow);
        var advertised = Math.Max(0, RcvEdge - RcvNxt);
        var gained = Room(ReceiveLimit) - advertised;
        return gained >= Math.Min(limit / 2, SegmentSize) && (gained >= limit / 4 || advertised < 2 * SegmentSize);
    }

    // What the field can say: without scaling (RFC 7323 §2.2) 64 KiB, however large the buffer.
    private int LargestWindow => ushort.MaxValue << RcvScale;

    private int Room(int limit) => Math.Min(LargestWindow, Math.Max(0, limit - ReceiveBuffer.Length));

    /// <summary>Tells the peer, with the next acknowledgement, what arrived twice (RFC 2883).</summary>
    public void ReportDuplicate(SequenceNumber start, SequenceNumber end)
    {
        Duplicate = new SackBlock(start, end);
        HasDuplicate = HasSack;
    }

    /// <summary>Tells the peer of the first part of some text that had arrived out of order before (RFC 2883 §4.3); nothing, if none had.</summary>
    public void ReportOverlap(SequenceNumber start, SequenceNumber end)
    {
        ref readonly var runs = ref ReceiveBuffer.Runs;
        for (var i = 0; i < runs.Count && runs[i].Start < end; i++)
        {
            if (runs[i].End > start)
            {
                ReportDuplicate(SequenceNumber.Max(start, runs[i].Start), SequenceNumber.Min(end, runs[i].End));
                return;
            }
        }
    }

    /// <summary>Whether there is something for a SACK option to tell.</summary>
    public bool HasSackBlocks => HasSack && (HasDuplicate || ReceiveBuffer.Runs.Count > 0);

    /// <summary>How much data goes into a segment that leaves now: options come off the maximum segment size (RFC 6691).</summary>
    public int SendSize
    {
        get
        {
            if (!HasSackBlocks)
            {
                return SegmentSize;
            }

            var blocks = Math.Min(ReceiveBuffer.Runs.Count + (HasDuplicate ? 1 : 0), HasTimestamps ? TcpOptions.MaxSackCount - 1 : TcpOptions.MaxSackCount);
            return SegmentSize - 4 - (8 * blocks);
        }
    }

    /// <summary>Adds the SACK option's blocks.</summary>
    public void AddSackBlocks(ref TcpOptions options)
    {
        if (HasDuplicate)
        {
            options.AddSack(Duplicate.Start, Duplicate.End);
        }

        ref readonly var runs = ref ReceiveBuffer.Runs;
        var last = runs.IndexOf(LastOutOfOrder);
        if (last >= 0)
        {
            options.AddSack(runs[last].Start, runs[last].End);
        }

        for (var i = runs.Count - 1; i >= 0 && options.SackCount < TcpOptions.MaxSackCount; i--)
        {
            if (i != last)
            {
                options.AddSack(runs[i].Start, runs[i].End);
            }
        }
    }

    /// <summary>RFC 5961 §7: ten challenges in five seconds.</summary>
    public bool MayBeChallenged()
    {
        if (Engine.Now - _challengesFrom >= ChallengeInterval)
        {
            _challengesFrom = Engine.Now;
            _challenges = 0;
        }

        return ++_challenges <= ChallengesPerInterval;
    }

    private void ResetAcknowledging()
    {
        AckNow = HasDuplicate = false;
        AckPending = 0;
        QuickAcks = QuickAcknowledgements;
        LastOutOfOrder = default;
    }
}
