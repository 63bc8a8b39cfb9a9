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

    /// <summary>Frames that carry something other than IPv4, ARP or IPv6.</summary>
    public long UnknownType { get; init; }
}
