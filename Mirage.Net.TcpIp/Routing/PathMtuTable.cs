namespace Mirage.Net.TcpIp;

/// <summary>
/// What is known of the paths to destinations: the largest packet that gets through (RFC 1191, RFC 8201). Bounded: the one that was reported longest ago makes
/// room. What is known is forgotten after ten minutes, so that a path that has got wider is found out (RFC 1191 §6.3, RFC 8201 §5.3).
/// </summary>
/// <param name="capacity">How many destinations.</param>
/// <param name="least">The least size that is believed: what is smaller is more likely an attack (RFC 5927 §7), and on IPv6 not allowed (RFC 8201 §4).</param>
internal sealed class PathMtuTable(int capacity, int least)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<IpAddress, LinkedListNode<Entry>> _byDestination = [];

    // In the order in which they age.
    private readonly LinkedList<Entry> _entries = new();

    public int Count => _entries.Count;

    /// <summary>How many made room for others.</summary>
    public long Evicted { get; private set; }

    /// <summary>Changes whenever the answer for some destination does.</summary>
    public int Revision { get; private set; }

    /// <summary>The MTU of the path to a destination, in bytes.</summary>
    public int Find(in IpAddress destination, int linkMtu)
        => Count > 0 && _byDestination.TryGetValue(destination, out var node) ? Math.Min(node.Value.Mtu, linkMtu) : linkMtu;

    /// <summary>Whether a link on the way carries less than the least size that is believed, so that routers must be let fragment.</summary>
    public bool IsBelowLeast(in IpAddress destination)
        => Count > 0 && _byDestination.TryGetValue(destination, out var node) && node.Value.IsBelowLeast;

    /// <summary>Takes a report.</summary>
    /// <param name="destination">To where.</param>
    /// <param name="mtu">What gets through, in bytes.</param>
    /// <param name="linkMtu">What the first link carries.</param>
    /// <param name="now">The present.</param>
    /// <returns>Whether it is news: RFC 8201 §4, a report never raises what is known.</returns>
    public bool Report(in IpAddress destination, int mtu, int linkMtu, Instant now)
    {
        var believed = Math.Max(mtu, least);
        var isBelowLeast = mtu < least;
        if (_byDestination.TryGetValue(destination, out var node))
        {
            if (believed > node.Value.Mtu || (believed == node.Value.Mtu && isBelowLeast == node.Value.IsBelowLeast))
            {
                return false;
            }

            _entries.Remove(node);
        }
        else if (believed >= linkMtu && !isBelowLeast)
        {
            return false;
        }
        else if (Count >= capacity)
        {
            Evicted++;
            Forget(_entries.First!);
        }

        _byDestination[destination] = _entries.AddLast(new Entry(destination, believed, isBelowLeast, now + Lifetime));
        Revision++;
        return true;
    }

    /// <summary>Forgets what is old.</summary>
    /// <returns>When to call again.</returns>
    public Instant RunTimers(Instant now)
    {
        while (_entries.First is { } oldest)
        {
            if (oldest.Value.AgesAt > now)
            {
                return oldest.Value.AgesAt;
            }

            Forget(oldest);
            Revision++;
        }

        return Instant.Never;
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        _entries.Remove(node);
        _ = _byDestination.Remove(node.Value.Destination);
    }

    private sealed class Entry(IpAddress destination, int mtu, bool isBelowLeast, Instant agesAt)
    {
        public IpAddress Destination { get; } = destination;

        public int Mtu { get; } = mtu;

        public bool IsBelowLeast { get; } = isBelowLeast;

        public Instant AgesAt { get; } = agesAt;
    }
}
