using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private const byte DefaultHopLimit = 64;

    private int _lentLength;
    private long _sent;

    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        payload = default;
        var destination = info.Destination.V6;
        var isLocal = IsLocal(destination);
        if (!isLocal && length > MaxPayload(info.Destination))
        {
            return LendStatus.TooLarge;
        }

        var status = isLocal
            ? RentLoopback(Ipv6Packet.HeaderSize + length, out var packet)
            : RentLink(info.Destination, Ipv6Packet.HeaderSize + length, out packet);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        _lentLength = packet.Length;
        Ipv6Packet.Write(packet, new Ipv6Header
        {
            TrafficClass = info.TrafficClass,
            PayloadLength = (ushort)length,
            NextHeader = info.Protocol,
            HopLimit = info.TimeToLive == 0 ? DefaultHopLimit : info.TimeToLive,
            Source = info.Source.V6,
            Destination = destination,
        });
        payload = packet[Ipv6Packet.HeaderSize..];
        return LendStatus.Lent;
    }

    public SendStatus Send(in FrameInfo info)
    {
        _sent++;
        if (_lentLoopback is { } buffer)
        {
            _lentLoopback = null;
            _loopback.Enqueue(new WaitingPacket(buffer, _lentLength, info.Shift(Ipv6Packet.HeaderSize)));
            return SendStatus.Sent;
        }

        return _link.Send(_lentLength, info.Shift(Ipv6Packet.HeaderSize));
    }

    public void Return()
    {
        if (_lentLoopback is { } buffer)
        {
            _lentLoopback = null;
            buffers.Return(buffer);
        }
        else
        {
            _link.Return();
        }
    }

    private LendStatus RentLink(IpAddress destination, int length, out Span<byte> packet)
    {
        packet = default;
        if (destination.IsMulticast)
        {
            return _link.Rent(destination.V6, length, out packet);
        }

        if (!_routes.TryFind(destination, out var nextHop))
        {
            _counters = _counters with { NoRoute = _counters.NoRoute + 1 };
            return LendStatus.Unreachable;
        }

        return _link.Rent(nextHop.V6, length, out packet);
    }
}
