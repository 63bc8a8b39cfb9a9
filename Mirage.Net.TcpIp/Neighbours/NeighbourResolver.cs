using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>
/// The neighbours of one family on a link: their link addresses, what waits for these, and which of them are gone (RFC 4861 §7.3, which serves ARP as well). A protocol
/// says what it hears of them, and asks for them. NeighbourResolver.Link is the way down, .Timers unreachability detection.
/// </summary>
/// <typeparam name="TAddress">The family's address.</typeparam>
/// <typeparam name="TQuestions">How the protocol asks.</typeparam>
/// <typeparam name="TEthernet">The Ethernet layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
internal sealed partial class NeighbourResolver<TAddress, TQuestions, TEthernet, TPlatform>(
    TQuestions questions, TEthernet ethernet, EtherType type, TPlatform platform, BufferPool buffers, NeighbourTimes times, StackLimits limits)
    where TAddress : struct, IEquatable<TAddress>
    where TQuestions : struct, INeighbourQuestions<TAddress>
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly TEthernet _ethernet = ethernet;
    private readonly TPlatform _platform = platform;
    private readonly NeighbourCache<TAddress> _cache = new(limits.MaxNeighbours);
    private readonly WaitingPackets _waiting = new(buffers, limits);

    /// <summary>How many were forgotten to make room.</summary>
    public long Evicted { get; private set; }

    /// <summary>How many told of themselves and were not remembered, for want of room.</summary>
    public long Refused { get; private set; }

    /// <summary>How many did not answer.</summary>
    public long Failures { get; private set; }

    /// <summary>How many packets were dropped while they waited.</summary>
    public long WaitingDropped => _waiting.Dropped;

    /// <summary>Changes whenever a neighbour stops answering, or is forgotten.</summary>
    public int Revision { get; private set; }

    public Neighbour<TAddress>? Find(in TAddress address) => _cache.Find(address);

    public void AddStatic(TAddress address, MacAddress mac)
    {
        var neighbour = _cache.Find(address) ?? Add(address);
        neighbour.State = NeighbourState.Reachable;
        neighbour.Mac = mac;
        neighbour.Due = Instant.Never;
        _cache.Move(neighbour, NeighbourStanding.Static);
        Release(neighbour);
    }

    public ValueTask<Result<MacAddress>> QueryAsync(TAddress address, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        var neighbour = _cache.Find(address);
        if (neighbour is { IsKnown: true })
        {
            return new(neighbour.Mac);
        }

        if (neighbour is { State: NeighbourState.Unreachable })
        {
            return new(Silent(address));
        }

        neighbour ??= Ask(Add(address));
        neighbour.Awaited ??= new TaskCompletionSource<Result<MacAddress>>();
        return new(neighbour.Awaited.Task.WaitAsync(cancellation));
    }

    /// <summary>A neighbour told its address without being asked: used, but not believed to be there until it answers (RFC 4861 §7.2.3).</summary>
    /// <returns>The neighbour; <see langword="null"/> if there is no room to remember it.</returns>
    public Neighbour<TAddress>? Learn(in TAddress address, MacAddress mac)
    {
        var neighbour = _cache.Find(address);
        if (neighbour is null)
        {
            neighbour = new Neighbour<TAddress>(address, NeighbourStanding.Claimed);
            if (!TryAdd(neighbour))
            {
                Refused++;
                return null;
            }
        }

        if (!neighbour.IsStatic && (neighbour.Mac != mac || !neighbour.IsKnown))
        {
            neighbour.Mac = mac;
            BecomeStale(neighbour);
            Release(neighbour);
        }

        return neighbour;
    }

    /// <summary>It has answered, or what it sent shows that it hears this host (RFC 4861 §7.3.1).</summary>
    public void Confirm(Neighbour<TAddress> neighbour, MacAddress mac)
    {
        if (neighbour.Standing == NeighbourStanding.Claimed)
        {
            // Nobody has asked it.
            return;
        }

        neighbour.Mac = mac;
        neighbour.State = NeighbourState.Reachable;
        neighbour.IsHinted = false;
        _cache.Move(neighbour, NeighbourStanding.Proven);
        SetDue(neighbour, times.IsReachableRandom ? times.Reachable * (0.5 + RandomFraction()) : times.Reachable);
        Release(neighbour);
    }

    /// <summary>A hint from above counts as an answer for who is known already (RFC 4861 §7.3.1); a question that was asked only its answer ends.</summary>
    public void Hint(in TAddress address)
    {
        if (_cache.Find(address) is not { IsStatic: false } neighbour)
        {
            return;
        }

        switch (neighbour.State)
        {
            case NeighbourState.Reachable:
                // For when its time is over: hints come with each acknowledgement.
                neighbour.IsHinted = true;
                break;
            case NeighbourState.Stale or NeighbourState.Delay:
                Confirm(neighbour, neighbour.Mac);
                break;
        }
    }

    /// <summary>Not believed any more: asked some time after its next use.</summary>
    public void BecomeStale(Neighbour<TAddress> neighbour)
    {
        neighbour.State = NeighbourState.Stale;
        SetDue(neighbour, times.Stale);
    }

    /// <summary>Asks a neighbour that is known, and meanwhile uses it.</summary>
    public void StartProbe(Neighbour<TAddress> neighbour)
    {
        neighbour.State = NeighbourState.Probe;
        neighbour.Questions = 0;
        neighbour.IsHinted = false;
        _ = Ask(neighbour);
    }

    public void Forget(Neighbour<TAddress> neighbour)
    {
        GiveUp(neighbour);
        _cache.Remove(neighbour);
        neighbour.Due = Instant.Never;
        Revision++;
    }

    /// <summary>The device is gone: what waits for a neighbour is dropped, and who asks for one is told.</summary>
    public void End()
    {
        for (var standing = NeighbourStanding.Claimed; standing <= NeighbourStanding.Static; standing++)
        {
            while (_cache.First(standing) is { } neighbour)
            {
                Forget(neighbour);
            }
        }
    }

    private Neighbour<TAddress> Add(TAddress address)
    {
        var neighbour = new Neighbour<TAddress>(address, NeighbourStanding.Asked);
        _ = TryAdd(neighbour);
        return neighbour;
    }

    private bool TryAdd(Neighbour<TAddress> neighbour)
    {
        var isAdded = _cache.TryAdd(neighbour, out var evicted);
        if (evicted is not null)
        {
            Evicted++;
            GiveUp(evicted);
        }

        return isAdded;
    }

    /// <summary>From 0 to 1.</summary>
    private double RandomFraction()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue;
    }

    private static Result<MacAddress> Silent(TAddress address)
        => new DeviceError(ErrorKind.Unreachable, $"{address} does not answer {(typeof(TAddress) == typeof(Ipv6Address) ? "neighbour discovery" : "address resolution")} on this link");
}
