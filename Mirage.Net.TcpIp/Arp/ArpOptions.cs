namespace Mirage.Net.TcpIp;

/// <summary>The times of address resolution.</summary>
public sealed record ArpOptions
{
    /// <summary>How long an address is believed before it is asked for again (RFC 1122 §2.3.2.1).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for an answer before asking again; not less than a second (RFC 1122 §2.3.2.1).</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a neighbour is asked before it counts as unreachable.</summary>
    public int MaxRequests { get; init; } = 3;

    /// <summary>How long a neighbour that did not answer counts as unreachable before it is asked again.</summary>
    public TimeSpan UnreachableTime { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>What address resolution did and dropped.</summary>
public readonly record struct ArpCounters
{
    /// <summary>Packets received.</summary>
    public long Received { get; init; }

    /// <summary>Packets that are not ARP for IPv4 over Ethernet.</summary>
    public long Malformed { get; init; }

    /// <summary>Claims of a known neighbour's address by another host, which were checked by asking.</summary>
    public long Takeovers { get; init; }

    /// <summary>Packets from a host that uses one of this host's addresses (RFC 5227 §2.4).</summary>
    public long Conflicts { get; init; }

    /// <summary>Packets dropped while they waited: no answer, or too many.</summary>
    public long WaitingDropped { get; init; }

    /// <summary>Neighbours forgotten to make room.</summary>
    public long Evicted { get; init; }
}
