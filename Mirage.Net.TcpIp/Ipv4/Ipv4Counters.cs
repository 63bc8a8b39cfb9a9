namespace Mirage.Net.TcpIp;

/// <summary>What the IPv4 layer delivered and dropped, and why.</summary>
public readonly record struct Ipv4Counters
{
    /// <summary>Packets received from the link.</summary>
    public long Received { get; init; }

    /// <summary>Packets delivered to a transport.</summary>
    public long Delivered { get; init; }

    /// <summary>Packets given to the link.</summary>
    public long Sent { get; init; }

    /// <summary>Malformed: truncated, another version, lengths that contradict each other, broken options.</summary>
    public long Malformed { get; init; }

    /// <summary>With a wrong header checksum.</summary>
    public long BadChecksum { get; init; }

    /// <summary>With a source route, which hosts refuse (RFC 6274 §3.13.2.3).</summary>
    public long SourceRouted { get; init; }

    /// <summary>From an address that cannot be a source: a group, everyone, loopback, or this host's own (RFC 1122 §3.2.1.3).</summary>
    public long BadSource { get; init; }

    /// <summary>For another host, or a group that this one is not in.</summary>
    public long NotForUs { get; init; }

    /// <summary>What became of fragments, and of datagrams that were cut into them.</summary>
    public FragmentCounters Fragments { get; init; }

    /// <summary>What was heard and said of groups.</summary>
    public IgmpCounters Igmp { get; init; }

    /// <summary>Delivered, but with a protocol that nobody here speaks; the sender is told (RFC 1122 §3.2.2.1).</summary>
    public long UnknownProtocol { get; init; }

    /// <summary>Path MTUs that transports reported and that were news (RFC 1191).</summary>
    public long PathMtusLearnt { get; init; }

    /// <summary>Path MTUs that made room for others (<see cref="StackLimits.MaxPathMtus"/>).</summary>
    public long PathMtusEvicted { get; init; }

    /// <summary>Packets that could not be sent because there is no route.</summary>
    public long NoRoute { get; init; }

    /// <summary>Packets to this host itself that were dropped because too many wait.</summary>
    public long LoopbackDropped { get; init; }
}
