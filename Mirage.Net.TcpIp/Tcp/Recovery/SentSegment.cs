using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>A segment that was sent and is not acknowledged (RFC 8985 §5.2). It begins where the one before it ends.</summary>
internal struct SentSegment
{
    /// <summary>When it was sent last, in nanoseconds.</summary>
    public long SentAt;

    /// <summary>How many bytes the connection had delivered when it was sent last.</summary>
    public long Delivered;

    public SequenceNumber End;

    // Its neighbours in the list of its state. Of those that the peer has, the first of a run knows the run's last, and the last its first.
    public uint Previous;
    public uint Next;

    public SentState State;

    /// <summary>Whether it was ever sent again, so that its acknowledgement may be of either (Karn's algorithm).</summary>
    public bool IsRetransmitted;

    /// <summary>Whether the program had no more to send when it left.</summary>
    public bool IsApplicationLimited;
}

internal enum SentState : byte
{
    /// <summary>Under way, as far as anyone knows.</summary>
    InFlight,

    /// <summary>The peer says that it has it (RFC 2018).</summary>
    Sacked,

    /// <summary>It, or its last retransmission, is thought to be lost, and it is to be sent again.</summary>
    Lost,
}
