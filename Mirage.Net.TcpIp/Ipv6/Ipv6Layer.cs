using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Ipv6{TLink, TPlatform}"/> names: routes and times. The way up is in Ipv6Layer.Input.cs, .Extensions.cs and .Fragments.cs, the way down in Ipv6Layer.Output.cs;
/// addresses are in Ipv6Layer.Addresses.cs, groups in Ipv6Layer.Groups.cs and .Listeners.cs.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>(TLink link, TPlatform platform, BufferPool buffers, StackLimits limits)
    where TLink : struct, IIpLink<Ipv6Address>
    where TPlatform : struct, IPlatform
{
    private readonly TLink _link = InAllNodes(link);
    private readonly RoutingTable _routes = new();
    private readonly Redirects _redirects = new(limits.MaxRedirects);
    private int _mtu = int.MaxValue;
    private int _advertisedMtu = int.MaxValue;
    private int _mtuChanges;
    private Ipv6Counters _counters;

    public IReadOnlyList<Route> Routes => _routes.Routes;

    public bool AcceptsAnyAddress { get; set; }

    public Ipv6Counters Counters => _counters with
    {
        Received = _received,
        Delivered = _delivered,
        Sent = _sent,
        LoopbackDropped = _loopback.Dropped,
        PathMtusEvicted = _paths.Evicted,
        RedirectsEvicted = _redirects.Evicted,
        Fragments = _reassembler.Counters,
    };

    public void AddRoute(Route route) => _routes.Add(route);

    public void RemoveRoute(IpNetwork destination) => _routes.Remove(destination);

    public void AddAdvertisedRoute(Route route) => _routes.AddAdvertised(route);

    public void RemoveAdvertisedRoute(IpNetwork destination) => _routes.RemoveAdvertised(destination);

    /// <summary>Takes a better first hop to a destination, from the router that is the first hop now (RFC 4861 §8.3).</summary>
    /// <returns>Whether it is that router's to say (§8.1).</returns>
    public bool TryRedirect(in Ipv6Address router, in Ipv6Address destination, in Ipv6Address nextHop)
    {
        if (!_redirects.TryFind(destination, out var current))
        {
            current = _routes.TryFind(destination, out var routed) ? routed.V6 : default;
        }

        if (current != router)
        {
            return false;
        }

        _redirects.Set(destination, nextHop);
        return true;
    }

    /// <summary>Forgets the redirects to a router that is none any more.</summary>
    public void ForgetRouter(Ipv6Address router) => _redirects.RemoveThrough(router);

    public void SetMtu(int? mtu)
    {
        // RFC 8200 §5: no link has less.
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu ?? Ipv6Packet.MinimumMtu, Ipv6Packet.MinimumMtu, nameof(mtu));
        _mtu = mtu ?? int.MaxValue;
        _mtuChanges++;
    }

    public void SetAdvertisedMtu(int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, Ipv6Packet.MinimumMtu);
        _mtuChanges += mtu != _advertisedMtu ? 1 : 0;
        _advertisedMtu = mtu;
    }

    /// <summary>What is due: addresses become ready, fragments are given up, path MTUs age, groups are reported.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
    {
        ExpireFragments(now, handler);
        if (_tentative > 0)
        {
            UpdateTentative();
        }

        return Instant.Min(RunListenerTimers(now), Instant.Min(_reassembler.Due, _paths.RunTimers(now)));
    }

    private static TLink InAllNodes(TLink link)
    {
        link.AddGroup(Ipv6Groups.AllNodes);
        return link;
    }
}
