namespace Mirage.Net.TcpIp;

/// <summary>Routes of one family, the longest prefix first. A host has a handful, so a search from the front is the fastest.</summary>
internal sealed class RoutingTable
{
    private Route[] _routes = [];

    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>Adds a route, in place of one with the same network.</summary>
    public void Add(Route route)
    {
        Remove(route.Destination);
        _routes = [.. _routes.Append(route).OrderByDescending(r => r.Destination.PrefixLength)];
    }

    public void Remove(IpNetwork destination)
        => _routes = [.. _routes.Where(r => r.Destination.Prefix != destination.Prefix || r.Destination.PrefixLength != destination.PrefixLength)];

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
