using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Fragments (RFC 791 §3.2): put together when they arrive, and cut where a path carries less than a datagram.</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    /// <summary>The largest packet in bytes.</summary>
    private const int MaxLength = ushort.MaxValue;

    // As Linux. RFC 1122 §3.3.2 would have one or two minutes, in which a lost fragment holds the memory of the others; senders have given up by then.
    private static readonly TimeSpan ReassemblyTime = TimeSpan.FromSeconds(30);

    private readonly Reassembler _reassembler = new(buffers, limits, ReassemblyTime, uncounted: 0);
    private readonly FragmentIdentifications _identifications = FragmentIdentifications.Create(platform);
    private byte[]? _lentWhole;
    private IpPacketInfo _lentInfo;

    private void InputFragment<THandler>(in Ipv4Packet parsed, bool isBroadcast, THandler handler)
        where THandler : struct, IIpHandler
    {
        var key = new FragmentKey(parsed.Source, parsed.Destination, parsed.Protocol, parsed.Identification);
        var place = new FragmentPlace(parsed.FragmentOffset, !parsed.MoreFragments, parsed.TrafficClass);
        if (_reassembler.Add(key, place, parsed.Header, parsed.Payload, platform.Now, out var datagram) == FragmentStatus.Complete)
        {
            DeliverReassembled(datagram, isBroadcast, handler);
        }
    }

    private void DeliverReassembled<THandler>(in ReassembledDatagram datagram, bool isBroadcast, THandler handler)
        where THandler : struct, IIpHandler
    {
        var packet = datagram.Buffer.AsSpan(0, datagram.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], 0);
        packet[1] |= (byte)(datagram.IsCongested ? 3 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Finish(InternetChecksum.Sum(packet[..datagram.HeaderLength])));
        if (Ipv4Packet.TryParse(packet, out var parsed) == Ipv4ParseStatus.Valid)
        {
            // What a device says of a fragment's checksum says nothing of the datagram's: the transport checks it.
            Deliver(parsed, isBroadcast, default, handler);
        }

        buffers.Return(datagram.Buffer);
    }

    /// <summary>Lends a buffer of ours for a packet that is larger than the path's, or that this host receives too; <see cref="SendWhole"/> cuts it.</summary>
    private LendStatus RentWhole(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        payload = default;
        if (_lentWhole is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        _lentWhole = buffers.Rent(length);
        _lentLength = length;
        _lentInfo = info;
        payload = _lentWhole.AsSpan(Ipv4Packet.HeaderSize, length - Ipv4Packet.HeaderSize);
        return LendStatus.Lent;
    }

    /// <summary>Sends what lies in a buffer of ours, in as many packets as it needs.</summary>
    private SendStatus SendWhole(in FrameInfo info)
    {
        var whole = _lentWhole!.AsSpan(Ipv4Packet.HeaderSize, _lentLength - Ipv4Packet.HeaderSize);
        InternetChecksum.Complete(whole, info);
        var mtu = _paths.Find(_lentInfo.Destination, LinkMtu);
        var status = _lentLength <= mtu ? SendAlone(whole) : SendFragments(whole, mtu);
        LoopBackOrReturn();
        return status;
    }

    private SendStatus SendAlone(ReadOnlySpan<byte> whole)
    {
        var lent = RentLink(_lentInfo.Destination, _lentLength, out var packet);
        if (lent != LendStatus.Lent)
        {
            return lent == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        Ipv4Packet.Write(packet, HeaderOf(_lentInfo, packet.Length));
        whole.CopyTo(packet[Ipv4Packet.HeaderSize..]);
        return _link.Send(packet.Length, default);
    }

    private SendStatus SendFragments(ReadOnlySpan<byte> whole, int mtu)
    {
        var identification = NextIdentification(_lentInfo);

        // At least something, also over a link that carries less than any may (RFC 791 §3.2), so that this ends.
        var most = Math.Max(8, (mtu - Ipv4Packet.HeaderSize) & ~7);
        var (status, sent) = (SendStatus.Sent, 0);
        for (var offset = 0; offset < whole.Length && status == SendStatus.Sent; offset += most)
        {
            var part = whole.Slice(offset, Math.Min(most, whole.Length - offset));
            status = SendFragment(part, offset, offset + part.Length < whole.Length, identification);
            sent += status == SendStatus.Sent ? 1 : 0;
        }

        _reassembler.CountSent(sent, status == SendStatus.Sent);
        return status;
    }

    private SendStatus SendFragment(ReadOnlySpan<byte> part, int offset, bool more, ushort identification)
    {
        var lent = RentLink(_lentInfo.Destination, Ipv4Packet.HeaderSize + part.Length, out var packet);
        if (lent != LendStatus.Lent)
        {
            return lent == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        Ipv4Packet.Write(packet, HeaderOf(_lentInfo, packet.Length) with { Identification = identification, DontFragment = false, FragmentOffset = offset, MoreFragments = more });
        part.CopyTo(packet[Ipv4Packet.HeaderSize..]);
        return _link.Send(packet.Length, default);
    }

    /// <summary>RFC 1112 §6.1: what goes to a group that this host is in comes back to it, unless the program says otherwise.</summary>
    private void LoopBackOrReturn()
    {
        if (LoopsBack(_lentInfo) && _loopback.HasRoom(_lentLength))
        {
            var packet = _lentWhole!;
            Ipv4Packet.Write(packet, HeaderOf(_lentInfo, _lentLength));
            _loopback.Add(new WaitingPacket(packet, _lentLength, default));
            _lentWhole = null;
            return;
        }

        ReturnWhole();
    }

    private void ReturnWhole()
    {
        buffers.Return(_lentWhole!);
        _lentWhole = null;
    }

    private ushort NextIdentification(in IpPacketInfo info) => (ushort)_identifications.Next(info.Source, info.Destination, info.Protocol);

    /// <summary>The first of as many as there are packets that the device cuts from one: it counts up.</summary>
    private ushort NextIdentifications(in IpPacketInfo info, int length)
    {
        var first = NextIdentification(info);
        for (var more = (length - 1) / info.SegmentSize; more > 0; more--)
        {
            _ = NextIdentification(info);
        }

        return first;
    }
}
