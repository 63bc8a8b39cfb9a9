using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Icmpv4{TIp, TPlatform}"/> names, and the way up.</summary>
internal sealed partial class Icmpv4Layer<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits)
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly TIp _ip = ip;
    private readonly TPlatform _platform = platform;
    private IcmpCounters _counters;

    public IcmpCounters Counters => _counters;

    public void Input<THandler>(in IpPacketInfo info, ReadOnlySpan<byte> message, THandler errors)
        where THandler : struct, IIpErrorHandler
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        if (!Icmpv4Message.TryParse(message, out var parsed))
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        switch (parsed.Type)
        {
            case Icmpv4Type.EchoRequest:
                Answer(info, parsed);
                break;
            case Icmpv4Type.EchoReply:
                _pings.OnReply(info.Source, parsed.Rest, parsed.Payload);
                break;
            case Icmpv4Type.DestinationUnreachable or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem:
                InputError(info, parsed, errors);
                break;
            default:
                // RFC 6633 §3: source quench is ignored. A redirect could come from anybody on the link and would take over a host's traffic, so it is
                // ignored too, which RFC 1122 §3.2.2.2 (SHOULD) and RFC 1812 §5.2.7.2 leave a host: routes are the program's.
                _counters = _counters with { Ignored = _counters.Ignored + 1 };
                break;
        }
    }

    private void Answer(in IpPacketInfo info, in Icmpv4Message request)
    {
        // RFC 1122 §3.2.2.6 allows silence to requests to everyone, which otherwise make every host of a network answer a forged source.
        var reply = new IpPacketInfo { Source = info.Destination, Destination = info.Source, Protocol = IpProtocol.Icmp, TrafficClass = info.TrafficClass };
        if (info.IsBroadcast || info.Destination.IsMulticast || request.Code != 0
            || _ip.Rent(reply, Icmpv4Message.HeaderSize + request.Payload.Length, out var message) != LendStatus.Lent)
        {
            _counters = _counters with { EchoesDropped = _counters.EchoesDropped + 1 };
            return;
        }

        request.Payload.CopyTo(message[Icmpv4Message.HeaderSize..]);
        Icmpv4Message.Write(message, Icmpv4Type.EchoReply, 0, request.Rest);
        _counters = _ip.Send(default) == SendStatus.Sent
            ? _counters with { EchoesAnswered = _counters.EchoesAnswered + 1 }
            : _counters with { EchoesDropped = _counters.EchoesDropped + 1 };
    }
}
