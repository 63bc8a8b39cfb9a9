using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What is sent. A question that the device has no room for waits for it; anything else is dropped, since it is repeated, or asked for again.</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    private const byte HopLimit = 255;

    /// <summary>Asks for a neighbour (§7.2.2): its group, or the one that is known.</summary>
    /// <returns>Whether the device had room.</returns>
    private bool SendSolicitation(in Ipv6Address target, MacAddress? mac)
    {
        if (SourceFor(target) is not { } source)
        {
            return true;
        }

        var destination = mac is null ? Ipv6Groups.SolicitedNode(target) : target;
        return SendMessage(mac ?? MacAddress.ForMulticast(destination), source, destination, Icmpv6Type.NeighbourSolicitation, 0, target, MacOption(NdpOptionType.SourceLinkAddress, stackalloc byte[NdpOptions.LinkAddressSize]));
    }

    /// <summary>Answers for one of this host's addresses (§7.2.4).</summary>
    private void SendAdvertisement(MacAddress mac, in Ipv6Address destination, in Ipv6Address target, uint flags)
        => _ = SendMessage(mac, target, destination, Icmpv6Type.NeighbourAdvertisement, flags | NeighbourMessage.OverrideFlag, target,
            MacOption(NdpOptionType.TargetLinkAddress, stackalloc byte[NdpOptions.LinkAddressSize]));

    /// <returns>Whether the device had room.</returns>
    private bool SendMessage(
        MacAddress mac, in Ipv6Address source, in Ipv6Address destination, Icmpv6Type type, uint flags, in Ipv6Address target, ReadOnlySpan<byte> option)
    {
        var length = NeighbourMessage.Size + option.Length;
        var status = _ethernet.Rent(mac, EtherType.Ipv6, Ipv6Packet.HeaderSize + length, out var packet);
        if (status != LendStatus.Lent)
        {
            return status != LendStatus.Full;
        }

        Ipv6Packet.Write(packet, new Ipv6Header
        {
            PayloadLength = (ushort)length,
            NextHeader = IpProtocol.Icmpv6,
            HopLimit = HopLimit,
            Source = source,
            Destination = destination,
        });
        NeighbourMessage.Write(source, destination, packet[Ipv6Packet.HeaderSize..], type, flags, target, option);
        return _ethernet.Send(packet.Length, default) != SendStatus.Full;
    }

    private ReadOnlySpan<byte> MacOption(NdpOptionType type, Span<byte> option)
    {
        NdpOptions.WriteLinkAddress(option, type, _ethernet.Mac);
        return option;
    }

    /// <summary>One of this host's addresses to ask from: of the target's scope if there is one, else any.</summary>
    private Ipv6Address? SourceFor(in Ipv6Address target)
    {
        Ipv6Address? found = null;
        foreach (var own in _own)
        {
            if (own.State != LinkAddressState.Ready || own.IsProbe)
            {
                continue;
            }

            if (own.Address.IsLinkLocal == target.IsLinkLocal)
            {
                return own.Address;
            }

            found ??= own.Address;
        }

        return found;
    }
}
