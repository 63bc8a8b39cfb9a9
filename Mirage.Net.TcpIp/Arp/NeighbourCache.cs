namespace Mirage.Net.TcpIp;

/// <summary>Neighbours by address, bounded: the one that was used longest ago makes room.</summary>
internal sealed class NeighbourCache(int capacity)
{
    private readonly Dictionary<Ipv4Address, Neighbour> _byAddress = [];
    private Neighbour? _first;
    private Neighbour? _last;

    public int Count => _byAddress.Count;

    public Neighbour? First => _first;

    /// <summary>Finds a neighbour, and makes it the most recently used.</summary>
    public Neighbour? Find(Ipv4Address address)
    {
        // Most packets go to the neighbour that the one before went to.
        var neighbour = _first;
        if (neighbour is not null && neighbour.Address == address)
        {
            return neighbour;
        }

        if (_byAddress.TryGetValue(address, out neighbour))
        {
            Unlink(neighbour);
            LinkFirst(neighbour);
        }

        return neighbour;
    }

    /// <summary>Adds a neighbour that is not there.</summary>
    /// <returns>The one that made room, or <see langword="null"/>.</returns>
    public Neighbour? Add(Neighbour neighbour)
    {
        Neighbour? evicted = null;
        if (_byAddress.Count >= capacity)
        {
            evicted = _last;
            while (evicted is { State: NeighbourState.Static })
            {
                evicted = evicted.Previous;
            }

            if (evicted is not null)
            {
                Remove(evicted);
            }
        }

        _byAddress.Add(neighbour.Address, neighbour);
        LinkFirst(neighbour);
        return evicted;
    }

    public void Remove(Neighbour neighbour)
    {
        _ = _byAddress.Remove(neighbour.Address);
        Unlink(neighbour);
    }

    private void LinkFirst(Neighbour neighbour)
    {
        neighbour.Previous = null;
        neighbour.Next = _first;
        if (_first is null)
        {
            _last = neighbour;
        }
        else
        {
            _first.Previous = neighbour;
        }

        _first = neighbour;
    }

    private void Unlink(Neighbour neighbour)
    {
        if (neighbour.Previous is null)
        {
            _first = neighbour.Next;
        }
        else
        {
            neighbour.Previous.Next = neighbour.Next;
        }

        if (neighbour.Next is null)
        {
            _last = neighbour.Previous;
        }
        else
        {
            neighbour.Next.Previous = neighbour.Previous;
        }

        neighbour.Previous = neighbour.Next = null;
    }
}
