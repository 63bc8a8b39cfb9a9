namespace Mirage.Net.TcpIp;

/// <summary>Connections by their two endpoints. Chains hang on the connections themselves; the hash is keyed, so that a peer cannot make them long.</summary>
/// <remarks>Its type argument is a value type, as everywhere on the packet path: with the connection's class there, its code would be shared.</remarks>
internal sealed class ConnectionTable<TCongestion>(ulong key)
    where TCongestion : struct, ICongestionControl
{
    private const int SmallestSize = 64;

    private readonly EndpointHash _hash = new(key);
    private TcpConnection?[] _buckets = new TcpConnection?[SmallestSize];

    public int Count { get; private set; }

    public TcpConnection<TCongestion>? Find(in IpAddress localAddress, ushort localPort, in IpAddress remoteAddress, ushort remotePort)
    {
        var hash = _hash.Compute(localAddress, localPort, remoteAddress, remotePort);
        for (var connection = _buckets[hash & (uint)(_buckets.Length - 1)]; connection is not null; connection = connection.NextInBucket)
        {
            if (connection.Hash == hash && connection.IsBetween(localAddress, localPort, remoteAddress, remotePort))
            {
                return System.Runtime.CompilerServices.Unsafe.As<TcpConnection<TCongestion>>(connection);
            }
        }

        return null;
    }

    /// <summary>Adds a connection whose endpoints are set and not in the table.</summary>
    public void Add(TcpConnection<TCongestion> connection)
    {
        if (Count >= _buckets.Length)
        {
            Grow();
        }

        var (local, remote) = (connection.Local, connection.Remote);
        connection.Hash = _hash.Compute(local.Address, local.Port, remote.Address, remote.Port);
        Link(connection);
        Count++;
    }

    public void Remove(TcpConnection<TCongestion> connection)
    {
        ref var link = ref _buckets[connection.Hash & (uint)(_buckets.Length - 1)];
        while (link != connection)
        {
            link = ref link!.NextInBucket;
        }

        link = connection.NextInBucket;
        connection.NextInBucket = null;
        Count--;
    }

    /// <summary>All connections, for diagnosis and to end them.</summary>
    public List<TcpConnection<TCongestion>> ToList()
    {
        var all = new List<TcpConnection<TCongestion>>(Count);
        foreach (var bucket in _buckets)
        {
            for (var connection = bucket; connection is not null; connection = connection.NextInBucket)
            {
                all.Add((TcpConnection<TCongestion>)connection);
            }
        }

        return all;
    }

    private void Link(TcpConnection connection)
    {
        ref var bucket = ref _buckets[connection.Hash & (uint)(_buckets.Length - 1)];
        connection.NextInBucket = bucket;
        bucket = connection;
    }

    private void Grow()
    {
        var old = _buckets;
        _buckets = new TcpConnection?[old.Length * 2];
        foreach (var bucket in old)
        {
            for (var connection = bucket; connection is not null;)
            {
                var next = connection.NextInBucket;
                Link(connection);
                connection = next;
            }
        }
    }
}
