using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private const byte DefaultHopLimit = 64;

    /// <summary>What goes to a group stays on the link unless the program says otherwise (RFC 3493 §5.2).</summary>
    private const byte DefaultGroupHopLimit = 1;

    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromSeconds(1);

    private Ipv6Address _confirmed;
    private Instant _confirmAgainAt = Instant.Earliest;
    private readonly FlowLabels _flowLabels = FlowLabels.Create(platform);
    private byte _hopLimit = DefaultHopLimit;
    private int _lentLength;
    private long _sent;

    /// <summary>Sets the hop limit of what does not ask for one: a router says it (RFC 4861 §6.3.4).</summary>
    public void SetHopLimit(byte hopLimit) => _hopLimit = hopLimit;

    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        payload = default;
        if (length > ushort.MaxValue)
        {
            return LendStatus.TooLarge;
        }

        var isLocal = IsLocal(info.Destination.V6);
        length += Ipv6Packet.HeaderSize;
        if (!isLocal && info.Source.V6.IsLoopback)
        {
            // RFC 4291 §2.5.3: it never leaves this host.
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
        WriteHeader(packet, info, info.Protocol);
        payload = packet[Ipv6Packet.HeaderSize..];
        return LendStatus.Lent;
    }

    public SendStatus Send(in FrameInfo info)
    {
        _sent++;
        if (_lentWhole is not null)
        {
            return SendWhole(info);
        }

        if (_loopback.TrySend(_lentLength, info.Shift(Ipv6Packet.HeaderSize)))
        {
            return SendStatus.Sent;
        }

        return _link.Send(_lentLength, info.Shift(Ipv6Packet.HeaderSize));
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

    /// <summary>Whether a packet is larger than the path's MTU only until the device has cut it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsCutByDevice(in IpPacketInfo info) => (TLink.Offload & NetworkOffload.SendSegmentation) != 0 && info.SegmentSize != 0;

    private void WriteHeader(Span<byte> packet, in IpPacketInfo info, IpProtocol next)
        => Ipv6Packet.Write(packet, new Ipv6Header
        {
            TrafficClass = info.TrafficClass,
            FlowLabel = _flowLabels.LabelOf(info),
            PayloadLength = (ushort)(packet.Length - Ipv6Packet.HeaderSize),
            NextHeader = next,
            HopLimit = info.TimeToLive != 0 ? info.TimeToLive : info.Destination.IsMulticast ? DefaultGroupHopLimit : _hopLimit,
            Source = info.Source.V6,
            Destination = info.Destination.V6,
        });

    /// <summary>Next-hop determination (RFC 4861 §5.2): a redirect, or the longest prefix.</summary>
    private LendStatus RentLink(IpAddress destination, int length, out Span<byte> packet)
    {
        packet = default;
        var to = destination.V6;
        if (destination.IsMulticast)
        {
            return _link.Rent(to, length, out packet);
        }

        if (_redirects.TryFind(to, out var better))
        {
            var status = _link.Rent(better, length, out packet);
            if (status != LendStatus.Unreachable)
            {
                return status;
            }

            // §7.3.3: who was redirected to is gone; the routes decide again.
            _redirects.Remove(to);
        }

        return _routes.TryFind(destination, out var nextHop) ? _link.Rent(nextHop.V6, length, out packet) : CountNoRoute();
    }

    /// <summary>A hint for the first hop to a destination; once a second is enough.</summary>
    public void ConfirmReachable(IpAddress destination, Instant now)
    {
        var to = destination.V6;
        if (to == _confirmed && now < _confirmAgainAt)
        {
            return;
        }

        (_confirmed, _confirmAgainAt) = (to, now + ConfirmInterval);
        if (_redirects.TryFind(to, out var better))
        {
            _link.Confirm(better);
        }
        else if (!IsLocal(to) && _routes.TryFind(destination, out var nextHop))
        {
            _link.Confirm(nextHop.V6);
        }
    }

    /// <summary>What goes to a group that this host is in comes back to it, unless the program says otherwise (RFC 3493 §5.2).</summary>
    private bool LoopsBack(in IpPacketInfo info)
        => info.Destination.IsMulticast && !info.WithoutLoopback && info.Protocol == IpProtocol.Udp && IsJoined(info.Destination.V6);

    private bool HasRoute(in IpAddress destination) => destination.IsMulticast || _routes.TryFind(destination, out _);

    private LendStatus CountNoRoute()
    {
        _counters = _counters with { NoRoute = _counters.NoRoute + 1 };
        return LendStatus.Unreachable;
    }
}
