namespace Mirage.Net.TcpIp;

/// <summary>What the Ethernet layer dropped, and why.</summary>
public readonly record struct EthernetCounters
{
    /// <summary>Frames shorter than a header.</summary>
    public long Truncated { get; init; }

    /// <summary>Unicast frames for another host.</summary>
    public long NotForUs { get; init; }

    /// <summary>Frames to a group that this host is not in.</summary>
    public long UnwantedGroup { get; init; }

    /// <summary>Frames of another VLAN, or without a tag where there should be one.</summary>
    public long OtherVlan { get; init; }

    /// <summary>Frames of other protocols that were given to the program.</summary>
    public long Foreign { get; init; }

    /// <summary>Of these, those whose handler threw an exception.</summary>
    public long HandlerFailed { get; init; }

    /// <summary>Frames for many hosts with a packet of IPv4 for this one alone (RFC 1122 §3.3.6).</summary>
    public long UnicastToMany { get; init; }

    /// <summary>Frames that carry something other than IPv4, ARP or IPv6.</summary>
    public long UnknownType { get; init; }
}
