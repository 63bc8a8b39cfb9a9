using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed class Icmpv4Layer<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits)
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private const int MaxErrorLength = 576;

    private readonly TIp _ip = ip;
    private readonly TPlatform _platform = platform;
    private readonly Dictionary<uint, Ping> _pings = [];
    private TokenBucket _errorLimit = new(perSecond: 1000, burst: 50);
    private ushort _identifier;
    private ushort _sequence;
    private IcmpCounters _counters;

    public IcmpCounters Counters => _counters;

    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        if (!Icmpv4Message.TryParse(message, out var parsed))
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        if (parsed.Type == Icmpv4Type.EchoRequest)
        {
            Answer(info, parsed);
        }
        else if (parsed.Type == Icmpv4Type.EchoReply
            && _pings.TryGetValue(parsed.Rest, out var ping) && ping.Destination == info.Source && parsed.Payload.SequenceEqual(ping.Payload.Span))
        {
            // The program goes on outside of the turn's packets.
            ping.AnsweredAt = _platform.Now;
            _platform.Post(static ping => ((Ping)ping!).Finish(), ping);
        }
    }

    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason)
    {
        // RFC 1122 §3.2.2: never for what went to everyone or came from nobody in particular, never for an ICMP error.
        if (info.IsBroadcast || info.Destination.IsMulticast || info.Source.IsAny || IsIcmpError(info, packet))
        {
            return;
        }

        if (!_errorLimit.TryTake(_platform.Now))
        {
            _counters = _counters with { ErrorsLimited = _counters.ErrorsLimited + 1 };
            return;
        }

        // RFC 1812 §4.3.2.3: as much of the packet as fits in 576 bytes.
        var quoted = packet[..Math.Min(packet.Length, MaxErrorLength - Ipv4Packet.HeaderSize - Icmpv4Message.HeaderSize)];
        var reply = new IpPacketInfo { Source = info.Destination, Destination = info.Source, Protocol = IpProtocol.Icmp };
        if (_ip.Rent(reply, Icmpv4Message.HeaderSize + quoted.Length, out var message) == LendStatus.Lent)
        {
            quoted.CopyTo(message[Icmpv4Message.HeaderSize..]);
            Icmpv4Message.Write(message, Icmpv4Type.DestinationUnreachable, (byte)reason, 0);
            if (_ip.Send(default) == SendStatus.Sent)
            {
                _counters = _counters with { ErrorsSent = _counters.ErrorsSent + 1 };
            }
        }
    }

    public async ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        if (_pings.Count >= limits.MaxPings)
        {
            return ErrorKind.Full;
        }

        var source = _ip.SelectSource(destination);
        if (!source.IsDone)
        {
            return source.Error;
        }

        if (_identifier == 0)
        {
            _identifier = (ushort)(Random() | 1);
        }

        var rest = ((uint)_identifier << 16) | _sequence++;
        var ping = new Ping(destination, payload, _platform.Now);
        if (!_pings.TryAdd(rest, ping))
        {
            return ErrorKind.Full;
        }

        try
        {
            var sent = SendEcho(source.Value, destination, payload.Span, rest);
            if (!sent.IsDone)
            {
                return sent.Error;
            }

            return await ping.Task.WaitAsync(timeout, _platform.TimeProvider, cancellation).ConfigureAwait(true);
        }
        catch (TimeoutException)
        {
            return ErrorKind.TimedOut;
        }
        finally
        {
            Forget(rest);
        }
    }

    private void Forget(uint rest)
    {
        if (_platform.IsOnLoop)
        {
            _ = _pings.Remove(rest);
        }
        else
        {
            // A ping that was begun before the loop ran ends beside it.
            _platform.Post(_ => _pings.Remove(rest), null);
        }
    }

    private Result SendEcho(IpAddress source, IpAddress destination, ReadOnlySpan<byte> payload, uint rest)
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.Icmp };
        var status = _ip.Rent(info, Icmpv4Message.HeaderSize + payload.Length, out var message);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        payload.CopyTo(message[Icmpv4Message.HeaderSize..]);
        Icmpv4Message.Write(message, Icmpv4Type.EchoRequest, 0, rest);
        return _ip.Send(default).ToResult();
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

    private static bool IsIcmpError(in IpPacketInfo info, ReadOnlySpan<byte> packet)
    {
        if (info.Protocol != IpProtocol.Icmp)
        {
            return false;
        }

        var headerLength = (packet[0] & 0xf) * 4;
        return packet.Length <= headerLength || (Icmpv4Type)packet[headerLength] is not (Icmpv4Type.EchoRequest or Icmpv4Type.EchoReply);
    }

    private uint Random()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private sealed class Ping(IpAddress destination, ReadOnlyMemory<byte> payload, Instant sent) : TaskCompletionSource<Result<TimeSpan>>
    {
        public IpAddress Destination => destination;

        public ReadOnlyMemory<byte> Payload => payload;

        public Instant AnsweredAt { get; set; }

        public void Finish() => _ = TrySetResult(AnsweredAt - sent);
    }
}
