using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Ipv6{TLink, TPlatform}"/> names: addresses, groups and routes. The way up is in Ipv6Layer.Input.cs, the way down in Ipv6Layer.Output.cs.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>(TLink link, TPlatform platform, BufferPool buffers, StackLimits limits)
    where TLink : struct, IIpLink<Ipv6Address>
    where TPlatform : struct, IPlatform
{
    private readonly TLink _link = InAllNodes(link);
    private readonly RoutingTable _routes = new();
    private IpNetwork[] _addresses = [];
    private int _mtu = int.MaxValue;
    private int _mtuChanges;
    private Ipv6Counters _counters;

    public IReadOnlyList<IpNetwork> Addresses => _addresses;

    public IReadOnlyList<Route> Routes => _routes.Routes;

    public bool AcceptsAnyAddress { get; set; }

    public Ipv6Counters Counters => _counters with { Received = _received, Delivered = _delivered, Sent = _sent };

    public void AddAddress(IpNetwork address)
    {
        if (!address.Address.IsV6 || address.Address.IsMulticast || address.Address.IsAny || address.Address.IsLoopback || address.Address.V6.IsIpv4Mapped)
        {
            throw new ArgumentException($"{address} is not an IPv6 address that a host may have", nameof(address));
        }

        _ = RemoveAddress(address);
        _addresses = [.. _addresses, address];
        _routes.Add(new Route(address, default));
        AddGroup(Ipv6Groups.SolicitedNode(address.Address.V6));
        _link.AddAddress(address.Address.V6);
    }

    public bool RemoveAddress(IpNetwork address)
    {
        var left = _addresses.Where(a => a.Address != address.Address).ToArray();
        if (left.Length == _addresses.Length)
        {
            return false;
        }

        var removed = _addresses.First(a => a.Address == address.Address);
        _addresses = left;
        if (!left.Any(a => a.Prefix == removed.Prefix && a.PrefixLength == removed.PrefixLength))
        {
            _routes.Remove(removed);
        }

        RemoveGroup(Ipv6Groups.SolicitedNode(address.Address.V6));
        _link.RemoveAddress(address.Address.V6);
        return true;
    }

    public void AddRoute(Route route) => _routes.Add(route);

    public void RemoveRoute(IpNetwork destination) => _routes.Remove(destination);

    public void SetMtu(int? mtu)
    {
        // RFC 8200 §5: no link has less.
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu ?? Ipv6Packet.MinimumMtu, Ipv6Packet.MinimumMtu, nameof(mtu));
        _mtu = mtu ?? int.MaxValue;
        _mtuChanges++;
    }

    public bool IsLocal(in Ipv6Address address)
    {
        foreach (ref readonly var own in _addresses.AsSpan())
        {
            if (own.Address.V6 == address)
            {
                return true;
            }
        }

        return false;
    }

    public Result<IpAddress> SelectSource(IpAddress destination)
    {
        if (!destination.IsV6 || destination.IsAny)
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}");
        }

        var to = destination.V6;
        if (IsLocal(to))
        {
            return destination;
        }

        if (!destination.IsMulticast && !_routes.TryFind(destination, out _))
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}");
        }

        IpAddress best = default;
        var bestLength = -1;
        foreach (ref readonly var own in _addresses.AsSpan())
        {
            var length = CommonPrefixLength(own.Address.V6, to);
            if (length > bestLength)
            {
                (best, bestLength) = (own.Address, length);
            }
        }

        return bestLength >= 0 ? best : new DeviceError(ErrorKind.Unreachable, $"no address to reach {destination} from");
    }

    private static TLink InAllNodes(TLink link)
    {
        link.AddGroup(Ipv6Groups.AllNodes);
        return link;
    }

    private static int CommonPrefixLength(in Ipv6Address a, in Ipv6Address b) => (int)UInt128.LeadingZeroCount(a.Value ^ b.Value);
}
