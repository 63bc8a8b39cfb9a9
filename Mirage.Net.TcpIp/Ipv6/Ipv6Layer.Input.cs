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
            CountMalformed();
            return;
        }

        var destination = parsed.Destination;
        if (!(destination.IsMulticast ? IsJoined(destination) : IsReady(destination) || (AcceptsAnyAddress && IsOfSomeHost(destination) && IsOfSomeHost(parsed.Source))))
        {
            _counters = _counters with { NotForUs = _counters.NotForUs + 1 };
            return;
        }

        if (!MayBeSource(parsed))
        {
            _counters = _counters with { BadSource = _counters.BadSource + 1 };
            return;
        }

        InputHeaders(parsed, info, isReassembled: false, handler);
    }

    /// <summary>Whether an address is one that a host elsewhere may have: neither of this host alone nor of this link alone (RFC 4291 §2.5), whose packets are not forwarded (§2.5.6).</summary>
    private static bool IsOfSomeHost(in Ipv6Address address) => !address.IsAny && !address.IsLoopback && !address.IsLinkLocal && !address.IsIpv4Mapped;

    /// <summary>What could not be answered is not taken. Neighbours have a use for a source of none, a host without an address yet (RFC 4861 §7.1.1), and for this host's own: another one that has
    /// it too says so.</summary>
    private bool MayBeSource(in Ipv6Packet parsed)
    {
        var source = parsed.Source;
        var isControl = parsed.NextHeader == IpProtocol.Icmpv6;
        return !source.IsMulticast && !source.IsLoopback && !source.IsIpv4Mapped
            && (isControl || !source.IsAny) && ((isControl && parsed.HopLimit == byte.MaxValue) || !IsReady(source));
    }

    private void InputHeaders<THandler>(in Ipv6Packet parsed, in FrameInfo info, bool isReassembled, THandler handler)
        where THandler : struct, IIpHandler
    {
        if (parsed.NextHeader is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmpv6)
        {
            Deliver(parsed, parsed.NextHeader, Ipv6Packet.HeaderSize, isReassembled, info, handler);
        }
        else
        {
            InputExtensions(parsed, info, isReassembled, handler);
        }
    }

    private void Deliver<THandler>(in Ipv6Packet parsed, IpProtocol protocol, int offset, bool isReassembled, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        _delivered++;
        handler.OnPacket(InfoOf(parsed, protocol, isReassembled), parsed.Packet, offset, info.Shift(-offset));
    }

    private static IpPacketInfo InfoOf(in Ipv6Packet parsed, IpProtocol protocol, bool isReassembled) => new()
    {
        Source = parsed.Source,
        Destination = parsed.Destination,
        Protocol = protocol,
        TimeToLive = parsed.HopLimit,
        TrafficClass = parsed.TrafficClass,
        DontFragment = true,
        IsReassembled = isReassembled,
    };

    private void CountMalformed() => _counters = _counters with { Malformed = _counters.Malformed + 1 };
}
