using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal enum RecoveryPhase : byte
{
    /// <summary>Nothing is known to be lost.</summary>
    Open,

    /// <summary>A loss was found by what arrived after it (RFC 8985; RFC 6582 without SACK).</summary>
    Fast,

    /// <summary>The retransmission timer expired.</summary>
    Loss,
}

/// <summary>How far F-RTO (RFC 5682 §2.1) has come in finding out whether a time-out was needed.</summary>
internal enum TimeoutProbe : byte
{
    None,

    /// <summary>The first segment was sent again; its acknowledgement is waited for (step 1).</summary>
    FirstAcknowledgement,

    /// <summary>New data was sent instead of what may be lost; the next acknowledgement decides (step 2b).</summary>
    SecondAcknowledgement,
}

/// <summary>What is lost, what was sent again, and what is in the network: one reckoning for peers with SACK (RFC 8985) and without (RFC 6582).</summary>
internal abstract partial class TcpConnection
{
    public RetransmissionTimeout Rto;
    public MinimumRoundTrip MinimumRoundTrip;
    public Reordering Reordering;
    // RFC 6298 (3): the SYN is timed, unless it was sent again. Segments have their times in Sent.
    public bool IsTiming;

    /// <summary>When the peer last answered to what was outstanding.</summary>
    public Instant ProgressAt;
    public Instant LastSentAt;

    /// <summary>Whether the byte at SND.NXT was sent as a probe of a closed window. It is not counted as sent: the peer has no room for it.</summary>
    public bool IsProbeOut;

    private Transmission _transmission;

    /// <summary>The scoreboard.</summary>
    public ref SentSegments Sent => ref _transmission.Sent;

    public ref Rack Rack => ref _transmission.Rack;

    public ref ProportionalRateReduction RateReduction => ref _transmission.RateReduction;

    public ref RecoveryPhase Phase => ref _transmission.Phase;

    public ref TimeoutProbe TimeoutProbe => ref _transmission.TimeoutProbe;

    public ref SequenceNumber RecoveryPoint => ref _transmission.RecoveryPoint;

    public ref int DuplicateAcks => ref _transmission.DuplicateAcks;

    public ref TailProbe TailProbe => ref _transmission.TailProbe;

    public ref Undo Undo => ref _transmission.Undo;

    public ref Instant ProbeAt => ref _transmission.ProbeAt;

    public ref bool IsWindowLimited => ref _transmission.IsWindowLimited;

    public SequenceNumber WindowLimitedAt => _transmission.WindowLimitedAt;

    public long ApplicationLimitedUntil => _transmission.ApplicationLimitedUntil;

    /// <summary>RTO, with back-off.</summary>
    public TimeSpan RetransmissionTimeout => Rto.Value(Engine.Settings);

    /// <summary>How many bytes the peer has, as far as is known.</summary>
    public long Delivered => Statistics.BytesSent - FlightSize + Sent.Sacked;

    /// <summary>Something is about to be outstanding.</summary>
    public void BeginTransmission()
    {
        if (_transmission == Engine.NoTransmission)
        {
            _transmission = Engine.RentTransmission();
            _transmission.Start(SndUna);
        }
    }

    /// <summary>Whether something is outstanding, or was and may still be told of.</summary>
    public bool IsTransmitting => _transmission != Engine.NoTransmission;

    /// <summary>Nothing is outstanding any more. What may still come of the last recovery or probe is waited for.</summary>
    public void LeaveTransmission()
    {
        if (FlightSize == 0 && !Undo.IsPossible && !TailProbe.IsOut)
        {
            EndTransmission();
        }
    }

    public void EndTransmission()
    {
        if (_transmission != Engine.NoTransmission)
        {
            Sent.Release(Engine.Buffers);
            Engine.ReturnTransmission(_transmission);
            _transmission = Engine.NoTransmission;
        }
    }

    /// <summary>Whether a loss has been found that is not being recovered from (RFC 8985 §6.2 step 5, RFC 6582 §3.2 (2)).</summary>
    public bool IsLossDetected
        => Phase == RecoveryPhase.Open && (HasSack ? Sent.HasLost : DuplicateAcks >= Reordering.DuplicateThreshold && SndUna > RecoveryPoint);

    /// <summary>Bytes believed to be in the network (RFC 6675 §4 SetPipe()).</summary>
    public int Pipe
    {
        get
        {
            // Without SACK each duplicate acknowledgement says that one more segment has left the network.
            var arrived = HasSack ? Sent.Sacked : Math.Min((long)DuplicateAcks * SegmentSize, FlightSize);
            return (int)Math.Max(0, FlightSize - arrived - Sent.Lost);
        }
    }

    /// <summary>RACK.reo_wnd in nanoseconds.</summary>
    public long ReorderingWindow
        => Reordering.Window(Phase != RecoveryPhase.Open, Sent.SackedCount, MinimumRoundTrip.Value, Rto.Smoothed);

    /// <summary>There is more to send than the congestion window lets out.</summary>
    public void OnWindowLimited()
    {
        if (FlightSize > 0)
        {
            _transmission.IsWindowLimited = true;
            _transmission.WindowLimitedAt = SndNxt;
        }
    }

    /// <summary>The program has no more to send than what is in the network, and so what is delivered until then says nothing of how fast the path is.</summary>
    public void OnApplicationLimited()
    {
        if (FlightSize > 0)
        {
            _transmission.ApplicationLimitedUntil = Delivered + Math.Max(1, Pipe);
        }
    }

    private void ResetRecovery()
    {
        EndTransmission();
        Rto = default;
        MinimumRoundTrip = default;
        Reordering = default;
        IsTiming = IsProbeOut = false;
    }
}
