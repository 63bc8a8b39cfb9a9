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
            CountMalformed(status);
            return;
        }

        IpAddress source = parsed.Source;
        IpAddress destination = parsed.Destination;
        var isBroadcast = false;
        if (!IsLocal(destination))
        {
            isBroadcast = parsed.Destination.IsBroadcast || IsDirectedBroadcast(destination);
            if (!isBroadcast && !IsJoined(parsed.Destination) && !(AcceptsAnyAddress && IsUnicast(parsed.Destination)))
            {
                _counters = _counters with { NotForUs = _counters.NotForUs + 1 };
                return;
            }
        }

        // RFC 1122 §3.2.1.3: what could not be answered is not taken. 0.0.0.0 may speak to everyone (a host without an address yet).
        var from = parsed.Source;
        if (from.IsMulticast || from.IsBroadcast || from.IsLoopback || (from.IsAny && !isBroadcast) || IsLocal(source) || IsDirectedBroadcast(source))
        {
            _counters = _counters with { BadSource = _counters.BadSource + 1 };
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

    private void CountMalformed(Ipv4ParseStatus status) => _counters = status switch
    {
        Ipv4ParseStatus.BadChecksum => _counters with { BadChecksum = _counters.BadChecksum + 1 },
        Ipv4ParseStatus.SourceRoute => _counters with { SourceRouted = _counters.SourceRouted + 1 },
        _ => _counters with { Malformed = _counters.Malformed + 1 },
    };
}
