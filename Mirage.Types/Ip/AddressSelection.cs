using System.Numerics;

namespace Mirage;

/// <summary>Which addresses to prefer (RFC 6724): the policy table of §2.1, scopes, and the order of destinations.</summary>
public static class AddressSelection
{
    private const int Link = 2;
    private const int Site = 5;
    private const int Everywhere = 14;

    // §2.2: of a source the bits of its prefix count, which are those of an IPv6 network mostly.
    private const int NetworkPrefix = 64;

    // §2.1, the longest prefix first; IPv4 is ::ffff:0:0/96 there. By value and length, since this is asked for each packet whose source is chosen.
    private static readonly Policy[] _policies =
    [
        new(UInt128.One, 128, 50, 0),
        new((UInt128)0xffff << 32, 96, 35, 4),
        new(0, 96, 1, 3),
        new((UInt128)0x2001_0000 << 96, 32, 5, 5),
        new((UInt128)0x2002 << 112, 16, 30, 2),
        new((UInt128)0x3ffe << 112, 16, 1, 12),
        new((UInt128)0xfec0 << 112, 10, 1, 11),
        new((UInt128)0xfc00 << 112, 7, 3, 13),
        new(0, 0, 40, 1),
    ];

    /// <summary>The label of an address: sources and destinations with the same one go together.</summary>
    /// <param name="address">An address of either family.</param>
    /// <returns>The label.</returns>
    public static int Label(IpAddress address) => PolicyOf(address).Label;

    /// <summary>The precedence of an address as a destination: the larger is preferred.</summary>
    /// <param name="address">An address of either family.</param>
    /// <returns>The precedence.</returns>
    public static int Precedence(IpAddress address) => PolicyOf(address).Precedence;

    /// <summary>The scope of an address (§3.1, §3.2): 2 for a link, 5 for a site, 14 for everywhere; a group's own.</summary>
    /// <param name="address">An address of either family.</param>
    /// <returns>The scope.</returns>
    public static int Scope(IpAddress address)
        => address.IsV4 ? (address.IsLoopback || address.V4.IsLinkLocal ? Link : Everywhere)
            : address.IsMulticast ? (int)(address.V6.Value >> 112) & 0xf
            : address.IsLoopback || address.V6.IsLinkLocal ? Link
            : (uint)(address.V6.Value >> 118) == 0x3fb ? Site
            : Everywhere;

    /// <summary>How many leading bits two addresses have in common (§2.2); of addresses of different families none.</summary>
    /// <param name="a">An address.</param>
    /// <param name="b">Another one.</param>
    /// <returns>The number of bits.</returns>
    public static int CommonPrefixLength(IpAddress a, IpAddress b)
        => a.Family != b.Family ? 0
            : a.IsV4 ? BitOperations.LeadingZeroCount(a.V4.Value ^ b.V4.Value)
            : (int)UInt128.LeadingZeroCount(a.V6.Value ^ b.V6.Value);

    /// <summary>Orders the addresses of a name by how well this host reaches them (§6): for who tries one after the other. Those that it cannot reach are last.</summary>
    /// <typeparam name="TAddressing">The stack.</typeparam>
    /// <param name="addressing">The stack, which says from which address it would send.</param>
    /// <param name="destinations">The addresses.</param>
    /// <returns>The same addresses; where nothing makes a difference, in the order in which they were given.</returns>
    public static IReadOnlyList<IpAddress> SortDestinations<TAddressing>(this TAddressing addressing, IEnumerable<IpAddress> destinations)
        where TAddressing : struct, IIpAddressing
        => Sort(destinations, destination => addressing.SelectSource(destination).TryGet(out var source) ? source : default);

    /// <summary>Orders destinations by the addresses from which packets would go to them (§6, rules 1, 2, 5, 6, 8, 9 and 10; the others are about what a host knows of its own addresses, and does not
    /// have).</summary>
    /// <param name="destinations">The addresses, in the order in which they were given.</param>
    /// <param name="sourceFor">The address from which a packet would leave; <see cref="IpAddress.None"/> if there is no way.</param>
    /// <returns>The same addresses; where nothing makes a difference, in the order in which they were given.</returns>
    public static IReadOnlyList<IpAddress> Sort(IEnumerable<IpAddress> destinations, Func<IpAddress, IpAddress> sourceFor)
        =>
        [
            .. destinations
                .Select(destination => (Destination: destination, Source: sourceFor(destination)))
                .OrderBy(pair => pair.Source.Family == IpFamily.None)
                .ThenBy(pair => Scope(pair.Destination) != Scope(pair.Source))
                .ThenBy(pair => Label(pair.Destination) != Label(pair.Source))
                .ThenByDescending(pair => Precedence(pair.Destination))
                .ThenBy(pair => Scope(pair.Destination))
                .ThenByDescending(pair => MatchingPrefix(pair.Destination, pair.Source))
                .Select(pair => pair.Destination),
        ];

    // Rule 9. Of IPv4 it would defeat servers that spread load by the order of their answers, so hosts leave it out there.
    private static int MatchingPrefix(IpAddress destination, IpAddress source)
        => destination.IsV6 ? Math.Min(NetworkPrefix, CommonPrefixLength(destination, source)) : 0;

    private static Policy PolicyOf(IpAddress address)
    {
        var value = address.IsV4 ? Ipv6Address.Map(address.V4).Value : address.V6.Value;
        foreach (var policy in _policies)
        {
            if (policy.Length == 0 || (value ^ policy.Prefix) >> (128 - policy.Length) == 0)
            {
                return policy;
            }
        }

        return _policies[^1];
    }

    private readonly record struct Policy(UInt128 Prefix, int Length, int Precedence, int Label);
}
