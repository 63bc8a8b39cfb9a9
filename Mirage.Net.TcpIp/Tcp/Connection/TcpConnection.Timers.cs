namespace Mirage.Net.TcpIp;

/// <summary>
/// When things are due. The wheel holds a connection once, for the first of them; when a later time is set nothing moves, and the wheel
/// looks again when the earlier one comes. So the retransmission timer, which every acknowledgement sets anew, costs nothing.
/// </summary>
internal abstract partial class TcpConnection
{
    public Instant RetransmitAt;
    public Instant DelayedAckAt;
    public Instant KeepAliveAt;

    /// <summary>The end of TIME-WAIT, of waiting in FIN-WAIT-2, or of an attempt to connect.</summary>
    public Instant ExpiresAt;

    public int Probes;
    public Instant HeardAt;

    /// <summary>RFC 5482: when the peer has left without an answer for as long as the program allows what it owes one for.</summary>
    public Instant GiveUpAt => HasUserTimeout && !RetransmitAt.IsNever && IsSynchronized ? ProgressAt + AnswerLimit : Instant.Never;

    public Instant FirstDue
        => Instant.Min(Instant.Min(Instant.Min(RetransmitAt, DelayedAckAt), Instant.Min(KeepAliveAt, ExpiresAt)), Instant.Min(ProbeAt, GiveUpAt));

    /// <summary>Makes the wheel look not later than the first thing is due.</summary>
    public void Schedule()
    {
        var due = FirstDue;
        if (!due.IsNever && (WheelTick < 0 || due.Nanoseconds < WheelTick * NanosecondsPerTick))
        {
            Engine.Wheel.Set(this, due);
        }
    }

    private const long NanosecondsPerTick = 1_000_000;

    public void ResetTimers()
    {
        RetransmitAt = DelayedAckAt = KeepAliveAt = ExpiresAt = Instant.Never;
        Probes = 0;
    }
}
