using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Guards.Tests.BadInput;

/// <summary>Writes a frame from its start, with the checksums that belong into it.</summary>
internal sealed class FrameBuilder
{
    private const int MaxLength = 14 + 1500;

    private readonly byte[] _buffer = new byte[MaxLength];
    private int _length;

    public Span<byte> Frame => _buffer.AsSpan(0, _length);

    public FrameBuilder Ethernet(MacAddress destination, MacAddress source, EtherType type)
    {
        _length = EthernetFrame.HeaderSize;
        EthernetFrame.Write(Frame, destination, source, type);
        return this;
    }

    /// <summary>Appends bytes.</summary>
    public FrameBuilder Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Append(bytes.Length));
        return this;
    }

    public FrameBuilder Arp(ArpOperation operation, MacAddress sender, Ipv4Address senderAddress, MacAddress target, Ipv4Address targetAddress)
    {
        ArpPacket.Write(Append(ArpPacket.Size), operation, sender, senderAddress, target, targetAddress);
        return this;
    }

    /// <summary>Appends an IPv4 header with options, of which there are a multiple of four bytes.</summary>
    public FrameBuilder Ipv4(in Ipv4Header header, ReadOnlySpan<byte> options = default)
    {
        Ipv4Packet.Write(Append(Ipv4Packet.HeaderSize), header);
        Frame[EthernetFrame.HeaderSize] = (byte)(0x40 | ((Ipv4Packet.HeaderSize + options.Length) / 4));
        return Bytes(options);
    }

    public FrameBuilder Udp(ushort source, ushort destination, ReadOnlySpan<byte> payload)
    {
        UdpDatagram.WriteHeader(Append(UdpDatagram.HeaderSize), source, destination, (ushort)(UdpDatagram.HeaderSize + payload.Length), 0);
        return Bytes(payload);
    }

    public FrameBuilder Echo(uint rest, ReadOnlySpan<byte> payload)
    {
        var start = _length;
        _ = Append(Icmpv4Message.HeaderSize);
        _ = Bytes(payload);
        Icmpv4Message.Write(_buffer.AsSpan(start, _length - start), Icmpv4Type.EchoRequest, 0, rest);
        return this;
    }

    public FrameBuilder Tcp(
        ushort source, ushort destination, SequenceNumber sequence, SequenceNumber acknowledgement, TcpFlags flags, in TcpOptions options, ReadOnlySpan<byte> payload)
    {
        var headerLength = TcpSegment.HeaderSize + options.Length;
        var header = Append(headerLength);
        TcpSegment.WriteHeader(header, source, destination, sequence, acknowledgement, flags, 65_000, headerLength);
        _ = options.Write(header[TcpSegment.HeaderSize..]);
        return Bytes(payload);
    }

    public void Cut(int length) => _length = Math.Min(_length, length);

    /// <summary>Makes total length and checksums right again, as far as the frame says what it is.</summary>
    /// <param name="lengths">Whether the total length is made right as well.</param>
    public FrameBuilder Complete(bool lengths = true)
    {
        if (_length < EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize || BinaryPrimitives.ReadUInt16BigEndian(Frame[12..]) != (ushort)EtherType.Ipv4)
        {
            return this;
        }

        var packet = Frame[EthernetFrame.HeaderSize..];
        if (lengths)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        }

        var headerLength = Math.Min((packet[0] & 0xf) * 4, packet.Length);
        if (headerLength < Ipv4Packet.HeaderSize)
        {
            return this;
        }

        Put(packet[..headerLength], 10, InternetChecksum.Sum([]));
        var total = Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), headerLength, packet.Length);
        CompletePayload(packet[..total], headerLength);
        return this;
    }

    private static void CompletePayload(Span<byte> packet, int headerLength)
    {
        var protocol = (IpProtocol)packet[9];
        var payload = packet[headerLength..];
        var position = protocol switch
        {
            IpProtocol.Icmp => 2,
            IpProtocol.Tcp => 16,
            IpProtocol.Udp => 6,
            _ => int.MaxValue,
        };
        if (protocol == IpProtocol.Udp && payload.Length >= UdpDatagram.HeaderSize)
        {
            payload = payload[..Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(payload[4..]), UdpDatagram.HeaderSize, payload.Length)];
        }

        if (position <= payload.Length - sizeof(ushort))
        {
            var pseudo = protocol == IpProtocol.Icmp
                ? 0
                : InternetChecksum.PseudoHeader(new Ipv4Address(packet[12..]), new Ipv4Address(packet[16..]), protocol, payload.Length);
            Put(payload, position, pseudo);
        }
    }

    private static void Put(Span<byte> data, int position, ulong sum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(data[position..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(data[position..], InternetChecksum.Finish(InternetChecksum.Sum(data, sum)));
    }

    private Span<byte> Append(int length)
    {
        _length += length;
        return _buffer.AsSpan(_length - length, length);
    }
}
