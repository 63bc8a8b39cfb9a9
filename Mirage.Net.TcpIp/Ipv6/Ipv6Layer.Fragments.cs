using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Fragments (RFC 8200 §4.5): put together when they arrive, and cut where a path carries less than a datagram. Routers do not cut.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    /// <summary>RFC 8200 §4.5.</summary>
    private static readonly TimeSpan ReassemblyTime = TimeSpan.FromSeconds(60);

    // The first header of 40 bytes and the fragment header, which is taken out again, do not count.
    private readonly Reassembler _reassembler = new(buffers, limits, ReassemblyTime, Ipv6Packet.HeaderSize + Ipv6HeaderChain.FragmentHeaderSize);
    private readonly FragmentIdentifications _identifications = FragmentIdentifications.Create(platform);
    private byte[]? _lentWhole;
    private IpPacketInfo _lentInfo;

    private void InputFragment<THandler>(in Ipv6Packet parsed, int offset, bool isReassembled, THandler handler)
        where THandler : struct, IIpHandler
    {
        if (isReassembled)
        {
            // Fragments of fragments are nobody's work.
            CountMalformed();
            return;
        }

        var packet = parsed.Packet;
        var header = packet[..(offset + Ipv6HeaderChain.FragmentHeaderSize)];
        var payload = packet[header.Length..];
        var fragment = packet[offset..];
        var place = new FragmentPlace(Ipv6HeaderChain.FragmentOffset(fragment), !Ipv6HeaderChain.MoreFragments(fragment), parsed.TrafficClass);
        if (place.Offset == 0 && !HasWholeChain(packet))
        {
            // RFC 7112 §5: filters must see in the first fragment what the packet is.
            Refuse(parsed, IncompleteHeaderChain, 0, handler);
            return;
        }

        var key = new FragmentKey(parsed.Source, parsed.Destination, 0, Ipv6HeaderChain.Identification(fragment));
        switch (_reassembler.Add(key, place, header, payload, platform.Now, out var datagram))
        {
            case FragmentStatus.Complete:
                DeliverReassembled(datagram, handler);
                break;
            case FragmentStatus.BadLength when !payload.IsEmpty:
                Tell(parsed, 4, handler);
                break;
            case FragmentStatus.BadEnd:
                Tell(parsed, offset + 2, handler);
                break;
        }
    }

    private static void Tell<THandler>(in Ipv6Packet parsed, int position, THandler handler)
        where THandler : struct, IIpHandler
        => handler.OnProblem(
            InfoOf(parsed, parsed.NextHeader, isReassembled: false), parsed.Packet, new IpProblem(IpErrorKind.ParameterProblem, ErroneousField, (uint)position));

    private static bool HasWholeChain(ReadOnlySpan<byte> packet)
        => Ipv6HeaderChain.TryFindEnd(packet, out var end)
            && packet.Length - end.Offset >= end.Protocol switch
            {
                IpProtocol.Tcp => TcpSegment.HeaderSize,
                IpProtocol.Udp => UdpDatagram.HeaderSize,
                IpProtocol.Icmpv6 => 4,
                _ => 0,
            };

    private void DeliverReassembled<THandler>(in ReassembledDatagram datagram, THandler handler)
        where THandler : struct, IIpHandler
    {
        // The fragment header is the last 8 bytes of what comes first: what precedes it moves up over it, and names what it named.
        var whole = datagram.Buffer.AsSpan(0, datagram.Length);
        var kept = datagram.HeaderLength - Ipv6HeaderChain.FragmentHeaderSize;
        var next = whole[kept];
        whole[..kept].CopyTo(whole[Ipv6HeaderChain.FragmentHeaderSize..]);
        var packet = whole[Ipv6HeaderChain.FragmentHeaderSize..];
        var (position, offset) = (Ipv6Packet.NextHeaderPosition, Ipv6Packet.HeaderSize);
        while (offset < kept)
        {
            (position, offset) = (offset, offset + ((packet[offset + 1] + 1) * 8));
        }

        packet[position] = next;
        packet[1] |= (byte)(datagram.IsCongested ? 0x30 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - Ipv6Packet.HeaderSize));
        if (Ipv6Packet.TryParse(packet, out var parsed) == Ipv6ParseStatus.Valid)
        {
            // What a device says of a fragment's checksum says nothing of the datagram's: the transport checks it.
            InputHeaders(parsed, default, isReassembled: true, handler);
        }

        buffers.Return(datagram.Buffer);
    }

    /// <summary>Gives up datagrams whose fragments did not come.</summary>
    private void ExpireFragments<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
    {
        while (_reassembler.TryExpire(now, out var expired))
        {
            // The sender is told if the first fragment came.
            var first = expired.Value.First;
            if (!first.IsEmpty)
            {
                _ = Ipv6Packet.TryParse(first, out var parsed);
                handler.OnProblem(InfoOf(parsed, parsed.NextHeader, isReassembled: false), first, new IpProblem(IpErrorKind.ReassemblyTimeExceeded));
            }

            _reassembler.Forget(expired);
        }
    }

    /// <summary>Lends a buffer of ours for a packet that is larger than the path's, or that this host receives too; <see cref="SendWhole"/> cuts it.</summary>
    private LendStatus RentWhole(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        if (_lentWhole is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        _lentWhole = buffers.Rent(length);
        _lentLength = length;
        _lentInfo = info;
        payload = _lentWhole.AsSpan(Ipv6Packet.HeaderSize, length - Ipv6Packet.HeaderSize);
        return LendStatus.Lent;
    }

    /// <summary>Sends what lies in a buffer of ours, in as many packets as it needs.</summary>
    private SendStatus SendWhole(in FrameInfo info)
    {
        var whole = _lentWhole!.AsSpan(Ipv6Packet.HeaderSize, _lentLength - Ipv6Packet.HeaderSize);
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

        WriteHeader(packet, _lentInfo, _lentInfo.Protocol);
        whole.CopyTo(packet[Ipv6Packet.HeaderSize..]);
        return _link.Send(packet.Length, default);
    }

    private SendStatus SendFragments(ReadOnlySpan<byte> whole, int mtu)
    {
        var identification = _identifications.Next(_lentInfo.Source, _lentInfo.Destination, 0);

        // At least something, also over a link that carries less than any may (RFC 8200 §5), so that this ends.
        var most = Math.Max(8, (mtu - Ipv6Packet.HeaderSize - Ipv6HeaderChain.FragmentHeaderSize) & ~7);
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

    private void LoopBackOrReturn()
    {
        if (LoopsBack(_lentInfo) && _loopback.HasRoom(_lentLength))
        {
            WriteHeader(_lentWhole.AsSpan(0, _lentLength), _lentInfo, _lentInfo.Protocol);
            _loopback.Add(new WaitingPacket(_lentWhole!, _lentLength, default));
            _lentWhole = null;
            return;
        }

        ReturnWhole();
    }

    private SendStatus SendFragment(ReadOnlySpan<byte> part, int offset, bool more, uint identification)
    {
        const int Headers = Ipv6Packet.HeaderSize + Ipv6HeaderChain.FragmentHeaderSize;
        var lent = RentLink(_lentInfo.Destination, Headers + part.Length, out var packet);
        if (lent != LendStatus.Lent)
        {
            return lent == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        WriteHeader(packet, _lentInfo, IpProtocol.Ipv6Fragment);
        Ipv6HeaderChain.WriteFragmentHeader(packet[Ipv6Packet.HeaderSize..], _lentInfo.Protocol, offset, more, identification);
        part.CopyTo(packet[Headers..]);
        return _link.Send(packet.Length, default);
    }

    private void ReturnWhole()
    {
        buffers.Return(_lentWhole!);
        _lentWhole = null;
    }
}
