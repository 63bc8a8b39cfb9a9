using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Routers: asked for (RFC 4861 §6.3.7, RFC 7559), listened to (§6.3.4), chosen among (§6.3.6, RFC 4191 §3.2), and what they redirect (§8.3).</summary>
internal sealed partial class AutoconfigurationLayer<TNdp, TPlatform>
{
    // RFC 7559 §2.
    private static readonly TimeSpan FirstSolicitationInterval = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan MaxSolicitationInterval = TimeSpan.FromHours(1);

    // RFC 4861 §6.2.1 lets routers advertise no more; less than the second makes a host flood its link for nothing.
    private static readonly TimeSpan MaxReachableTime = TimeSpan.FromHours(1);
    private static readonly TimeSpan MinRetransTimer = TimeSpan.FromMilliseconds(100);

    // RFC 3756 §4.2.7: one forged advertisement must not make a host wait for hours for what answers in no time, nor let its packets end at the first router.
    private static readonly TimeSpan MaxRetransTimer = TimeSpan.FromSeconds(10);
    private const byte MinHopLimit = 32;

    private static readonly IpNetwork Everywhere = new(Ipv6Address.Any, 0);

    private readonly List<Router> _routers = [];
    private Router? _chosen;
    private Instant _solicitAt = Instant.Never;
    private TimeSpan _solicitationInterval;

    public IReadOnlyList<Ipv6Address> Routers
        => [.. _routers.OrderByDescending(router => router == _chosen).Select(router => router.Address)];

    private void StartSolicitations(Instant now)
    {
        if (options.FollowsRouters)
        {
            _solicitationInterval = TimeSpan.Zero;
            _solicitAt = now;
            SetDue(now);
        }
    }

    private void RunRouterTimers(Instant now)
    {
        if (_solicitAt <= now)
        {
            SendSolicitation();

            // RFC 7559 §2: doubled each time, and a tenth of chance in it.
            var chance = 0.9 + (RandomFraction() / 5);
            _solicitationInterval = _solicitationInterval == TimeSpan.Zero ? FirstSolicitationInterval * chance
                : _solicitationInterval > MaxSolicitationInterval / 2 ? MaxSolicitationInterval * chance
                : _solicitationInterval * (1 + chance);
            _solicitAt = now + _solicitationInterval;
        }

        SetDue(_solicitAt);
        for (var i = _routers.Count - 1; i >= 0; i--)
        {
            if (_routers[i].Until <= now)
            {
                Remove(_routers[i], now);
            }
            else
            {
                SetDue(_routers[i].Until);
            }
        }
    }

    private void SendSolicitation()
    {
        const int Size = 8;
        if (_linkLocal is not { IsTentative: false } own)
        {
            return;
        }

        var info = new IpPacketInfo { Source = own.Address, Destination = Ipv6Groups.AllRouters, Protocol = IpProtocol.Icmpv6, TimeToLive = 255 };
        if (ip.Rent(info, Size + NdpOptions.LinkAddressSize, out var message) == LendStatus.Lent)
        {
            NdpOptions.WriteLinkAddress(message[Size..], NdpOptionType.SourceLinkAddress, ndp.Mac);
            Icmpv6Message.Write(info.Source, info.Destination, message, Icmpv6Type.RouterSolicitation, 0, 0);

            // A lost one is repeated.
            _ = ip.Send(default);
            _counters = _counters with { Solicitations = _counters.Solicitations + 1 };
        }
    }

    private void InputAdvertisement(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (!RouterAdvertisement.TryParse(info, message, out var parsed))
        {
            CountMalformed();
            return;
        }

        _counters = _counters with { Advertisements = _counters.Advertisements + 1 };
        var (now, router) = (platform.Now, info.Source.V6);
        InputParameters(parsed);
        if (parsed.Options.TryGetLinkAddress(NdpOptionType.SourceLinkAddress, out var mac))
        {
            ndp.Learn(router, mac, isRouter: true);
        }

        UpdateRouter(router, parsed, now);
        InputOptions(router, parsed.Options, now);
    }

