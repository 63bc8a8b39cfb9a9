namespace Mirage.Net.TcpIp;

/// <summary>How a host configures itself for IPv6 (RFC 4862).</summary>
public sealed record AutoconfigurationOptions
{
    /// <summary>Whether routers are asked for and their advertisements followed: addresses, routes, MTU, name servers. Without, the host has its link-local address and what it is given.</summary>
    public bool FollowsRouters { get; init; } = true;

    /// <summary>The secret of which this host's addresses are made (RFC 7217 §5): 16 bytes that it keeps, so that it has the same addresses in the same network each time. Empty for a
    /// new one at each start.</summary>
    public ReadOnlyMemory<byte> StableSecret
    {
        get;
        init => field = value.IsEmpty || value.Length == StableIdentifier.SecretSize
            ? value
            : throw new ArgumentException($"{nameof(StableSecret)} has {StableIdentifier.SecretSize} bytes, or none; not {value.Length}", nameof(StableSecret));
    }

    /// <summary>Called on the loop when addresses, the default router or the name servers have changed.</summary>
    public Action? Changed { get; init; }
}

/// <summary>What autoconfiguration did and refused.</summary>
public readonly record struct AutoconfigurationCounters
{
    /// <summary>Solicitations of routers sent.</summary>
    public long Solicitations { get; init; }

    /// <summary>Valid advertisements of routers received.</summary>
    public long Advertisements { get; init; }

    /// <summary>Advertisements and redirects that are not valid (RFC 4861 §6.1.2, §8.1): from elsewhere than this link, or broken.</summary>
    public long Malformed { get; init; }

    /// <summary>Redirects followed.</summary>
    public long Redirects { get; init; }

    /// <summary>Redirects from who is not the first hop to the destination.</summary>
    public long RedirectsRefused { get; init; }

    /// <summary>Routers, networks and name servers that were not taken because there are too many.</summary>
    public long Dropped { get; init; }

    /// <summary>Advertisements with a hop limit below 32, a reachable time above an hour or a retransmission timer above ten seconds: these were not followed (RFC 3756 §4.2.7).</summary>
    public long ParametersRefused { get; init; }

    /// <summary>Networks and lifetimes that contradict themselves (RFC 4862 §5.5.3).</summary>
    public long PrefixesRefused { get; init; }

    /// <summary>Networks in which this host has found no address that is free.</summary>
    public long AddressesFailed { get; init; }
}
