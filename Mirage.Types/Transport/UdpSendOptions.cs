namespace Mirage;

/// <summary>How to send one datagram. The default value is what a datagram without options gets.</summary>
public readonly struct UdpSendOptions
{
    /// <summary>How many routers it may pass; 0 stands for the stack's default: 64, and 1 to groups (RFC 1112 §6.1).</summary>
    public byte TimeToLive { get; init; }

    /// <summary>The type-of-service or traffic-class byte: DSCP (RFC 2474) and ECN (RFC 3168).</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Whether it must not be fragmented: if it is larger than the path carries, sending it fails with <see cref="ErrorKind.TooLarge"/>.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether a datagram to a group that this host is in does not come back to it.</summary>
    public bool WithoutLoopback { get; init; }
}
