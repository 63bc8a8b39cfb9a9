using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    // 224.0.0.0: groups, and above them what is reserved.
    private const uint FirstGroup = 0xe000_0000;

    private long _received;
    private long _delivered;

    public void Input<THandler>(ReadOnlySpan<byte> packet, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        _received++;
        var status = Ipv4Packet.TryParse(packet, out var parsed);
        if (status != Ipv4ParseStatus.Valid)
        {
            InputMalformed(packet, status, handler);
            return;
        }

        IpAddress destination = parsed.Destination;
        var isBroadcast = false;
        if (!IsLocal(destination) || parsed.Destination.IsLoopback)
        {
            isBroadcast = parsed.Destination.IsBroadcast || IsDirectedBroadcast(destination);
            if (!isBroadcast && !IsJoined(parsed.Destination) && !(AcceptsAnyAddress && IsUnicast(parsed.Destination)))
            {
                _counters = _counters with { NotForUs = _counters.NotForUs + 1 };
                return;
            }
        }

        if (!MayBeSource(parsed, isBroadcast))
        {
            _counters = _counters with { BadSource = _counters.BadSource + 1 };
            return;
        }

        if (parsed.Protocol == IpProtocol.Igmp)
        {
            InputIgmp(parsed);
            return;
        }

        if (parsed.IsFragment)
        {
            InputFragment(parsed, isBroadcast, handler);
            return;
        }

        Deliver(parsed, isBroadcast, info, handler);
    }

    /// <summary>Whether an address is one that some host may have (RFC 1122 §3.2.1.3): no group, nothing of the reserved classes, not loopback.</summary>
    private static bool IsUnicast(Ipv4Address address) => !address.IsAny && !address.IsLoopback && address.Value < FirstGroup;

    private void Deliver<THandler>(in Ipv4Packet parsed, bool isBroadcast, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        _delivered++;
        handler.OnPacket(InfoOf(parsed, isBroadcast), parsed.Packet, parsed.HeaderLength, info.Shift(-parsed.HeaderLength));
    }

    private static IpPacketInfo InfoOf(in Ipv4Packet parsed, bool isBroadcast) => new()
    {
        Source = parsed.Source,
        Destination = parsed.Destination,
        Protocol = parsed.Protocol,
        TimeToLive = parsed.TimeToLive,
        TrafficClass = parsed.TrafficClass,
        DontFragment = parsed.DontFragment,
        IsBroadcast = isBroadcast,
    };

    /// <summary>RFC 1122 §3.2.1.3: what could not be answered is not taken. 0.0.0.0 may speak to everyone (a host without an address yet), and of groups.</summary>
    private bool MayBeSource(in Ipv4Packet parsed, bool isBroadcast)
    {
        var from = parsed.Source;
        return !from.IsMulticast && !from.IsBroadcast && !from.IsLoopback && (!from.IsAny || isBroadcast || parsed.Protocol == IpProtocol.Igmp)
            && !IsLocal(from) && !IsDirectedBroadcast(from);
    }

    /// <summary>RFC 1122 §3.2.2.5: who sends a malformed option is told where it is.</summary>
    private void InputMalformed<THandler>(ReadOnlySpan<byte> packet, Ipv4ParseStatus status, THandler handler)
        where THandler : struct, IIpHandler
    {
        CountMalformed(status);
        if (status != Ipv4ParseStatus.BadOption)
        {
            return;
        }

        var (source, destination) = (new Ipv4Address(packet[12..]), new Ipv4Address(packet[16..]));
        if (IsLocal(destination) && !destination.IsLoopback && !source.IsMulticast && !source.IsBroadcast && !source.IsLoopback && !IsLocal(source) && !IsDirectedBroadcast(source))
        {
            var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = (IpProtocol)packet[9] };
            handler.OnProblem(info, packet, new IpProblem(IpErrorKind.ParameterProblem, 0, (uint)Ipv4Packet.FindBadOption(packet)));
        }
    }

    private void CountMalformed(Ipv4ParseStatus status) => _counters = status switch
    {
        Ipv4ParseStatus.BadChecksum => _counters with { BadChecksum = _counters.BadChecksum + 1 },
        Ipv4ParseStatus.SourceRoute => _counters with { SourceRouted = _counters.SourceRouted + 1 },
        _ => _counters with { Malformed = _counters.Malformed + 1 },
    };
}
