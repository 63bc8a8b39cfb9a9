namespace Mirage.Net.Dhcp.Wire;

/// <summary>Routes in the form of RFC 3442: the prefix's length, as many bytes of it as matter, and the router.</summary>
public static class ClasslessRoutes
{
    private const int LargestEncoding = 1 + (2 * Ipv4Address.Size);

    /// <summary>Reads the first route.</summary>
    /// <param name="routes">The routes; afterwards those that follow.</param>
    /// <param name="route">The route.</param>
    /// <returns>Whether there was a whole one; what cannot be read stays.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> routes, out DhcpRoute route)
    {
        route = default;
        if (routes.IsEmpty || routes[0] > 32)
        {
            return false;
        }

        var significant = (routes[0] + 7) / 8;
        if (routes.Length < 1 + significant + Ipv4Address.Size)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[Ipv4Address.Size];
        prefix.Clear();
        routes.Slice(1, significant).CopyTo(prefix);

        // Bits after the prefix have no meaning.
        var network = new IpNetwork(new Ipv4Address(prefix), routes[0]);
        var gateway = new Ipv4Address(routes[(1 + significant)..]);
        route = new DhcpRoute(new IpNetwork(network.Prefix, network.PrefixLength), gateway.IsAny ? IpAddress.None : gateway);
        routes = routes[(1 + significant + Ipv4Address.Size)..];
        return true;
    }

    /// <summary>The bytes of some routes.</summary>
    /// <param name="routes">The routes, of IPv4.</param>
    /// <returns>The option's value.</returns>
    public static byte[] Write(IReadOnlyList<DhcpRoute> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var bytes = new byte[routes.Count * LargestEncoding];
        var length = 0;
        Span<byte> prefix = stackalloc byte[Ipv4Address.Size];
        foreach (var (destination, gateway) in routes)
        {
            bytes[length++] = destination.PrefixLength;
            destination.Prefix.V4.CopyTo(prefix);
            var significant = (destination.PrefixLength + 7) / 8;
            prefix[..significant].CopyTo(bytes.AsSpan(length));
            length += significant;
            gateway.V4.CopyTo(bytes.AsSpan(length));
            length += Ipv4Address.Size;
        }

        return bytes[..length];
    }
}
