using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Arp{TEthernet, TPlatform}"/> names: this host's addresses, and what is heard of neighbours.</summary>
internal sealed partial class ArpLayer<TEthernet, TPlatform>
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly TEthernet _ethernet;
    private readonly TPlatform _platform;
    private readonly ArpOptions _options;
    private readonly NeighbourResolver<Ipv4Address, Questions, TEthernet, TPlatform> _neighbours;
    private readonly List<Ipv4Address> _own = [];
    private readonly List<OwnAddress> _ownStates = [];
    private Instant _due = Instant.Never;
    private long _received;
    private long _malformed;
    private long _takeovers;
    private long _conflicts;

    public ArpLayer(TEthernet ethernet, TPlatform platform, BufferPool buffers, ArpOptions options, StackLimits limits)
    {
        _ethernet = ethernet;
        _platform = platform;
        _options = options;
        var times = new NeighbourTimes
        {
            Retry = options.RetryInterval,
            Reachable = options.Lifetime,
            Stale = options.Lifetime,
            DelayFirstProbe = options.DelayFirstProbe,
            MaxGroupQuestions = options.MaxRequests,
            MaxDirectQuestions = options.MaxRequests - 1,
            MaxLastGroupQuestions = 1,
            Unreachable = options.UnreachableTime,
        };
        _neighbours = new(new Questions(this), ethernet, EtherType.Ipv4, platform, buffers, times, limits);
    }

    public int Mtu => _ethernet.Mtu;

    public ArpCounters Counters => new()
    {
        Received = _received,
        Malformed = _malformed,
        Takeovers = _takeovers,
        Conflicts = _conflicts,
        Failures = _neighbours.Failures,
        WaitingDropped = _neighbours.WaitingDropped,
        Evicted = _neighbours.Evicted,
        ClaimsRefused = _neighbours.Refused,
    };

    public void AddAddress(Ipv4Address address)
    {
        if (!_own.Contains(address))
        {
            _own.Add(address);

            // RFC 5227 §2.3: others that have an old entry for the address learn the new one.
            Announce(address);
            _ownStates.Add(new OwnAddress(address) { Left = _options.AnnounceCount - 1, AnnounceAt = _platform.Now + _options.AnnounceInterval });
            _due = Instant.Min(_due, _platform.Now + _options.AnnounceInterval);
        }
    }

    public void RemoveAddress(Ipv4Address address)
    {
        _ = _own.Remove(address);
        _ = _ownStates.RemoveAll(own => own.Address == address);
    }

    public void AddGroup(Ipv4Address group) => _ethernet.AddGroup(MacAddress.ForMulticast(group));

    public void RemoveGroup(Ipv4Address group) => _ethernet.RemoveGroup(MacAddress.ForMulticast(group));

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
        var neighbour = sender.IsAny ? null : _neighbours.Find(sender);
        if (neighbour is not null)
        {
            Update(neighbour, arp.SenderMac, forUs, isAnswer: forUs && !isRequestForUs);
        }
        else if (isRequestForUs && !sender.IsAny)
        {
            _ = _neighbours.Learn(sender, arp.SenderMac);
        }

        if (isRequestForUs)
        {
            // A probe (RFC 5227 §2.1.1) has no sender address and is answered all the same.
            _ = SendPacket(arp.SenderMac, ArpOperation.Reply, arp.TargetAddress, arp.SenderMac, sender);
        }
    }

    private void Update(Neighbour<Ipv4Address> neighbour, MacAddress mac, bool forUs, bool isAnswer)
    {
        if (neighbour.IsStatic)
        {
            return;
        }

        switch (neighbour.State)
        {
            case NeighbourState.Incomplete or NeighbourState.Unreachable when isAnswer:

            // Another host's answer counts only when the known one had its chances: else whoever makes us ask could answer in its place.
            case NeighbourState.Probe when isAnswer && (neighbour.Mac == mac || neighbour.Questions >= _options.MaxRequests):
                _neighbours.Confirm(neighbour, mac);
                break;
            case NeighbourState.Incomplete or NeighbourState.Unreachable when forUs:
                _ = _neighbours.Learn(neighbour.Address, mac);
                break;
            case NeighbourState.Reachable or NeighbourState.Stale or NeighbourState.Delay when neighbour.Mac != mac:
                CheckTakeover(neighbour);
                break;
        }
    }

    /// <summary>Another host claims a neighbour's address: the one that is known is asked. Who is not used is asked for when it is.</summary>
    private void CheckTakeover(Neighbour<Ipv4Address> neighbour)
    {
        _takeovers++;
        if (neighbour.Standing == NeighbourStanding.Claimed)
        {
            _neighbours.Forget(neighbour);
        }
        else
        {
            _neighbours.StartProbe(neighbour);
        }
    }

    private void Announce(Ipv4Address address)
        => _ = SendPacket(MacAddress.Broadcast, ArpOperation.Request, address, default, address);

    /// <returns>Whether the device had room. An answer for which it had none is asked for again.</returns>
    private bool SendPacket(MacAddress destination, ArpOperation operation, Ipv4Address sender, MacAddress targetMac, Ipv4Address target)
    {
        var status = _ethernet.Rent(destination, EtherType.Arp, ArpPacket.Size, out var payload);
        if (status != LendStatus.Lent)
        {
            return status != LendStatus.Full;
        }

        ArpPacket.Write(payload, operation, _ethernet.Mac, sender, targetMac, target);
        return _ethernet.Send(ArpPacket.Size, default) != SendStatus.Full;
    }

    /// <summary>Questions come from one of this host's addresses, or from none.</summary>
    private readonly struct Questions(ArpLayer<TEthernet, TPlatform> layer) : INeighbourQuestions<Ipv4Address>
    {
        public bool Ask(in Ipv4Address address, MacAddress? mac)
            => layer.SendPacket(mac ?? MacAddress.Broadcast, ArpOperation.Request, layer._own.Count > 0 ? layer._own[0] : Ipv4Address.Any, default, address);
    }
}
