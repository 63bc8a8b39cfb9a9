using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What a connection needs only while something is outstanding, and borrows for that time, so that idle connections are small.</summary>
internal sealed class Transmission
{
    public SentSegments Sent;
    public Rack Rack;
    public ProportionalRateReduction RateReduction;
    public RecoveryPhase Phase;
    public TimeoutProbe TimeoutProbe;

    /// <summary>Recovery ends when this is acknowledged: SND.NXT when it began.</summary>
    public SequenceNumber RecoveryPoint;

    /// <summary>With ECN: SND.NXT when the congestion window was reduced last. It follows SND.UNA, as the recovery point does.</summary>
    public SequenceNumber ReducedAt;

    /// <summary>Without SACK: how many duplicate acknowledgements there were (RFC 5681 §3.2).</summary>
    public int DuplicateAcks;

    /// <summary>The reordering timer (RFC 8985 §6.2 step 5) or the one of the tail loss probe (§7.2): one of them at a time.</summary>
    public Instant ProbeAt;

    public TailProbe TailProbe;
    public Undo Undo;

    /// <summary>Whether the congestion window kept data back in the last round trip (RFC 7661 §4.1), which lasts until what was sent by then is acknowledged.</summary>
    public bool IsWindowLimited;
    public SequenceNumber WindowLimitedAt;

    /// <summary>When so many bytes are delivered, what was sent while the program had no more is.</summary>
    public long ApplicationLimitedUntil;

    /// <summary>Makes it as new.</summary>
    /// <param name="unacknowledged">SND.UNA.</param>
    public void Start(SequenceNumber unacknowledged)
    {
        Rack.Start(unacknowledged);
        RateReduction = default;
        Phase = RecoveryPhase.Open;
        TimeoutProbe = TimeoutProbe.None;
        RecoveryPoint = unacknowledged - 1;
        ReducedAt = unacknowledged;
        DuplicateAcks = 0;
        ProbeAt = Instant.Never;
        TailProbe = default;
        Undo = default;
        IsWindowLimited = false;
        ApplicationLimitedUntil = 0;
    }
}
