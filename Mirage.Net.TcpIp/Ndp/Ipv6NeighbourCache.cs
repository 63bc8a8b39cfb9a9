namespace Mirage.Net.TcpIp;

/// <summary>
/// Neighbours by address, bounded. Those that have answered are apart from those that have not: a scan of addresses that nobody has, or a flood of claims,
/// makes room among its own kind first (RFC 6583 §7.1). In each list the one that was used longest ago is last.
/// </summary>
internal sealed class Ipv6NeighbourCache(int capacity)
{
    private readonly Dictionary<Ipv6Address, Ipv6Neighbour> _byAddress = [];
    private RecencyList _proven;
    private RecencyList _unproven;

    public int Count => _byAddress.Count;

    public Ipv6Neighbour? FirstProven => _proven.First;

    public Ipv6Neighbour? FirstUnproven => _unproven.First;

    /// <summary>Finds a neighbour, and makes it the most recently used of its list.</summary>
    public Ipv6Neighbour? Find(Ipv6Address address)
    {
        // Most packets go to the neighbour that the one before went to.
        var neighbour = _proven.First;
        if (neighbour is not null && neighbour.Address == address)
        {
            return neighbour;
        }

        if (_byAddress.TryGetValue(address, out neighbour))
        {
            ref var list = ref ListOf(neighbour);
            list.Remove(neighbour);
            list.AddFirst(neighbour);
        }

        return neighbour;
    }

    /// <summary>Adds a neighbour that is not there and has not answered.</summary>
    /// <returns>The one that made room, or <see langword="null"/>.</returns>
    public Ipv6Neighbour? Add(Ipv6Neighbour neighbour)
    {
        Ipv6Neighbour? evicted = null;
        if (_byAddress.Count >= capacity)
        {
            evicted = _unproven.LastNotStatic ?? _proven.LastNotStatic;
            if (evicted is not null)
            {
                Remove(evicted);
            }
        }

        _byAddress.Add(neighbour.Address, neighbour);
        ListOf(neighbour).AddFirst(neighbour);
        return evicted;
    }

    /// <summary>It has answered.</summary>
    public void Prove(Ipv6Neighbour neighbour)
    {
        if (!neighbour.IsProven)
        {
            _unproven.Remove(neighbour);
            neighbour.IsProven = true;
            _proven.AddFirst(neighbour);
        }
    }

    public void Remove(Ipv6Neighbour neighbour)
    {
        _ = _byAddress.Remove(neighbour.Address);
        ListOf(neighbour).Remove(neighbour);
    }

    private ref RecencyList ListOf(Ipv6Neighbour neighbour) => ref neighbour.IsProven ? ref _proven : ref _unproven;

    private struct RecencyList
    {
        public Ipv6Neighbour? First;
        private Ipv6Neighbour? _last;

        public readonly Ipv6Neighbour? LastNotStatic
        {
            get
            {
                var neighbour = _last;
                while (neighbour is { State: NudState.Static })
                {
                    neighbour = neighbour.Previous;
                }

                return neighbour;
            }
        }

        public void AddFirst(Ipv6Neighbour neighbour)
        {
            neighbour.Previous = null;
            neighbour.Next = First;
            if (First is null)
            {
                _last = neighbour;
            }
            else
            {
                First.Previous = neighbour;
            }

            First = neighbour;
        }

        public void Remove(Ipv6Neighbour neighbour)
        {
            if (neighbour.Previous is null)
            {
                First = neighbour.Next;
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
}
