using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private long _received;
    private long _delivered;

    public void Input<THandler>(ReadOnlySpan<byte> packet, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        _received++;
        if (Ipv6Packet.TryParse(packet, out var parsed) != Ipv6ParseStatus.Valid)
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        var destination = parsed.Destination;
        if (!(destination.IsMulticast ? IsJoined(destination) : IsLocal(destination) || (AcceptsAnyAddress && IsOfSomeHost(destination))))
        {
            _counters = _counters with { NotForUs = _counters.NotForUs + 1 };
            return;
        }

        // What could not be answered is not taken. Only ICMPv6 has a use for a source of none: a host without an address yet (RFC 4861 §7.1.1).
        var source = parsed.Source;
        if (source.IsMulticast || source.IsLoopback || source.IsIpv4Mapped || IsLocal(source) || (source.IsAny && parsed.NextHeader != IpProtocol.Icmpv6))
        {
            _counters = _counters with { BadSource = _counters.BadSource + 1 };
            return;
        }

        Deliver(parsed, info, handler);
    }

    /// <summary>Whether an address is one that a host elsewhere may have: neither of this host alone nor of this link alone (RFC 4291 §2.5).</summary>
    private static bool IsOfSomeHost(in Ipv6Address address) => !address.IsAny && !address.IsLoopback && !address.IsLinkLocal && !address.IsIpv4Mapped;

    private void Deliver<THandler>(in Ipv6Packet parsed, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        _delivered++;
        var packetInfo = new IpPacketInfo
        {
            Source = parsed.Source,
            Destination = parsed.Destination,
            Protocol = parsed.NextHeader,
            TimeToLive = parsed.HopLimit,
            TrafficClass = parsed.TrafficClass,
            DontFragment = true,
        };
        handler.OnPacket(packetInfo, parsed.Packet, Ipv6Packet.HeaderSize, info.Shift(-Ipv6Packet.HeaderSize));
    }
}
