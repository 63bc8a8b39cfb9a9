namespace Mirage;

/// <summary>What a transport tells IP about a packet to send, and IP a transport about a packet received.</summary>
public readonly struct IpPacketInfo
{
    /// <summary>Who sends it. On sending, the default value lets IP choose.</summary>
    public IpAddress Source { get; init; }

    /// <summary>To whom.</summary>
    public IpAddress Destination { get; init; }

    /// <summary>What it carries.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>Time to live or hop limit. On sending, 0 stands for the stack's default: 64, and 1 to groups (RFC 1112 §6.1).</summary>
    public byte TimeToLive { get; init; }

    /// <summary>The type-of-service or traffic-class byte: DSCP (RFC 2474) and ECN (RFC 3168).</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Whether routers must not fragment it (RFC 791 §2.3).</summary>
    public bool DontFragment { get; init; }

    /// <summary>On sending to a group that this host is in: whether this host does not receive it too (RFC 1112 §6.1).</summary>
    public bool WithoutLoopback { get; init; }

    /// <summary>Whether it came in fragments; set on receiving.</summary>
    public bool IsReassembled { get; init; }

    /// <summary>On sending a TCP segment larger than the path's MTU where <see cref="IIp.Offload"/> has <see cref="NetworkOffload.SendSegmentation"/>: the text of each segment that
    /// the device cuts it into, in bytes; the same as <see cref="FrameInfo.SegmentSize"/> when it is sent. 0 for one packet.</summary>
    public ushort SegmentSize { get; init; }

    /// <summary>What tells flows between the same addresses apart, for IPv6's flow label (RFC 6437 §2): the ports, for example. On sending only.</summary>
    public uint Flow { get; init; }

    /// <summary>Whether it was sent to everyone on the link; set on receiving.</summary>
    public bool IsBroadcast { get; init; }
}
