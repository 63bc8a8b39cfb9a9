using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What <see cref="Icmpv6{TIp, TPlatform}"/> names: echo, and who gets the rest. Errors are in Icmpv6Layer.Errors.cs.</summary>
internal sealed partial class Icmpv6Layer<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits)
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly TIp _ip = ip;
    private readonly TPlatform _platform = platform;
    private readonly Pings<TPlatform> _pings = new(platform, limits.MaxPings);
    private IcmpCounters _counters;

    public IcmpCounters Counters => _counters;

    public void Input<THandler>(in IpPacketInfo info, ReadOnlySpan<byte> message, THandler handler)
        where THandler : struct, IIcmpHandler
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        if (!Icmpv6Message.TryParse(info.Source, info.Destination, message, out var parsed))
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        switch (parsed.Type)
        {
            case Icmpv6Type.EchoRequest:
                Answer(info, parsed);
                break;
            case Icmpv6Type.EchoReply:
                _pings.OnReply(info.Source, parsed.Rest, parsed.Payload);
                break;
            case >= Icmpv6Type.ListenerQuery and <= Icmpv6Type.Redirect or Icmpv6Type.ListenerReportV2:
                handler.OnMessage(info, parsed.Message);
                break;
            default:
                if (parsed.IsError)
                {
                    InputError(info, parsed, handler);
                }
                else
                {
                    // RFC 4443 §2.4 (b).
                    _counters = _counters with { Ignored = _counters.Ignored + 1 };
                }

                break;
        }
    }

    public ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
        => _pings.PingAsync(_ip, destination, payload, timeout, cancellation);

    private void Answer(in IpPacketInfo info, in Icmpv6Message request)
    {
        if (TryAnswer(info, request))
        {
            _counters = _counters with { EchoesAnswered = _counters.EchoesAnswered + 1 };
        }
        else
        {
            _counters = _counters with { EchoesDropped = _counters.EchoesDropped + 1 };
        }
    }

    private bool TryAnswer(in IpPacketInfo info, in Icmpv6Message request)
    {
        // RFC 4443 §4.2: what was sent to a group is answered from an address of this host's.
        var source = info.Destination;
        if (info.Source.IsAny || request.Code != 0 || (source.IsMulticast && !_ip.SelectSource(info.Source).TryGet(out source)))
        {
            return false;
        }

        var reply = new IpPacketInfo { Source = source, Destination = info.Source, Protocol = IpProtocol.Icmpv6, TrafficClass = info.TrafficClass };
        if (_ip.Rent(reply, Icmpv6Message.HeaderSize + request.Payload.Length, out var message) != LendStatus.Lent)
        {
            return false;
        }

        request.Payload.CopyTo(message[Icmpv6Message.HeaderSize..]);
        Icmpv6Message.Write(source, info.Source, message, Icmpv6Type.EchoReply, 0, request.Rest);
        return _ip.Send(default) == SendStatus.Sent;
    }
}
