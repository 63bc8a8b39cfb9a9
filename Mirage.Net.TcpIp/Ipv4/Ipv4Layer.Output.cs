using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    private const byte DefaultTimeToLive = 64;

    /// <summary>RFC 1112 §6.1: what goes to a group stays on the link unless the program says otherwise.</summary>
    private const byte DefaultGroupTimeToLive = 1;

    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromSeconds(1);

    private Ipv4Address _confirmed;
    private Instant _confirmAgainAt = Instant.Earliest;
    private int _lentLength;
    private long _sent;

    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        payload = default;
        length += Ipv4Packet.HeaderSize;
        if (length > MaxLength)
        {
            return LendStatus.TooLarge;
        }

        var isLocal = IsLocal(info.Destination);
        if (!isLocal && info.Source.V4.IsLoopback)
        {
            // RFC 1122 §3.2.1.3 (g): it never leaves this host.
            return CountNoRoute();
        }

        if (!isLocal && !IsCutByDevice(info) && length > _paths.Find(info.Destination, LinkMtu))
        {
            return info.DontFragment ? LendStatus.TooLarge
                : !HasRoute(info.Destination) ? CountNoRoute()
                : RentWhole(info, length, out payload);
        }

        if (LoopsBack(info))
        {
            return RentWhole(info, length, out payload);
        }

        var status = isLocal ? _loopback.Rent(length, out var packet) : RentLink(info.Destination, length, out packet);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        _lentLength = length;
        Ipv4Packet.Write(packet, HeaderOf(info, length));
        payload = packet[Ipv4Packet.HeaderSize..];
        return LendStatus.Lent;
    }

    public SendStatus Send(in FrameInfo info)
    {
        _sent++;
        if (_lentWhole is not null)
        {
            return SendWhole(info);
        }

        if (_loopback.TrySend(_lentLength, info.Shift(Ipv4Packet.HeaderSize)))
        {
            return SendStatus.Sent;
        }

        return _link.Send(_lentLength, info.Shift(Ipv4Packet.HeaderSize));
    }

    public void Return()
    {
        if (_lentWhole is not null)
        {
            ReturnWhole();
        }
        else if (!_loopback.TryReturn())
        {
            _link.Return();
        }
    }

    /// <summary>A hint for the first hop to a destination (RFC 1122 §2.3.2.1 (4)); once a second is enough.</summary>
    public void ConfirmReachable(IpAddress destination, Instant now)
    {
        var to = destination.V4;
        if (to == _confirmed && now < _confirmAgainAt)
        {
            return;
        }

        (_confirmed, _confirmAgainAt) = (to, now + ConfirmInterval);
        if (!IsLocal(destination) && _routes.TryFind(destination, out var nextHop))
        {
            _link.Confirm(nextHop.V4);
        }
    }

    /// <summary>Whether a packet is larger than the path's MTU only until the device has cut it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsCutByDevice(in IpPacketInfo info) => (TLink.Offload & NetworkOffload.SendSegmentation) != 0 && info.SegmentSize != 0;

    private bool LoopsBack(in IpPacketInfo info) => info.Destination.IsMulticast && !info.WithoutLoopback && IsJoined(info.Destination.V4);

    private bool HasRoute(IpAddress destination) => destination.IsMulticast || destination.V4.IsBroadcast || _routes.TryFind(destination, out _);

    private LendStatus CountNoRoute()
    {
        _counters = _counters with { NoRoute = _counters.NoRoute + 1 };
        return LendStatus.Unreachable;
    }

    private Ipv4Header HeaderOf(in IpPacketInfo info, int length)
    {
        // Where a link carries less than we believe, routers must be let fragment.
        var dontFragment = info.DontFragment && !_paths.IsBelowLeast(info.Destination);
        return new Ipv4Header
        {
            TrafficClass = info.TrafficClass,
            TotalLength = (ushort)length,

            // RFC 6864 §4.1: a packet that is never fragmented needs no identification.
            Identification = dontFragment ? (ushort)0 : IsCutByDevice(info) ? NextIdentifications(info, length) : NextIdentification(info),
            DontFragment = dontFragment,
            TimeToLive = info.TimeToLive != 0 ? info.TimeToLive : info.Destination.IsMulticast ? DefaultGroupTimeToLive : DefaultTimeToLive,
            Protocol = info.Protocol,
            Source = info.Source.V4,
            Destination = info.Destination.V4,
        };
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
                packet = default;
                return CountNoRoute();
            }

            nextHop = destination;
        }

        return _link.Rent(destination.IsMulticast ? destination.V4 : nextHop.V4, length, out packet);
    }
}
