namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Ipv4{TLink, TPlatform}"/> names: addresses and routes. The way up is in Ipv4Layer.Input.cs, the way down in Ipv4Layer.Output.cs.</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>(TLink link, TPlatform platform, BufferPool buffers, StackLimits limits)
    where TLink : struct, IIpLink<Ipv4Address>
    where TPlatform : struct, IPlatform
{
    private const int MinimumMtu = 576;

    private readonly TLink _link = InAllHosts(link);
    private readonly RoutingTable _routes = new();
    private IpNetwork[] _addresses = [];
    private int _mtu = int.MaxValue;
    private int _mtuChanges;
    private Ipv4Counters _counters;

    public IReadOnlyList<IpNetwork> Addresses => _addresses;

    public IReadOnlyList<Route> Routes => _routes.Routes;

    public bool AcceptsAnyAddress { get; set; }

    public Ipv4Counters Counters => _counters with
    {
        Received = _received,
        Delivered = _delivered,
        Sent = _sent,
        LoopbackDropped = _loopback.Dropped,
        PathMtusEvicted = _paths.Evicted,
        Fragments = _reassembler.Counters,
        Igmp = _igmp with { Version = _reports.VersionAt(platform.Now) },
    };

    public void SetMtu(int? mtu)
    {
        // RFC 791 §3.2: every host takes packets of 576 bytes.
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu ?? MinimumMtu, MinimumMtu, nameof(mtu));
        _mtu = mtu ?? int.MaxValue;
        _mtuChanges++;
    }

    public void AddAddress(IpNetwork address)
    {
        if (!address.Address.IsV4)
        {
            throw new ArgumentException($"{address} is not an IPv4 address", nameof(address));
        }

        // RFC 1122 §3.2.1.3, RFC 3021: the network itself and everyone in it are no hosts, but where there are two addresses, or one.
        var host = address.Address.V4;
        var isNetwork = address.PrefixLength <= 30 && (address.Address == address.Prefix || address.Address == address.Broadcast);
        if (isNetwork || host.IsAny || host.IsBroadcast || host.IsMulticast || host.IsLoopback)
        {
            throw new ArgumentException($"{address} is not an IPv4 address that a host may have", nameof(address));
        }

        _ = RemoveAddress(address);
        _addresses = [.. _addresses, address];
        _routes.Add(new Route(address, default));
        _link.AddAddress(address.Address.V4);
    }

    public bool RemoveAddress(IpNetwork address)
    {
        var index = Array.FindIndex(_addresses, own => own.Address == address.Address);
        if (index < 0)
        {
            return false;
        }

        // With the network that it had, which need not be the one that is named now.
        var removed = _addresses[index];
        _addresses = [.. _addresses[..index], .. _addresses[(index + 1)..]];
        if (!Array.Exists(_addresses, own => own.Prefix == removed.Prefix && own.PrefixLength == removed.PrefixLength))
        {
            _routes.Remove(removed);
        }

        _link.RemoveAddress(address.Address.V4);
        return true;
    }

    public void AddRoute(Route route) => _routes.Add(route);

    public void RemoveRoute(IpNetwork destination) => _routes.Remove(destination);

    public bool IsLocal(IpAddress address)
    {
        foreach (ref readonly var own in _addresses.AsSpan())
        {
            if (own.Address == address)
            {
                return true;
            }
        }

        // RFC 1122 §3.2.1.3 (g): 127.0.0.0/8 is this host, and never on a link.
        return address.IsV4 && address.V4.IsLoopback;
    }

    /// <summary>The address in the network of the next hop, or else the first (RFC 1122 §3.3.4.3).</summary>
    public Result<IpAddress> SelectSource(IpAddress destination)
    {
        if (!destination.IsV4 || destination.IsAny)
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}: this stack speaks IPv4");
        }

        if (IsLocal(destination))
        {
            return destination;
        }

        var onLink = destination.V4.IsBroadcast || destination.IsMulticast;
        if (!_routes.TryFind(destination, out var nextHop) && !onLink)
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}");
        }

        foreach (ref readonly var own in _addresses.AsSpan())
        {
            if (onLink || own.Contains(nextHop))
            {
                return own.Address;
            }
        }

        return _addresses.Length > 0
            ? _addresses[0].Address
            : new DeviceError(ErrorKind.Unreachable, $"no address to reach {destination} from");
    }

    private static TLink InAllHosts(TLink link)
    {
        link.AddGroup(Ipv4Address.AllHosts);
        return link;
    }

    private bool IsDirectedBroadcast(IpAddress address)
    {
        foreach (ref readonly var own in _addresses.AsSpan())
        {
            if (own.Broadcast == address)
            {
                return true;
            }
        }

        return false;
    }
}
