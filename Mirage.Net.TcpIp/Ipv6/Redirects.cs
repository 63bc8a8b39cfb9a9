namespace Mirage.Net.TcpIp;

/// <summary>Better first hops that routers told of (RFC 4861 §8.3), by destination; bounded, the oldest makes room.</summary>
internal sealed class Redirects(int capacity)
{
    private readonly Dictionary<Ipv6Address, Ipv6Address> _byDestination = [];
    private readonly LinkedList<Ipv6Address> _order = new();

    /// <summary>How many made room for others.</summary>
    public long Evicted { get; private set; }

    public bool TryFind(in Ipv6Address destination, out Ipv6Address nextHop)
    {
        nextHop = default;
        return _byDestination.Count > 0 && _byDestination.TryGetValue(destination, out nextHop);
    }

    public void Set(in Ipv6Address destination, in Ipv6Address nextHop)
    {
        if (!_byDestination.ContainsKey(destination))
        {
            if (_byDestination.Count >= capacity)
            {
                Evicted++;
                _ = _byDestination.Remove(_order.First!.Value);
                _order.RemoveFirst();
            }

            _ = _order.AddLast(destination);
        }

        _byDestination[destination] = nextHop;
    }

    public void Remove(in Ipv6Address destination)
    {
        if (_byDestination.Remove(destination))
        {
            _ = _order.Remove(destination);
        }
    }

    /// <summary>Forgets what goes through a router that is none any more.</summary>
    public void RemoveThrough(Ipv6Address nextHop)
    {
        foreach (var destination in _byDestination.Where(entry => entry.Value == nextHop).Select(entry => entry.Key).ToList())
        {
            Remove(destination);
        }
    }
}
