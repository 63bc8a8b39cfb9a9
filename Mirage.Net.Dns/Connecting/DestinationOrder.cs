using System.Numerics;

namespace Mirage.Net.Dns;

/// <summary>Destination address selection (RFC 6724 §6), as far as a host without the history of its addresses can tell: rules 1, 2, 5, 6, 8, 9 and 10.</summary>
internal static class DestinationOrder
{
    private const int LinkLocal = 2;
    private const int SiteLocal = 5;
    private const int Global = 14;
    private const int SubnetPrefix = 64;

    // RFC 6724 §2.1; IPv4 is ::ffff:0:0/96 there. The longest prefixes come first.
    private static readonly (IpNetwork Prefix, int Precedence, int Label)[] s_policies =
    [
        (IpNetwork.Parse("::1/128"), 50, 0),
        (IpNetwork.Parse("::ffff:0:0/96"), 35, 4),
        (IpNetwork.Parse("::/96"), 1, 3),
        (IpNetwork.Parse("2001::/32"), 5, 5),
        (IpNetwork.Parse("2002::/16"), 30, 2),
        (IpNetwork.Parse("3ffe::/16"), 1, 12),
        (IpNetwork.Parse("fec0::/10"), 1, 11),
        (IpNetwork.Parse("fc00::/7"), 3, 13),
        (IpNetwork.Parse("::/0"), 40, 1),
    ];

    /// <summary>The addresses in the order in which to try them.</summary>
    /// <param name="destinations">The addresses, in the order in which they were given.</param>
    /// <param name="sourceFor">The address from which a packet would leave; none if there is no way.</param>
    public static List<IpAddress> Sort(IEnumerable<IpAddress> destinations, Func<IpAddress, IpAddress> sourceFor)
        => [.. destinations
            .Select(destination => (Destination: destination, Source: sourceFor(destination)))
            .OrderBy(pair => pair.Source.Family == IpFamily.None)
            .ThenBy(pair => Scope(pair.Destination) != Scope(pair.Source))
            .ThenBy(pair => Policy(pair.Destination).Label != Policy(pair.Source).Label)
            .ThenByDescending(pair => Policy(pair.Destination).Precedence)
            .ThenBy(pair => Scope(pair.Destination))
            .ThenByDescending(pair => CommonPrefix(pair.Destination, pair.Source))
            .Select(pair => pair.Destination)];

    // RFC 6724 §3.1, §3.2.
    private static int Scope(IpAddress address)
    {
        if (address.IsV4)
        {
            return address.V4.IsLinkLocal || address.V4.IsLoopback ? LinkLocal : Global;
        }

        var start = (int)(address.V6.Value >> 112);
        return address.IsMulticast ? start & 0xf
            : (start & 0xffc0) == 0xfe80 || address.IsLoopback ? LinkLocal
            : (start & 0xffc0) == 0xfec0 ? SiteLocal
            : Global;
    }

    private static (int Precedence, int Label) Policy(IpAddress address)
    {
        IpAddress mapped = address.IsV4 ? Ipv6Address.Map(address.V4) : address.V6;
        var (_, precedence, label) = Array.Find(s_policies, policy => policy.Prefix.Contains(mapped));
        return (precedence, label);
    }

    // Rule 9. Of IPv4 it would defeat servers that spread load by the order of their answers, so hosts leave it out there.
    private static int CommonPrefix(IpAddress destination, IpAddress source)
        => destination.IsV6 && source.IsV6 ? Math.Min(SubnetPrefix, (int)UInt128.LeadingZeroCount(destination.V6.Value ^ source.V6.Value)) : 0;
}
