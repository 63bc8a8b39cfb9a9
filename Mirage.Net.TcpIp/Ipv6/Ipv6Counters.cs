namespace Mirage.Net.TcpIp;

/// <summary>What the IPv6 layer delivered and dropped, and why.</summary>
public readonly record struct Ipv6Counters
{
    /// <summary>Packets received from the link.</summary>
    public long Received { get; init; }

    /// <summary>Packets delivered to a transport.</summary>
    public long Delivered { get; init; }

    /// <summary>Packets given to the link.</summary>
    public long Sent { get; init; }

    /// <summary>Malformed: truncated, another version, lengths that contradict each other.</summary>
    public long Malformed { get; init; }

    /// <summary>From an address that cannot be a source: a group, loopback, this host's own, or none where one is needed.</summary>
    public long BadSource { get; init; }

    /// <summary>For another host, or a group that this one is not in.</summary>
    public long NotForUs { get; init; }

    /// <summary>Delivered, but with a header that nobody here speaks; the sender is told (RFC 8200 §4).</summary>
    public long UnknownProtocol { get; init; }

    /// <summary>With an option or a route that this host does not know and must refuse, or headers in the wrong order; most senders are told (RFC 8200 §4).</summary>
    public long Refused { get; init; }

    /// <summary>With nothing after their headers (RFC 8200 §4.7).</summary>
    public long NoNextHeader { get; init; }

    /// <summary>What became of fragments, and of datagrams that were cut into them.</summary>
    public FragmentCounters Fragments { get; init; }

    /// <summary>Addresses of this host's that another host had first (RFC 4862 §5.4).</summary>
    public long DuplicateAddresses { get; init; }

    /// <summary>Questions of routers which groups have listeners.</summary>
    public long ListenerQueries { get; init; }

    /// <summary>Reports of groups sent.</summary>
    public long ListenerReports { get; init; }

    /// <summary>Packets that could not be sent because there is no route.</summary>
    public long NoRoute { get; init; }

    /// <summary>Reports that made a path's MTU smaller.</summary>
    public long PathMtusLearnt { get; init; }

    /// <summary>Path MTUs that made room for others (<see cref="StackLimits.MaxPathMtus"/>).</summary>
    public long PathMtusEvicted { get; init; }

    /// <summary>Redirected destinations that made room for others (<see cref="StackLimits.MaxRedirects"/>).</summary>
    public long RedirectsEvicted { get; init; }

    /// <summary>Packets to this host itself that were dropped because too many wait.</summary>
    public long LoopbackDropped { get; init; }
}
