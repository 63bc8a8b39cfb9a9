namespace Mirage.Net.TcpIp;

/// <summary>What was heard and said of groups (IGMP).</summary>
public readonly record struct IgmpCounters
{
    /// <summary>Messages received.</summary>
    public long Received { get; init; }

    /// <summary>Truncated messages, with a wrong checksum, or that may have passed a router (RFC 3376 §4).</summary>
    public long Malformed { get; init; }

    /// <summary>Queries of routers.</summary>
    public long Queries { get; init; }

    /// <summary>Reports of other hosts, which made ours unnecessary (RFC 2236 §3).</summary>
    public long Suppressed { get; init; }

    /// <summary>Messages sent: reports and, in version 2, leaves.</summary>
    public long Sent { get; init; }

    /// <summary>The version that the link's routers speak: 3 unless an older one was heard (RFC 3376 §7.2.1).</summary>
    public int Version { get; init; }
}
