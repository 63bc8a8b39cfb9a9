using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What neighbours ask and tell (RFC 4861 §7.2.3 to §7.2.5).</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        var type = (Icmpv6Type)message[0];
        if (type is not (Icmpv6Type.NeighbourSolicitation or Icmpv6Type.NeighbourAdvertisement))
        {
            return;
        }

        _received++;

        // RFC 6980 §5: never in fragments, which filters do not see through.
        if (info.IsReassembled || !NeighbourMessage.TryParse(info, message, out var parsed))
        {
            _malformed++;
        }
        else if (type == Icmpv6Type.NeighbourSolicitation)
        {
            InputSolicitation(info.Source.V6, parsed);
        }
        else
        {
            InputAdvertisement(parsed);
        }
    }

    private void InputSolicitation(in Ipv6Address source, in NeighbourMessage message)
    {
        var target = message.Target;
        if (Own(target) is not { } own)
        {
            return;
        }

        if (source.IsAny)
        {
            InputDetection(message);
            return;
        }

        if (own.State != LinkAddressState.Ready || own.IsProbe)
        {
            // RFC 4862 §5.4.3: who asks to reach it is not answered yet.
            return;
        }

        if (message.Options.TryGetLinkAddress(NdpOptionType.SourceLinkAddress, out var mac))
        {
            Learn(source, mac, isRouter: null);
            SendAdvertisement(mac, source, target, NeighbourMessage.SolicitedFlag);
        }
        else if (_neighbours.Find(source) is { IsKnown: true } known)
        {
            SendAdvertisement(known.Mac, source, target, NeighbourMessage.SolicitedFlag);
        }
    }

    /// <summary>A neighbour told its address without being asked: used, but not believed to be there until it answers (§7.2.3).</summary>
    public void Learn(Ipv6Address address, MacAddress mac, bool? isRouter)
    {
        if (_neighbours.Learn(address, mac) is { } neighbour)
        {
            neighbour.IsRouter = isRouter ?? neighbour.IsRouter;
        }
    }

    private void InputAdvertisement(in NeighbourMessage message)
    {
        if (Own(message.Target) is not null)
        {
            InputClaim(message.Target);
            return;
        }

        // §7.2.5: what was not asked for is not remembered.
        if (_neighbours.Find(message.Target) is not { IsStatic: false } neighbour)
        {
            return;
        }

        var hasMac = message.Options.TryGetLinkAddress(NdpOptionType.TargetLinkAddress, out var mac);
        if (!neighbour.IsKnown)
        {
            if (hasMac)
            {
                neighbour.IsRouter = message.IsRouter;
                Learn(neighbour, mac, message.IsSolicited);
            }

            return;
        }

        var differs = hasMac && mac != neighbour.Mac;
        if (differs && !message.IsOverride)
        {
            // Another claims it, and says itself that what is known may be right: asked at the next use.
            if (neighbour.State == NeighbourState.Reachable)
            {
                _neighbours.BecomeStale(neighbour);
            }

            return;
        }

        neighbour.IsRouter = message.IsRouter;
        if (message.IsSolicited || differs)
        {
            Learn(neighbour, differs ? mac : neighbour.Mac, message.IsSolicited);
        }
    }

    private void Learn(Neighbour<Ipv6Address> neighbour, MacAddress mac, bool isSolicited)
    {
        if (isSolicited)
        {
            _neighbours.Confirm(neighbour, mac);
        }
        else
        {
            _ = _neighbours.Learn(neighbour.Address, mac);
        }
    }

    /// <summary>Another host says that it has an address that this one has or asks for.</summary>
    private void InputClaim(in Ipv6Address address)
    {
        foreach (var own in _own)
        {
            if (own.Address != address)
            {
                continue;
            }

            if (own.State == LinkAddressState.Tentative)
            {
                // RFC 4862 §5.4.4.
                End(own, LinkAddressState.Duplicate);
            }
            else if (!own.IsProbe)
            {
                _conflicts++;
            }
        }
    }
}
