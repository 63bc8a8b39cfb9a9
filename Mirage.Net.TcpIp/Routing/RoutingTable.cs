namespace Mirage.Net.TcpIp;

/// <summary>
/// Routes of one family, the longest prefix first. A host has a handful, so a search from the front is the fastest. What routers advertise never takes the place of what the
/// program has set.
/// </summary>
internal sealed class RoutingTable
{
    private Route[] _routes = [];
    private IpNetwork[] _advertised = [];

    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>Adds a route, in place of one with the same network.</summary>
    public void Add(Route route)
    {
        Remove(route.Destination);
        _routes = [.. _routes.Append(route).OrderByDescending(r => r.Destination.PrefixLength)];
    }

    /// <summary>Adds a route that a router advertises, in place of another such with the same network: not where the program has set one.</summary>
    public void AddAdvertised(Route route)
    {
        if (Array.Exists(_routes, other => IsSame(other.Destination, route.Destination) && (other == route || !IsAdvertised(route.Destination))))
        {
            return;
        }

        Add(route);
        _advertised = [.. _advertised, route.Destination];
    }

    public void Remove(IpNetwork destination)
    {
        _routes = [.. _routes.Where(route => !IsSame(route.Destination, destination))];
        _advertised = [.. _advertised.Where(network => !IsSame(network, destination))];
    }

    /// <summary>Removes a route that was advertised, if the program has not set another one.</summary>
    public void RemoveAdvertised(IpNetwork destination)
    {
        if (IsAdvertised(destination))
        {
            Remove(destination);
        }
    }

    private bool IsAdvertised(IpNetwork destination) => Array.Exists(_advertised, network => IsSame(network, destination));

    private static bool IsSame(IpNetwork a, IpNetwork b) => a.Prefix == b.Prefix && a.PrefixLength == b.PrefixLength;

    /// <summary>The next hop to a destination: itself on this link, or a router.</summary>
    public bool TryFind(IpAddress destination, out IpAddress nextHop)
    {
        foreach (ref readonly var route in _routes.AsSpan())
        {
            if (route.Destination.Contains(destination))
            {
                nextHop = route.Gateway.Family == IpFamily.None ? destination : route.Gateway;
                return true;
            }
        }

        nextHop = default;
        return false;
    }
}
