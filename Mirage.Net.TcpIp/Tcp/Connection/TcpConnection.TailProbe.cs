namespace Mirage.Net.TcpIp;

/// <summary>The tail loss probe (RFC 8985 §7): the last segments have none after them that could show their loss.</summary>
internal abstract partial class TcpConnection
{
    /// <summary>TLP.max_ack_delay (§7.2): how long a peer may wait to acknowledge a single segment.</summary>
    private const long MaximumAckDelay = 200_000_000;

    private const long NanosecondsPerSecond = 1_000_000_000;

    // As long as it takes the wheel to notice: without it a probe would leave before the acknowledgement on a path of less than a millisecond.
    private const long ProbeSlack = 2_000_000;

    /// <summary>§7.2: whether a probe may be needed. With anything selectively acknowledged or lost RACK has begun its work; one probe at a time.</summary>
    public bool NeedsTailProbe
        => HasSack && Phase == RecoveryPhase.Open && Sent.Count > 0 && Sent.SackedCount == 0 && !Sent.HasLost && !TailProbe.IsOut;

    /// <summary>TLP_calc_PTO().</summary>
    public Instant TailProbeDue(Instant now)
    {
        var wait = Rto.Smoothed == 0 ? NanosecondsPerSecond : (2 * Rto.Smoothed) + ProbeSlack + (Sent.Count == 1 ? MaximumAckDelay : 0);
        return Instant.Min(new Instant(now.Nanoseconds + wait), RetransmitAt);
    }
}
