using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    private const byte DefaultTimeToLive = 64;

    private int _lentLength;
    private ushort _identification;
    private long _sent;

    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        payload = default;
        var isLocal = IsLocal(info.Destination);
        if (!isLocal && length > MaxPayload(info.Destination))
        {
            return LendStatus.TooLarge;
        }

        var status = isLocal
            ? RentLoopback(Ipv4Packet.HeaderSize + length, out var packet)
            : RentLink(info.Destination, Ipv4Packet.HeaderSize + length, out packet);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        _lentLength = packet.Length;

        // Where a link carries less than we believe, routers must be let fragment.
        var dontFragment = info.DontFragment && !_paths.IsBelowLeast(info.Destination);
        Ipv4Packet.Write(packet, new Ipv4Header
        {
            TrafficClass = info.TrafficClass,
            TotalLength = (ushort)packet.Length,

            // RFC 6864 §4.1: a packet that is never fragmented needs no identification.
            Identification = dontFragment ? (ushort)0 : ++_identification,
            DontFragment = dontFragment,
            TimeToLive = info.TimeToLive == 0 ? DefaultTimeToLive : info.TimeToLive,
            Protocol = info.Protocol,
            Source = info.Source.V4,
            Destination = info.Destination.V4,
        });
        payload = packet[Ipv4Packet.HeaderSize..];
        return LendStatus.Lent;
    }

    public SendStatus Send(in FrameInfo info)
    {
        _sent++;
        if (_lentLoopback is { } buffer)
        {
            _lentLoopback = null;
            _loopback.Enqueue(new WaitingPacket(buffer, _lentLength, info.Shift(Ipv4Packet.HeaderSize)));
            return SendStatus.Sent;
        }

        return _link.Send(_lentLength, info.Shift(Ipv4Packet.HeaderSize));
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
        if (destination.V4.IsBroadcast || IsDirectedBroadcast(destination))
        {
            return _link.RentBroadcast(length, out packet);
        }

        if (!_routes.TryFind(destination, out var nextHop))
        {
            if (!destination.IsMulticast)
            {
                _counters = _counters with { NoRoute = _counters.NoRoute + 1 };
                packet = default;
                return LendStatus.Unreachable;
            }

            nextHop = destination;
        }

        return _link.Rent(destination.IsMulticast ? destination.V4 : nextHop.V4, length, out packet);
    }
}
