namespace Mirage.Net.TcpIp;

/// <summary>The half-open connections of all listeners, by their two endpoints. There is a bound on how many there are; their objects are used again.</summary>
internal sealed class HalfOpenTable(ulong key, int limit)
{
    private const int SmallestSize = 64;

    private readonly EndpointHash _hash = new(key);
    private readonly Stack<HalfOpen> _pool = new();
    private HalfOpen?[] _buckets = new HalfOpen?[SmallestSize];

    public int Count { get; private set; }

    public bool IsFull => Count >= limit;

    public HalfOpen? Find(in IpAddress localAddress, ushort localPort, in IpAddress remoteAddress, ushort remotePort)
    {
        if (Count == 0)
        {
            return null;
        }

        var hash = _hash.Compute(localAddress, localPort, remoteAddress, remotePort);
        for (var half = _buckets[hash & (uint)(_buckets.Length - 1)]; half is not null; half = half.NextInBucket)
        {
            if (half.Hash == hash && half.Remote.Port == remotePort && half.Local.Port == localPort
                && half.Remote.Address == remoteAddress && half.Local.Address == localAddress)
            {
                return half;
            }
        }

        return null;
    }

    /// <summary>Adds one to the table, and to its listener as the youngest.</summary>
    public HalfOpen Add(TcpListener listener, in IpEndpoint local, in IpEndpoint remote)
    {
        if (Count >= _buckets.Length)
        {
            Grow();
        }

        if (!_pool.TryPop(out var half))
        {
            half = new HalfOpen();
        }

        half.Local = local;
        half.Remote = remote;
        half.Answers = half.Timeouts = 0;
        half.Listener = listener;
        half.IsUndecided = listener.IsForwarder;
        half.Hash = _hash.Compute(local.Address, local.Port, remote.Address, remote.Port);
        Link(half);
        QueueOf(half).Add(half);
        Count++;
        return half;
    }

    /// <summary>Takes one out, which is not used any more.</summary>
    public void Remove(HalfOpen half)
    {
        ref var link = ref _buckets[half.Hash & (uint)(_buckets.Length - 1)];
        while (link != half)
        {
            link = ref link!.NextInBucket;
        }

        link = half.NextInBucket;
        half.NextInBucket = null;
        QueueOf(half).Remove(half);
        half.Listener = null;
        half.Forwarding = null;
        _pool.Push(half);
        Count--;
    }

    /// <summary>The program has decided to answer one.</summary>
    public static void Decide(HalfOpen half)
    {
        QueueOf(half).Remove(half);
        half.IsUndecided = false;
        QueueOf(half).Add(half);
    }

    private static ref HalfOpenQueue QueueOf(HalfOpen half) => ref half.IsUndecided ? ref half.Listener!.Undecided : ref half.Listener!.HalfOpen;

    /// <summary>All of them, for diagnosis.</summary>
    public IEnumerable<HalfOpen> All()
    {
        foreach (var bucket in _buckets)
        {
            for (var half = bucket; half is not null; half = half.NextInBucket)
            {
                yield return half;
            }
        }
    }

    private void Link(HalfOpen half)
    {
        ref var bucket = ref _buckets[half.Hash & (uint)(_buckets.Length - 1)];
        half.NextInBucket = bucket;
        bucket = half;
    }

    private void Grow()
    {
        var old = _buckets;
        _buckets = new HalfOpen?[old.Length * 2];
        foreach (var bucket in old)
        {
            for (var half = bucket; half is not null;)
            {
                var next = half.NextInBucket;
                Link(half);
                half = next;
            }
        }
    }
}

/// <summary>Half-open connections of one listener, in the order in which they came into it.</summary>
internal struct HalfOpenQueue
{
    private HalfOpen? _youngest;

    public int Count { get; private set; }

    public HalfOpen? Oldest { get; private set; }

    public void Add(HalfOpen half)
    {
        half.Older = _youngest;
        half.Younger = null;
        if (_youngest is null)
        {
            Oldest = half;
        }
        else
        {
            _youngest.Younger = half;
        }

        _youngest = half;
        Count++;
    }

    public void Remove(HalfOpen half)
    {
        if (half.Older is { } older)
        {
            older.Younger = half.Younger;
        }
        else
        {
            Oldest = half.Younger;
        }

        if (half.Younger is { } younger)
        {
            younger.Older = half.Older;
        }
        else
        {
            _youngest = half.Older;
        }

        half.Older = half.Younger = null;
        Count--;
    }
}
