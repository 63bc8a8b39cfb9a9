using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Arp{TEthernet, TPlatform}"/> names: the cache, this host's addresses, and what is being asked.</summary>
internal sealed partial class ArpLayer<TEthernet, TPlatform>(TEthernet ethernet, TPlatform platform, BufferPool buffers, ArpOptions options, StackLimits limits)
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly TEthernet _ethernet = ethernet;
    private readonly List<Neighbour> _failed = [];
    private readonly WaitingPackets _waiting = new(buffers, limits);
    private readonly TPlatform _platform = platform;
    private readonly NeighbourCache _cache = new(limits.MaxNeighbours);
    private readonly List<Ipv4Address> _own = [];
    private readonly List<OwnAddress> _ownStates = [];
    private Instant _due = Instant.Never;
    private long _received;
    private long _malformed;
    private long _takeovers;
    private long _conflicts;
    private long _evicted;

    public int Mtu => _ethernet.Mtu;

    public ArpCounters Counters => new()
    {
        Received = _received,
        Malformed = _malformed,
        Takeovers = _takeovers,
        Conflicts = _conflicts,
        WaitingDropped = _waiting.Dropped,
        Evicted = _evicted,
    };

    public void AddAddress(Ipv4Address address)
    {
        if (!_own.Contains(address))
        {
            _own.Add(address);

            // RFC 5227 §2.3: others that have an old entry for the address learn the new one.
            Announce(address);
            _ownStates.Add(new OwnAddress(address) { Left = options.AnnounceCount - 1, AnnounceAt = _platform.Now + options.AnnounceInterval });
            _due = Instant.Min(_due, _platform.Now + options.AnnounceInterval);
        }
    }

    public void RemoveAddress(Ipv4Address address)
    {
        _ = _own.Remove(address);
        _ = _ownStates.RemoveAll(own => own.Address == address);
    }

    public void AddGroup(Ipv4Address group) => _ethernet.AddGroup(MacAddress.ForMulticast(group));

    public void RemoveGroup(Ipv4Address group) => _ethernet.RemoveGroup(MacAddress.ForMulticast(group));

    public void AddStatic(Ipv4Address address, MacAddress mac)
    {
        var neighbour = _cache.Find(address) ?? Add(address);
        neighbour.State = NeighbourState.Static;
        neighbour.Mac = mac;
        neighbour.Due = Instant.Never;
        Release(neighbour, mac);
    }

    public ValueTask<Result<MacAddress>> QueryAsync(Ipv4Address address, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        var neighbour = _cache.Find(address);
        if (neighbour is { IsKnown: true })
        {
            return new(neighbour.Mac);
        }

        if (neighbour is { State: NeighbourState.Unreachable })
        {
            return new(Unreachable(address));
        }

        neighbour ??= Ask(Add(address));
        neighbour.Asked ??= new TaskCompletionSource<Result<MacAddress>>();
        return new(neighbour.Asked.Task.WaitAsync(cancellation));
    }

    public void Input(ReadOnlySpan<byte> packet)
    {
        _received++;
        if (!ArpPacket.TryParse(packet, out var arp) || arp.SenderMac.IsMulticast || arp.SenderMac.IsZero
            || arp.SenderAddress.IsMulticast || arp.SenderAddress.IsBroadcast || arp.SenderAddress.IsLoopback)
        {
            _malformed++;
            return;
        }

        var sender = arp.SenderAddress;
        if (_probes.Count > 0)
        {
            CheckProbes(sender, arp.SenderMac, arp.TargetAddress);
        }

        if (_own.Contains(sender))
        {
            if (arp.SenderMac != _ethernet.Mac)
            {
                Defend(sender, arp.SenderMac);
            }

            return;
        }

        var forUs = _own.Contains(arp.TargetAddress);
        var isRequestForUs = forUs && arp.Operation == ArpOperation.Request;
        var neighbour = sender.IsAny ? null : _cache.Find(sender);
        if (neighbour is not null)
        {
            Update(neighbour, arp.SenderMac, forUs);
        }
        else if (isRequestForUs && !sender.IsAny)
        {
            Confirm(Add(sender), arp.SenderMac);
        }

        if (isRequestForUs)
        {
            // A probe (RFC 5227 §2.1.1) has no sender address and is answered all the same.
            SendPacket(arp.SenderMac, ArpOperation.Reply, arp.TargetAddress, arp.SenderMac, sender);
        }
    }

    private void Update(Neighbour neighbour, MacAddress mac, bool forUs)
    {
        switch (neighbour.State)
        {
            case NeighbourState.Static:
                break;
            case NeighbourState.Incomplete or NeighbourState.Unreachable when forUs:

            // Another host's answer counts only when the known one had its chances: else whoever makes us ask could answer in its place.
            case NeighbourState.Refreshing when forUs && (neighbour.Mac == mac || neighbour.Requests >= options.MaxRequests):
            case NeighbourState.Reachable when neighbour.Mac == mac && forUs:
                Confirm(neighbour, mac);
                break;
            case NeighbourState.Reachable when neighbour.Mac != mac:
                _takeovers++;
                StartRefresh(neighbour);
                break;
        }
    }

    private void Confirm(Neighbour neighbour, MacAddress mac)
    {
        neighbour.State = NeighbourState.Reachable;
        neighbour.Mac = mac;
        SetDue(neighbour, _platform.Now + options.Lifetime);
        Release(neighbour, mac);
    }

    /// <summary>The device is gone: what waits for a neighbour is dropped, and who asks for one is told.</summary>
    public void End()
    {
        while (_cache.First is { } neighbour)
        {
            Forget(neighbour);
        }
    }

    private Neighbour Add(Ipv4Address address)
    {
        var neighbour = new Neighbour(address);
        if (_cache.Add(neighbour) is { } evicted)
        {
            _evicted++;
            GiveUp(evicted);
        }

        return neighbour;
    }

    private void Announce(Ipv4Address address)
        => SendPacket(MacAddress.Broadcast, ArpOperation.Request, address, default, address);

    /// <summary>Sends, or drops where the device is full: every question is repeated, and an answer is asked for again.</summary>
    private void SendPacket(MacAddress destination, ArpOperation operation, Ipv4Address sender, MacAddress targetMac, Ipv4Address target)
    {
        if (_ethernet.Rent(destination, EtherType.Arp, ArpPacket.Size, out var payload) == LendStatus.Lent)
        {
            ArpPacket.Write(payload, operation, _ethernet.Mac, sender, targetMac, target);
            _ = _ethernet.Send(ArpPacket.Size, default);
        }
    }

    private static Result<MacAddress> Unreachable(Ipv4Address address)
        => new DeviceError(ErrorKind.Unreachable, $"{address} does not answer address resolution on this link");
}
