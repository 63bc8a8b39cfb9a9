using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>This host's addresses, and which of them to send from (RFC 6724 §5).</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private HostAddress[] _addresses = [];
    private int _tentative;

    /// <summary>The addresses that are not another host's.</summary>
    public IReadOnlyList<IpNetwork> Addresses => [.. _addresses.Where(own => own.State != Ipv6AddressState.Duplicate).Select(own => own.Network)];

    public void AddAddress(IpNetwork network, bool isOnLink = true, Ipv6Address advertisedBy = default)
    {
        var address = network.Address;
        if (!address.IsV6 || address.IsMulticast || address.IsAny || address.IsLoopback || address.V6.IsIpv4Mapped)
        {
            throw new ArgumentException($"{network} is not an IPv6 address that a host may have", nameof(network));
        }

        _ = RemoveAddress(network);
        var added = new HostAddress(network, isOnLink) { AdvertisedBy = advertisedBy };
        _addresses = [.. _addresses, added];
        if (isOnLink)
        {
            _routes.Add(new Route(network, default));
        }

        AddGroup(Ipv6Groups.SolicitedNode(added.Address));
        _link.AddAddress(added.Address);
        _tentative++;
        UpdateTentative();
    }

    public bool RemoveAddress(IpNetwork address)
    {
        var removed = Array.Find(_addresses, own => own.Address == address.Address.V6);
        if (removed is null)
        {
            return false;
        }

        _addresses = [.. _addresses.Where(own => own != removed)];
        _tentative -= removed.State == Ipv6AddressState.Tentative ? 1 : 0;
        if (removed.IsOnLink && !Array.Exists(_addresses, own => own.IsOnLink && own.Network.Prefix == removed.Network.Prefix && own.Network.PrefixLength == removed.Network.PrefixLength))
        {
            _routes.Remove(removed.Network);
        }

        RemoveGroup(Ipv6Groups.SolicitedNode(removed.Address));
        _link.RemoveAddress(removed.Address);
        return true;
    }

    public Ipv6AddressState StateOf(Ipv6Address address) => Find(address)?.State ?? Ipv6AddressState.None;

    /// <summary>An address gets old, or young again (RFC 4862 §5.5.4).</summary>
    public void SetDeprecated(Ipv6Address address, bool isDeprecated)
    {
        if (Find(address) is { IsReady: true } own)
        {
            own.State = isDeprecated ? Ipv6AddressState.Deprecated : Ipv6AddressState.Preferred;
        }
    }

    /// <summary>Whether an address is this host's, even if it may not be used yet; <c>::1</c> is, and never on a link (RFC 4291 §2.5.3).</summary>
    public bool IsLocal(in Ipv6Address address) => address.IsLoopback || Find(address) is { State: not Ipv6AddressState.Duplicate };

    private bool IsReady(in Ipv6Address address) => Find(address) is { IsReady: true };

    private HostAddress? Find(in Ipv6Address address)
    {
        foreach (var own in _addresses)
        {
            if (own.Address == address)
            {
                return own;
            }
        }

        return null;
    }

    /// <summary>Asks the link what has become of addresses that other hosts might have (RFC 4862 §5.4).</summary>
    private void UpdateTentative()
    {
        foreach (var own in _addresses)
        {
            if (own.State != Ipv6AddressState.Tentative)
            {
                continue;
            }

            switch (_link.StateOf(own.Address))
            {
                case LinkAddressState.Ready:
                    own.State = Ipv6AddressState.Preferred;
                    _tentative--;
                    break;
                case LinkAddressState.Duplicate:
                    own.State = Ipv6AddressState.Duplicate;
                    _tentative--;
                    _counters = _counters with { DuplicateAddresses = _counters.DuplicateAddresses + 1 };
                    TellOfDuplicate(own.Address);
                    break;
            }
        }
    }

    /// <summary>Apart, so that what tells a person is not compiled into the packets' way.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void TellOfDuplicate(Ipv6Address address)
        => platform.Report("ipv6", new DeviceError(ErrorKind.InUse, $"{address} is another host's on this link (RFC 4862 §5.4), and not used").ToException());

    public Result<IpAddress> SelectSource(IpAddress destination)
    {
        if (!destination.IsV6 || destination.IsAny)
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}");
        }

        if (destination.IsLoopback)
        {
            return destination;
        }

        IpAddress nextHop = default;
        if (!IsReady(destination.V6) && !destination.IsMulticast && !_routes.TryFind(destination, out nextHop))
        {
            return new DeviceError(ErrorKind.Unreachable, $"no route to {destination}");
        }

        HostAddress? best = null;
        foreach (var own in _addresses)
        {
            if (own.IsReady && (best is null || IsBetter(own, best, destination, nextHop.V6)))
            {
                best = own;
            }
        }

        return best is not null ? best.Network.Address
            : new DeviceError(ErrorKind.Unreachable, $"no address to reach {destination} from{(_tentative > 0 ? " yet: whether others have them is being asked" : "")}");
    }

    /// <summary>RFC 6724 §5, pair-wise: whether a beats b as the source to a destination.</summary>
    private static bool IsBetter(HostAddress a, HostAddress b, in IpAddress destination, in Ipv6Address nextHop)
    {
        // Rule 1: the destination itself.
        if (a.Address == destination.V6 || b.Address == destination.V6)
        {
            return a.Address == destination.V6;
        }

        // Rule 2: the smallest scope that is not smaller than the destination's, or else the largest.
        var (scopeA, scopeB, scope) = (AddressSelection.Scope(a.Address), AddressSelection.Scope(b.Address), AddressSelection.Scope(destination));
        if (scopeA != scopeB)
        {
            return scopeA < scopeB ? scopeA >= scope : scopeB < scope;
        }

        // Rule 3: not a deprecated one.
        if (a.State != b.State)
        {
            return a.State == Ipv6AddressState.Preferred;
        }

        // Rule 5.5: of a network that the next hop advertised. (Rules 4, 5 and 7 are about mobility, several interfaces, and temporary addresses.)
        var (byHopA, byHopB) = (!nextHop.IsAny && a.AdvertisedBy == nextHop, !nextHop.IsAny && b.AdvertisedBy == nextHop);
        if (byHopA != byHopB)
        {
            return byHopA;
        }

        // Rule 6: the same label.
        var label = AddressSelection.Label(destination);
        var (labelA, labelB) = (AddressSelection.Label(a.Address) == label, AddressSelection.Label(b.Address) == label);
        if (labelA != labelB)
        {
            return labelA;
        }

        // Rule 8: the longest matching prefix, of the bits that name the network.
        return CommonPrefix(a, destination) > CommonPrefix(b, destination);
    }

    private static int CommonPrefix(HostAddress own, in IpAddress destination)
        => Math.Min(own.Network.PrefixLength, AddressSelection.CommonPrefixLength(own.Network.Address, destination));
}
