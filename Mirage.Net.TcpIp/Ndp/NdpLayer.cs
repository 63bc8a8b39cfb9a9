using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Ndp{TEthernet, TPlatform}"/> names: the neighbour cache and this host's addresses. NdpLayer.Link is the way down, .Addresses what this host has, .Input what neighbours say,
/// .Timers unreachability detection, .Messages what is sent.</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>(TEthernet ethernet, TPlatform platform, BufferPool buffers, NdpSettings settings, StackLimits limits)
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly TEthernet _ethernet = ethernet;
    private readonly List<Ipv6Neighbour> _failed = [];
    private readonly WaitingPackets _waiting = new(buffers, limits);
    private readonly TPlatform _platform = platform;
    private readonly Ipv6NeighbourCache _cache = new(limits.MaxNeighbours);
    private Instant _due = Instant.Never;
    private long _received;
    private long _malformed;
    private long _conflicts;
    private long _duplicates;
    private long _failures;
    private long _evicted;

    public int Mtu => _ethernet.Mtu;

    public NdpCounters Counters => new()
    {
        Received = _received,
        Malformed = _malformed,
        Conflicts = _conflicts,
        Duplicates = _duplicates,
        Failures = _failures,
        WaitingDropped = _waiting.Dropped,
        Evicted = _evicted,
    };

    public MacAddress Mac => _ethernet.Mac;

    public int Revision { get; private set; }

    public void AddGroup(Ipv6Address group) => _ethernet.AddGroup(MacAddress.ForMulticast(group));

    public void RemoveGroup(Ipv6Address group) => _ethernet.RemoveGroup(MacAddress.ForMulticast(group));

    public void AddStatic(Ipv6Address address, MacAddress mac)
    {
        var neighbour = _cache.Find(address) ?? Add(address);
        neighbour.State = NudState.Static;
        neighbour.Mac = mac;
        neighbour.Due = Instant.Never;
        _cache.Prove(neighbour);
        Release(neighbour);
    }

    public ValueTask<Result<MacAddress>> QueryAsync(Ipv6Address address, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        var neighbour = _cache.Find(address);
        if (neighbour is { IsKnown: true })
        {
            return new(neighbour.Mac);
        }

        if (neighbour is { State: NudState.Unreachable })
        {
            return new(Unreachable(address));
        }

        neighbour ??= Resolve(Add(address));
        neighbour.Asked ??= new TaskCompletionSource<Result<MacAddress>>();
        return new(neighbour.Asked.Task.WaitAsync(cancellation));
    }

    /// <summary>The device is gone: what waits for a neighbour is dropped, and who asks for one is told.</summary>
    public void End()
    {
        EndProbes();
        while ((_cache.FirstUnproven ?? _cache.FirstProven) is { } neighbour)
        {
            GiveUp(neighbour);
            _cache.Remove(neighbour);
        }
    }

    private Ipv6Neighbour Add(Ipv6Address address)
    {
        var neighbour = new Ipv6Neighbour(address);
        if (_cache.Add(neighbour) is { } evicted)
        {
            _evicted++;
            GiveUp(evicted);
        }

        return neighbour;
    }

    private void SetDue(Ipv6Neighbour neighbour, Instant due)
    {
        neighbour.Due = due;
        _due = Instant.Min(_due, due);
    }

    /// <summary>The link-layer address is known: sends what waited for it.</summary>
    private void Release(Ipv6Neighbour neighbour)
    {
        while (neighbour.Waiting.TryDequeue(out var packet))
        {
            if (_ethernet.Rent(neighbour.Mac, EtherType.Ipv6, packet.Length, out var payload) == LendStatus.Lent)
            {
                packet.Buffer.AsSpan(0, packet.Length).CopyTo(payload);
                _ = _ethernet.Send(packet.Length, packet.Info);
                _waiting.Return(packet);
            }
            else
            {
                _waiting.Drop(packet);
            }
        }

        if (neighbour.Asked is not null)
        {
            Answer(neighbour, neighbour.Mac);
        }
    }

    /// <summary>The link-layer address will not be known: drops what waited for it.</summary>
    private void GiveUp(Ipv6Neighbour neighbour)
    {
        while (neighbour.Waiting.TryDequeue(out var packet))
        {
            _waiting.Drop(packet);
        }

        if (neighbour.Asked is not null)
        {
            Answer(neighbour, Unreachable(neighbour.Address));
        }
    }

    /// <summary>Posted, so that what awaits the answer does not run in the middle of a packet.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Answer(Ipv6Neighbour neighbour, Result<MacAddress> result)
    {
        var asked = neighbour.Asked!;
        neighbour.Asked = null;
        _platform.Post(_ => asked.SetResult(result), null);
    }

    /// <summary>From 0 to 1.</summary>
    private double RandomFraction()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue;
    }

    private static Result<MacAddress> Unreachable(Ipv6Address address)
        => new DeviceError(ErrorKind.Unreachable, $"{address} does not answer neighbour discovery on this link");
}