    /// <summary>What the router says of the link; 0 says nothing, and what no sane router says is not followed.</summary>
    private void InputParameters(in RouterAdvertisement advertisement)
    {
        var (hopLimit, reachable, retransmit) = (advertisement.HopLimit, advertisement.ReachableTime, advertisement.RetransTimer);
        if (hopLimit is > 0 and < MinHopLimit || reachable > MaxReachableTime || retransmit > MaxRetransTimer)
        {
            _counters = _counters with { ParametersRefused = _counters.ParametersRefused + 1 };
        }

        if (hopLimit >= MinHopLimit)
        {
            ip.SetHopLimit(hopLimit);
        }

        ndp.SetTimes(
            reachable <= MaxReachableTime ? reachable : TimeSpan.Zero,
            retransmit > TimeSpan.Zero && retransmit < MinRetransTimer ? MinRetransTimer : retransmit <= MaxRetransTimer ? retransmit : TimeSpan.Zero);
    }

    private void UpdateRouter(Ipv6Address address, in RouterAdvertisement advertisement, Instant now)
    {
        var known = _routers.Find(router => router.Address == address);
        if (advertisement.RouterLifetime == TimeSpan.Zero)
        {
            if (known is not null)
            {
                Remove(known, now);
            }

            return;
        }

        if (known is null)
        {
            if (_routers.Count >= limits.MaxRouters)
            {
                CountDropped();
                return;
            }

            known = new Router(address);
            _routers.Add(known);
        }

        known.Until = now + advertisement.RouterLifetime;
        known.Preference = advertisement.Preference;
        SetDue(known.Until);

        // RFC 7559 §2.1: there is a router; nobody has to be asked.
        _solicitAt = Instant.Never;
        ChooseRouter();
    }

    private void Remove(Router router, Instant now)
    {
        _ = _routers.Remove(router);
        ip.ForgetRouter(router.Address);
        ChooseRouter();
        if (_routers.Count == 0)
        {
            StartSolicitations(now);
        }
    }

    /// <summary>RFC 4191 §3.2: those that are probably reachable, then by preference; the one that is in use stays so while it is as good.</summary>
    private void ChooseRouter()
    {
        Router? best = null;
        foreach (var router in _routers)
        {
            if (best is null || RankOf(router) > RankOf(best))
            {
                best = router;
            }
        }

        _isChanged |= best != _chosen;
        _chosen = best;
        if (best is null)
        {
            ip.RemoveAdvertisedRoute(Everywhere);
        }
        else
        {
            ip.AddAdvertisedRoute(new Route(Everywhere, best.Address));
        }
    }

    private int RankOf(Router router)
        => (ndp.IsProbablyReachable(router.Address) ? 10 : 0) + (2 * (int)router.Preference) + (router == _chosen ? 1 : 0);

    private void InputRedirect(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (!RedirectMessage.TryParse(info, message, out var parsed))
        {
            CountMalformed();
            return;
        }

        if (!ip.TryRedirect(info.Source.V6, parsed.Destination, parsed.Target))
        {
            _counters = _counters with { RedirectsRefused = _counters.RedirectsRefused + 1 };
            return;
        }

        _counters = _counters with { Redirects = _counters.Redirects + 1 };
        if (parsed.Options.TryGetLinkAddress(NdpOptionType.TargetLinkAddress, out var mac))
        {
            // §8.3: who is not the destination itself is a router.
            ndp.Learn(parsed.Target, mac, isRouter: parsed.Target != parsed.Destination);
        }
    }

    /// <summary>RFC 4861 §7.2.5: a router that says that it is none is none.</summary>
    private void InputNeighbour(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (!info.IsReassembled && NeighbourMessage.TryParse(info, message, out var parsed) && !parsed.IsRouter)
        {
            var target = parsed.Target;
            if (_routers.Find(router => router.Address == target) is { } router)
            {
                Remove(router, platform.Now);
            }
        }
    }

    private void CountMalformed() => _counters = _counters with { Malformed = _counters.Malformed + 1 };

    private sealed class Router(Ipv6Address address)
    {
        public Ipv6Address Address => address;

        public Instant Until { get; set; }

        public RouterPreference Preference { get; set; }
    }
}
