namespace Mirage.Net.TcpIp;

/// <summary>The times of address resolution.</summary>
public sealed record ArpOptions
{
    /// <summary>How long who has answered is believed (RFC 1122 §2.3.2.1); for as long again it is remembered without being used.</summary>
    public TimeSpan Lifetime { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(60);

    /// <summary>How long a neighbour that is believed no longer, or that has only asked for this host, has from its next use to show that it is there, before it is asked (RFC 4861 §7.3.3).</summary>
    public TimeSpan DelayFirstProbe { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for an answer before asking again; not less than a second (RFC 1122 §2.3.2.1).</summary>
    public TimeSpan RetryInterval { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How often a neighbour is asked before it counts as unreachable.</summary>
    public int MaxRequests { get; init => field = Setting.AtLeast(value, 1); } = 3;

    /// <summary>How long a neighbour that did not answer counts as unreachable before it is asked again.</summary>
    public TimeSpan UnreachableTime { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(3);

    /// <summary>The longest time, taken at random, before the first probe for an address that this host is about to take (RFC 5227 §1.1, PROBE_WAIT).</summary>
    public TimeSpan ProbeWait { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How many probes are sent (PROBE_NUM); with none no address counts as in use.</summary>
    public int ProbeCount { get; init => field = Setting.AtLeast(value, 0); } = 3;

    /// <summary>The least time between probes (PROBE_MIN).</summary>
    public TimeSpan ProbeMinimum { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between probes (PROBE_MAX).</summary>
    public TimeSpan ProbeMaximum { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(2);

    /// <summary>How often an address is announced when it is added (ANNOUNCE_NUM).</summary>
    public int AnnounceCount { get; init => field = Setting.AtLeast(value, 0); } = 2;

    /// <summary>The time between announcements (ANNOUNCE_INTERVAL).</summary>
    public TimeSpan AnnounceInterval { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(2);

    /// <summary>The least time between two defences of an address (DEFEND_INTERVAL).</summary>
    public TimeSpan DefendInterval { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Is told that another host uses an address of this host's, which is being defended (RFC 5227 §2.4): the program may give it up. It runs on the loop, at most once in each
    /// <see cref="DefendInterval"/> for an address.</summary>
    public Action<Ipv4Address, MacAddress>? OnConflict { get; init; }

    /// <summary>How long to wait for answers to the last probe (ANNOUNCE_WAIT).</summary>
    public TimeSpan AnnounceWait { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(2);
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

    /// <summary>Neighbours that did not answer.</summary>
    public long Failures { get; init; }

    /// <summary>Packets dropped while they waited: no answer, or too many.</summary>
    public long WaitingDropped { get; init; }

    /// <summary>Neighbours forgotten to make room.</summary>
    public long Evicted { get; init; }

    /// <summary>Neighbours that asked for this host and were not remembered: all that are known are in use.</summary>
    public long ClaimsRefused { get; init; }
}
