namespace Mirage.Net.Dhcp;

/// <summary>What a server leases, and for how long.</summary>
public sealed record DhcpServerOptions
{
    private const int MaxServers = 8;
    private const int MaxRoutes = 16;

    // RFC 2132 §5.1: the least that the option may say.
    private const ushort LeastMtu = 68;

    /// <summary>The server's own address with the network in which it leases; it names the server to clients.</summary>
    public required IpNetwork Address { get; init; }

    /// <summary>The first address that is leased.</summary>
    public required Ipv4Address First { get; init; }

    /// <summary>The last one; at most 65,536 in all. Every lease and offer is for one of them, so their number bounds what is remembered.</summary>
    public required Ipv4Address Last { get; init; }

    /// <summary>How long an address is leased, from 10 seconds on; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long an offer is kept for the client that it was made to.</summary>
    public TimeSpan OfferTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an address is not leased after a client has found that another host uses it.</summary>
    public TimeSpan DeclineTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Routers, the preferred first; at most 8.</summary>
    public IReadOnlyList<Ipv4Address> Routers { get; init; } = [];

    /// <summary>Further routes (RFC 3442), at most 16. With these clients do not look at <see cref="Routers"/>, so a route to everywhere else is to be among them.</summary>
    public IReadOnlyList<DhcpRoute> Routes { get; init; } = [];

    /// <summary>Servers of names, the preferred first; at most 8.</summary>
    public IReadOnlyList<Ipv4Address> DnsServers { get; init; } = [];

    /// <summary>The domain in which names are completed, in ASCII, at most 255 characters; <see langword="null"/> for none.</summary>
    public string? DomainName { get; init; }

    /// <summary>The largest packet on the link, at least 68 bytes; <see langword="null"/> not to say.</summary>
    public ushort? Mtu { get; init; }

    /// <summary>Addresses kept for hosts by their link addresses; within the network, and nobody else gets them.</summary>
    public IReadOnlyDictionary<MacAddress, Ipv4Address> Reservations { get; init; } = new Dictionary<MacAddress, Ipv4Address>();

    /// <summary>Whether it is the only server: requests for what it knows nothing of are refused rather than left to others.</summary>
    public bool IsAuthoritative { get; init; } = true;

    internal void Check()
    {
        if (!Address.Address.IsV4 || Address.Address.IsAny)
        {
            throw new ArgumentException($"{Address} is not an IPv4 address with its network", nameof(Address));
        }

        if (Last < First || Last.Value - First.Value >= 65_536 || !Address.Contains(First) || !Address.Contains(Last))
        {
            throw new ArgumentException($"{First} to {Last} is not a range of at most 65,536 addresses in {Address}", nameof(Last));
        }

        ArgumentNullException.ThrowIfNull(Routers);
        ArgumentNullException.ThrowIfNull(DnsServers);
        ArgumentNullException.ThrowIfNull(Routes);
        ArgumentNullException.ThrowIfNull(Reservations);
        ArgumentOutOfRangeException.ThrowIfLessThan(Mtu ?? LeastMtu, LeastMtu, nameof(Mtu));

        // What clients may be sent fits one message.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Routers.Count, MaxServers, nameof(Routers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DnsServers.Count, MaxServers, nameof(DnsServers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Routes.Count, MaxRoutes, nameof(Routes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DomainName?.Length ?? 0, 255, nameof(DomainName));
        ArgumentOutOfRangeException.ThrowIfNegative(OfferTime.Ticks, nameof(OfferTime));
        ArgumentOutOfRangeException.ThrowIfNegative(DeclineTime.Ticks, nameof(DeclineTime));
        if (LeaseTime != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(LeaseTime, TimeSpan.FromSeconds(10));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(LeaseTime, TimeSpan.FromDays(3650));
        }
    }
}
