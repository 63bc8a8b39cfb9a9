using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// A connection's control block (RFC 9293 §3.3.1), and the program's side of it: reading, writing, closing. What depends on the layers below
/// is in <see cref="TcpLayer{TIp, TPlatform, TCongestion}"/>. Connections are used again: <see cref="Generation"/> tells one use from the next.
/// </summary>
internal abstract partial class TcpConnection : WheelNode, ICancellable, ITcpControl
{
    protected TcpConnection(TcpEngine engine)
    {
        Engine = engine;
        _transmission = engine.NoTransmission;
    }

    public readonly TcpEngine Engine;

    /// <summary>Changes when the program gives the connection up, so that its handles are stale from then on.</summary>
    public long Generation;

    /// <summary>Which use of the object this is.</summary>
    public long Use;

    public TcpState State;

    // In the connection table, and in the queue of those that have something to send.
    public uint Hash;
    public TcpConnection? NextInBucket;
    public TcpConnection? NextPending;
    public bool IsOutputPending;

    // RFC 9293 §3.3.1: the send sequence space. SND.NXT never goes back: what is sent again is found by the recovery.
    public SequenceNumber Iss;
    public SequenceNumber SndUna;
    public SequenceNumber SndNxt;
    public long SndWnd;
    public SequenceNumber SndWl1;
    public SequenceNumber SndWl2;
    public long MaxSndWnd;
    public SendBuffer SendBuffer;

    /// <summary>Where the last segment ended that was shorter than the largest: for Nagle's algorithm.</summary>
    public SequenceNumber ShortEnd;

    // RFC 9293 §3.3.1: the receive sequence space. RcvEdge is the right edge of the window as advertised, which never moves left.
    public SequenceNumber Irs;
    public SequenceNumber RcvNxt;
    public SequenceNumber RcvEdge;
    public ReceiveBuffer ReceiveBuffer;

    // What the SYNs agreed on.
    public int SegmentSize;
    public byte SndScale;
    public byte RcvScale;
    public bool HasScaling;
    public bool HasSack;
    public bool HasTimestamps;

    // RFC 7323 §4: the peer's last timestamp, the acknowledgement that it must not be newer than, and this connection's own offset.
    public uint TsRecent;
    public Instant TsRecentAt;
    public SequenceNumber LastAckSent;
    public uint TsOffset;

    // The ends: ours is queued, sent; the peer's has arrived out of order, has been taken.
    public bool FinQueued;
    public bool FinSent;
    public bool HasFinSequence;
    public SequenceNumber FinSequence;
    public bool FinReceived;

    /// <summary>Whether the program has let go of it; what remains is to end it with the peer.</summary>
    public bool IsOrphan;

    /// <summary>Whether it counts among the orphans, of which there are so many at the most.</summary>
    public bool IsCountedOrphan;

    /// <summary>Why it ended, if not by both ends.</summary>
    public DeviceError Failure;

    public bool NoDelay;

    /// <summary>When a silent peer is asked; one object for all connections of a listener.</summary>
    public KeepAlivePolicy? KeepAlive;

    /// <summary>The first byte of data in the send buffer that was never sent comes at this position.</summary>
    public int UnsentPosition => SndNxt - SndUna - (FinSent ? 1 : 0);

    /// <summary>Sequence numbers sent and not acknowledged.</summary>
    public int FlightSize => SndNxt - SndUna;

    public bool IsSynchronized => State >= TcpState.Established;

    /// <summary>Makes it as new, for another connection.</summary>
    public virtual void Reset()
    {
        Use++;
        State = TcpState.Closed;
        SndWnd = MaxSndWnd = 0;
        SndScale = RcvScale = 0;
        HasScaling = HasSack = HasTimestamps = false;
        _ecn = EcnState.None;
        FinQueued = FinSent = HasFinSequence = FinReceived = IsOrphan = IsCountedOrphan = false;
        ReadShut = WriteShut = false;
        Failure = default;
        ResetControl();
        ResetPath();
        ResetTimers();
        ResetRecovery();
        ResetAcknowledging();
        ResetOperations();
        ResetTuning();
    }
}
