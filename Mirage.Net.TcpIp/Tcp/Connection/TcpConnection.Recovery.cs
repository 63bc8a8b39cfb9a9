using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal enum RecoveryPhase : byte
{
    /// <summary>Nothing is known to be lost.</summary>
    Open,

    /// <summary>A loss was found by what arrived after it (RFC 6675, RFC 6582).</summary>
    Fast,

    /// <summary>The retransmission timer expired: everything outstanding that the peer does not have counts as lost.</summary>
    Loss,
}

/// <summary>What is lost, what was sent again, and what is in the network: one reckoning for peers with SACK (RFC 6675) and without (RFC 6582).</summary>
internal abstract partial class TcpConnection
{
    private const int DuplicateThreshold = 3;

    public RetransmissionTimeout Rto;
    public SackScoreboard Scoreboard;
    public RecoveryPhase Phase;

    /// <summary>Recovery ends when this is acknowledged: SND.NXT when it began.</summary>
    public SequenceNumber RecoveryPoint;

    /// <summary>Everything lost before this has been sent again in this recovery (HighRxt of RFC 6675 §2, plus one).</summary>
    public SequenceNumber Resent;

    public int DuplicateAcks;

    // RFC 6298 (3): one segment at a time is timed, unless it was sent again.
    public bool IsTiming;
    public SequenceNumber TimedSequence;
    public Instant TimedAt;

    /// <summary>When the peer last answered to what was outstanding.</summary>
    public Instant ProgressAt;
    public Instant LastSentAt;

    /// <summary>Whether the byte at SND.NXT was sent as a probe of a closed window. It is not counted as sent: the peer has no room for it.</summary>
    public bool IsProbeOut;

    /// <summary>Everything before it that the peer does not have is lost.</summary>
    public SequenceNumber LossEdge => Phase switch
    {
        RecoveryPhase.Loss => RecoveryPoint,
        RecoveryPhase.Fast when HasSack => SequenceNumber.Max(Scoreboard.LossEdge(SndUna, SegmentSize), SequenceNumber.Min(SndUna + SegmentSize, RecoveryPoint)),
        RecoveryPhase.Fast => SequenceNumber.Min(SndUna + SegmentSize, RecoveryPoint),
        _ => SndUna,
    };

    /// <summary>Whether a loss has been found that is not being recovered from (RFC 6675 §5 (2), RFC 6582 §3.2 (2)).</summary>
    public bool IsLossDetected
        => Phase == RecoveryPhase.Open
            && (DuplicateAcks >= DuplicateThreshold || (HasSack && Scoreboard.LossEdge(SndUna, SegmentSize) > SndUna))
            && (HasSack || SndUna > RecoveryPoint);

    /// <summary>SetPipe(): bytes believed to be in the network.</summary>
    public int Pipe()
    {
        if (Phase == RecoveryPhase.Open && DuplicateAcks == 0)
        {
            return FlightSize;
        }

        // Without SACK each duplicate acknowledgement says that one more segment has left the network.
        var arrived = HasSack ? Scoreboard.Total : Math.Min(DuplicateAcks * SegmentSize, FlightSize);
        var from = SequenceNumber.Max(SndUna, Resent);
        var edge = LossEdge;
        var lost = Phase == RecoveryPhase.Open || from >= edge ? 0 : HasSack ? Scoreboard.Missing(from, edge) : edge - from;
        return Math.Max(0, FlightSize - arrived - lost);
    }

    /// <summary>NextSeg() (1): the first thing that is lost and was not sent again.</summary>
    public bool TryFindLost(out SequenceNumber start, out int length)
    {
        start = SequenceNumber.Max(SndUna, Resent);
        length = 0;
        var edge = LossEdge;
        if (Phase == RecoveryPhase.Open || start >= edge)
        {
            return false;
        }

        if (HasSack)
        {
            return Scoreboard.TryFindHole(start, edge, out start, out length);
        }

        length = edge - start;
        return true;
    }

    private void ResetRecovery()
    {
        Rto = new RetransmissionTimeout(Engine.Settings);
        Scoreboard.Clear();
        Phase = RecoveryPhase.Open;
        DuplicateAcks = 0;
        IsTiming = IsProbeOut = false;
    }
}
