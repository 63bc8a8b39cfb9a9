namespace Mirage.Net.Dhcp;

/// <summary>An address that a server has leased, and what came with it. A renewed lease is another object.</summary>
public sealed record DhcpLease
{
    /// <summary>The address with its network.</summary>
    public required IpNetwork Address { get; init; }

    /// <summary>The server that leased it.</summary>
    public required IpAddress Server { get; init; }

    /// <summary>The routes: those of RFC 3442 if the server gave such, or else one through the first router.</summary>
    public IReadOnlyList<DhcpRoute> Routes { get; init; } = [];

    /// <summary>Servers of names, the preferred first.</summary>
    public IReadOnlyList<IpAddress> DnsServers { get; init; } = [];

    /// <summary>Servers of time, the preferred first.</summary>
    public IReadOnlyList<IpAddress> TimeServers { get; init; } = [];

    /// <summary>The domain in which names are completed, or <see langword="null"/>. Printable ASCII; whether it is a domain name is not checked.</summary>
    public string? DomainName { get; init; }

    /// <summary>The name that the server gives this host, or <see langword="null"/>. Printable ASCII.</summary>
    public string? HostName { get; init; }

    /// <summary>The largest packet on the link, or <see langword="null"/> if the server does not say.</summary>
    public int? Mtu { get; init; }

    /// <summary>When it was asked for: the times count from there (RFC 2131 §4.4.1).</summary>
    public required Instant Obtained { get; init; }

    /// <summary>When the server is asked to renew it (T1); <see cref="Instant.Never"/> for a lease without end.</summary>
    public required Instant RenewAt { get; init; }

    /// <summary>When any server is asked (T2); <see cref="Instant.Never"/> for a lease without end.</summary>
    public required Instant RebindAt { get; init; }

    /// <summary>When it ends; <see cref="Instant.Never"/> for a lease without end.</summary>
    public required Instant ExpiresAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Address} from {Server} until {ExpiresAt}";
}
