namespace Mirage.Net.TcpIp;

/// <summary>What the UDP layer delivered and dropped, and why.</summary>
public readonly record struct UdpCounters
{
    /// <summary>Datagrams given to a handler.</summary>
    public long Delivered { get; init; }

    /// <summary>Datagrams given to the forwarder.</summary>
    public long Forwarded { get; init; }

    /// <summary>Associations of the forwarder that there are now.</summary>
    public int Associations { get; init; }

    /// <summary>Associations that were begun.</summary>
    public long AssociationsBegun { get; init; }

    /// <summary>Associations that ended because they were silent.</summary>
    public long AssociationsExpired { get; init; }

    /// <summary>Associations that ended to make room for others.</summary>
    public long AssociationsDisplaced { get; init; }

    /// <summary>Of these, those of a source that had more than a fourth of all.</summary>
    public long AssociationsOverShare { get; init; }

    /// <summary>Datagrams sent.</summary>
    public long Sent { get; init; }

    /// <summary>Truncated datagrams, or with a length that contradicts the packet's.</summary>
    public long Malformed { get; init; }

    /// <summary>Datagrams with a wrong checksum.</summary>
    public long BadChecksum { get; init; }

    /// <summary>Datagrams to a port on which nobody listens.</summary>
    public long NoListener { get; init; }

    /// <summary>ICMP errors about datagrams from a port on which somebody listens.</summary>
    public long ErrorsReceived { get; init; }

    /// <summary>ICMP errors about anything else, which are forged or late (RFC 5927 §4).</summary>
    public long ErrorsRefused { get; init; }

    /// <summary>Datagrams whose handler threw an exception.</summary>
    public long HandlerFailed { get; init; }
}
