using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Networks and name servers that routers advertise (RFC 4861 §6.3.4, RFC 4862 §5.5.3, RFC 8106 §5.1).</summary>
internal sealed partial class AutoconfigurationLayer<TNdp, TPlatform>
{
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    private readonly List<OnLinkNetwork> _networks = [];
    private readonly List<NameServer> _servers = [];

    public IReadOnlyList<IpAddress> NameServers => [.. _servers.Select(server => server.Address)];

    private void InputOptions(in Ipv6Address router, in NdpOptions messageOptions, Instant now)
    {
        foreach (var option in messageOptions)
        {
            switch ((NdpOptionType)option[0])
            {
                case NdpOptionType.Mtu when option.Length >= 8:
                    InputMtu(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                    break;
                case NdpOptionType.PrefixInformation when option.Length == PrefixInformation.Size:
                    InputPrefix(router, new PrefixInformation(option), now);
                    break;
                case NdpOptionType.RecursiveDnsServer when option.Length >= 8 + Ipv6Address.Size:
                    InputServers(option, now);
                    break;
            }
        }
    }

    private void InputMtu(uint mtu)
    {
        // RFC 4861 §6.3.4: between the least that there may be and what the link can carry.
        if (mtu >= Ipv6Packet.MinimumMtu && mtu <= ndp.Mtu)
        {
            ip.SetAdvertisedMtu((int)mtu);
        }
    }

    private void InputPrefix(in Ipv6Address router, in PrefixInformation information, Instant now)
    {
        if (information.Prefix.IsLinkLocal)
        {
            return;
        }

        if (information.PrefixLength is 0 or > 128 || information.Prefix.IsMulticast || information.PreferredLifetime > information.ValidLifetime)
        {
            _counters = _counters with { PrefixesRefused = _counters.PrefixesRefused + 1 };
            return;
        }

        var network = new IpNetwork(information.Prefix, information.PrefixLength);
        if (information.IsOnLink)
        {
            UpdateNetwork(new IpNetwork(network.Prefix, network.PrefixLength), After(now, information.ValidLifetime), now);
        }

        if (information.IsAutonomous)
        {
            UpdateAddress(router, network, information, now);
        }
    }

    private void UpdateNetwork(IpNetwork network, Instant until, Instant now)
    {
        var known = _networks.Find(other => other.Network == network);
        if (until <= now)
        {
            // A lifetime of zero: not on the link any more.
            if (known is not null)
            {
                Forget(known);
            }
        }
        else if (known is not null)
        {
            known.Until = until;
        }
        else if (_networks.Count >= limits.MaxAdvertisedPrefixes)
        {
            CountDropped();
            return;
        }
        else
        {
            known = new OnLinkNetwork(network) { Until = until };
            _networks.Add(known);
        }

        if (until > now)
        {
            // Again each time: the program may have set one, and taken it away.
            ip.AddAdvertisedRoute(new Route(network, default));
        }

        SetDue(until);
    }

    private void Forget(OnLinkNetwork known)
    {
        _ = _networks.Remove(known);
        ip.RemoveAdvertisedRoute(known.Network);
    }

    private void UpdateAddress(in Ipv6Address router, IpNetwork network, in PrefixInformation information, Instant now)
    {
        var prefix = network.Prefix.V6;
        if (network.PrefixLength != IdentifierLength)
        {
            // RFC 4862 §5.5.3 (d): what is left is no identifier of ours.
            _counters = _counters with { PrefixesRefused = _counters.PrefixesRefused + 1 };
            return;
        }

        var own = _own.Find(other => other != _linkLocal && other.Prefix == prefix);
        var valid = After(now, information.ValidLifetime);
        if (own is null)
        {
            if (information.ValidLifetime == 0)
            {
                return;
            }

            if (_own.Count > limits.MaxAdvertisedPrefixes)
            {
                CountDropped();
                return;
            }

            own = new OwnAddress(prefix, router) { ValidUntil = valid };
            Take(own);
        }
        else if (valid - now > TwoHours || valid > own.ValidUntil)
        {
            own.ValidUntil = valid;
        }
        else if (own.ValidUntil - now > TwoHours)
        {
            // §5.5.3 (e): one forged advertisement must not take an address away at once.
            own.ValidUntil = now + TwoHours;
        }

        own.PreferredUntil = After(now, information.PreferredLifetime);
        SetDeprecated(own, own.PreferredUntil <= now);
        SetDue(Instant.Min(own.PreferredUntil, own.ValidUntil));
    }

    private void SetDeprecated(OwnAddress own, bool isDeprecated)
    {
        own.IsDeprecated = isDeprecated;
        ip.SetDeprecated(own.Address, isDeprecated);
    }

    private void InputServers(ReadOnlySpan<byte> option, Instant now)
    {
        var until = After(now, BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        for (var position = 8; position + Ipv6Address.Size <= option.Length; position += Ipv6Address.Size)
        {
            UpdateServer(new Ipv6Address(option[position..]), until, now);
        }

        SetDue(until);
    }

    private void UpdateServer(Ipv6Address address, Instant until, Instant now)
    {
        var known = _servers.Find(other => other.Address == address);
        if (until <= now)
        {
            _isChanged |= known is not null && _servers.Remove(known);
        }
        else if (known is not null)
        {
            known.Until = until;
        }
        else if (_servers.Count >= limits.MaxAdvertisedNameServers || address.IsMulticast || address.IsAny || address.IsLoopback)
        {
            CountDropped();
        }
        else
        {
            _servers.Add(new NameServer(address) { Until = until });
            _isChanged = true;
        }
    }

    private void RunPrefixTimers(Instant now)
    {
        for (var i = _networks.Count - 1; i >= 0; i--)
        {
            if (_networks[i].Until <= now)
            {
                Forget(_networks[i]);
            }
            else
            {
                SetDue(_networks[i].Until);
            }
        }

        for (var i = _own.Count - 1; i >= 0; i--)
        {
            var own = _own[i];
            if (own.ValidUntil <= now)
            {
                GiveUp(own);
                continue;
            }

            if (own.PreferredUntil <= now && !own.IsDeprecated)
            {
                SetDeprecated(own, true);
            }

            SetDue(own.PreferredUntil > now ? own.PreferredUntil : own.ValidUntil);
        }
    }

    private void RunServerTimers(Instant now)
    {
        _isChanged |= _servers.RemoveAll(server => server.Until <= now) > 0;
        foreach (var server in _servers)
        {
            SetDue(server.Until);
        }
    }

    private void CountDropped() => _counters = _counters with { Dropped = _counters.Dropped + 1 };

    private sealed class OnLinkNetwork(IpNetwork network)
    {
        public IpNetwork Network => network;

        public Instant Until { get; set; }
    }

    private sealed class NameServer(Ipv6Address address)
    {
        public IpAddress Address => address;

        public Instant Until { get; set; }
    }
}
