namespace Mirage.Net.TcpIp;

/// <summary>The times of neighbour discovery: the constants of RFC 4861 §10. Router advertisements may change two of them.</summary>
public sealed record NdpSettings
{
    /// <summary>How long to wait for an answer before asking again (RETRANS_TIMER).</summary>
    public TimeSpan RetransTimer { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How long, on average, a neighbour that answered is believed (REACHABLE_TIME); half to one and a half of it at random.</summary>
    public TimeSpan ReachableTime { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>How long a neighbour whose time is over has to show that it is there before it is asked (DELAY_FIRST_PROBE_TIME).</summary>
    public TimeSpan DelayFirstProbe { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How often a neighbour is asked for by its group before it counts as unreachable (MAX_MULTICAST_SOLICIT).</summary>
    public int MaxMulticastSolicitations { get; init => field = Setting.AtLeast(value, 1); } = 3;

    /// <summary>How often a known neighbour is asked directly before it is forgotten (MAX_UNICAST_SOLICIT).</summary>
    public int MaxUnicastSolicitations { get; init => field = Setting.AtLeast(value, 1); } = 3;

    /// <summary>How often it is asked whether another host has an address, before this host uses it (DupAddrDetectTransmits, RFC 4862 §5.1). With 0 nobody is asked, and an address is ready at once: for
    /// links on which no two hosts can have the same.</summary>
    public int DuplicateAddressDetections { get; init => field = Setting.AtLeast(value, 0); } = 1;

    /// <summary>How long a neighbour that did not answer counts as unreachable before it is asked again.</summary>
    public TimeSpan UnreachableTime { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(3);
}

/// <summary>What neighbour discovery did and dropped.</summary>
public readonly record struct NdpCounters
{
    /// <summary>Solicitations and advertisements received.</summary>
    public long Received { get; init; }

    /// <summary>Of these, those that are not valid (RFC 4861 §7.1): a hop limit other than 255, broken options, contradictions.</summary>
    public long Malformed { get; init; }

    /// <summary>Advertisements by another host of an address that this one has and keeps.</summary>
    public long Conflicts { get; init; }

    /// <summary>Addresses that this host meant to take and that another one has (RFC 4862 §5.4.4).</summary>
    public long Duplicates { get; init; }

    /// <summary>Neighbours that did not answer.</summary>
    public long Failures { get; init; }

    /// <summary>Packets dropped while they waited: no answer, or too many.</summary>
    public long WaitingDropped { get; init; }

    /// <summary>Neighbours forgotten to make room.</summary>
    public long Evicted { get; init; }

    /// <summary>Neighbours that told of themselves and were not remembered: all that are known are in use.</summary>
    public long ClaimsRefused { get; init; }
}
