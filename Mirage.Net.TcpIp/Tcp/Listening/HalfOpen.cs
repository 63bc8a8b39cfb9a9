namespace Mirage.Net.TcpIp;

/// <summary>
/// A SYN that was taken and whose SYN-ACK is not acknowledged: what a connection in SYN-RECEIVED would be (RFC 4987 §3.3, a SYN cache). It holds
/// a quarter of what a connection does, and there is a bound on how many there are.
/// </summary>
internal sealed class HalfOpen : WheelNode
{
    public IpEndpoint Local;
    public IpEndpoint Remote;
    public Opening Opening;
    public Instant TakenAt;
    public Instant AnsweredAt;
    public uint Hash;

    /// <summary>How often the SYN-ACK was sent, and how often of these its timer had expired.</summary>
    public byte Answers;
    public byte Timeouts;

    /// <summary>What took it; <see langword="null"/> while it is in no use.</summary>
    public TcpListener? Listener;

    /// <summary>What the program is asked before there is an answer; <see langword="null"/> for an ordinary listener.</summary>
    public TcpForwarding? Forwarding;

    public HalfOpen? NextInBucket;

    /// <summary>Whether the program has not decided about it.</summary>
    public bool IsUndecided;

    // Among its listener's that are answered, or are not decided about.
    public HalfOpen? Older;
    public HalfOpen? Younger;

    /// <summary>RCV.NXT.</summary>
    public Wire.SequenceNumber Next => Opening.Irs + 1;
}
