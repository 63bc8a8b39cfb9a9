namespace Mirage.Net.TcpIp;

/// <summary>
/// Neighbours by address, bounded. Those of each standing are apart: a flood of claims, or a scan of addresses that nobody has, makes room among its own kind first
/// (RFC 6583 §7.1), and a claim never takes the place of who this host sends to. In each list the one that was used longest ago is last.
/// </summary>
/// <param name="capacity">How many; those that were entered by hand may be more.</param>
internal sealed class NeighbourCache<TAddress>(int capacity)
    where TAddress : struct, IEquatable<TAddress>
{
    private readonly Dictionary<TAddress, Neighbour<TAddress>> _byAddress = [];
    private readonly RecencyList[] _lists = new RecencyList[(int)NeighbourStanding.Static + 1];
    private Neighbour<TAddress>? _latest;

    /// <summary>The most recently used of a standing.</summary>
    public Neighbour<TAddress>? First(NeighbourStanding standing) => _lists[(int)standing].First;

    /// <summary>Finds a neighbour, and makes it the most recently used of its standing.</summary>
    public Neighbour<TAddress>? Find(in TAddress address)
    {
        // Most packets go to the neighbour that the one before went to.
        if (_latest is { } latest && latest.Address.Equals(address))
        {
            return latest;
        }

        if (_byAddress.TryGetValue(address, out var neighbour))
        {
            Move(neighbour, neighbour.Standing);
        }

        return neighbour;
    }

    /// <summary>Adds a neighbour that is not there.</summary>
    /// <param name="neighbour">The neighbour.</param>
    /// <param name="evicted">The one that made room, or <see langword="null"/>.</param>
    /// <returns>Whether it was added: a claim is not where there is no other claim to make room.</returns>
    public bool TryAdd(Neighbour<TAddress> neighbour, out Neighbour<TAddress>? evicted)
    {
        evicted = null;
        if (_byAddress.Count >= capacity)
        {
            evicted = _lists[(int)NeighbourStanding.Claimed].Last;
            if (neighbour.Standing == NeighbourStanding.Claimed && evicted is null)
            {
                return false;
            }

            evicted ??= _lists[(int)NeighbourStanding.Asked].Last ?? _lists[(int)NeighbourStanding.Proven].Last;
            if (evicted is not null)
            {
                Remove(evicted);
            }
        }

        _byAddress.Add(neighbour.Address, neighbour);
        _lists[(int)neighbour.Standing].AddFirst(neighbour);
        _latest = neighbour;
        return true;
    }

    /// <summary>Gives a neighbour a standing, as the most recently used.</summary>
    public void Move(Neighbour<TAddress> neighbour, NeighbourStanding standing)
    {
        _lists[(int)neighbour.Standing].Remove(neighbour);
        neighbour.Standing = standing;
        _lists[(int)standing].AddFirst(neighbour);
        _latest = neighbour;
    }

    public void Remove(Neighbour<TAddress> neighbour)
    {
        _ = _byAddress.Remove(neighbour.Address);
        _lists[(int)neighbour.Standing].Remove(neighbour);
        _latest = _latest == neighbour ? null : _latest;
    }

    private struct RecencyList
    {
        public Neighbour<TAddress>? First;
        public Neighbour<TAddress>? Last;

        public void AddFirst(Neighbour<TAddress> neighbour)
        {
            neighbour.Previous = null;
            neighbour.Next = First;
            if (First is null)
            {
                Last = neighbour;
            }
            else
            {
                First.Previous = neighbour;
            }

            First = neighbour;
        }

        public void Remove(Neighbour<TAddress> neighbour)
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
                Last = neighbour.Previous;
            }
            else
            {
                neighbour.Next.Previous = neighbour.Previous;
            }

            neighbour.Previous = neighbour.Next = null;
        }
    }
}
