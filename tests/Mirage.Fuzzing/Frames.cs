using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

/// <summary>Makes whole frames to the stack, with right lengths and checksums.</summary>
internal static class Frames
{
    public const int EthernetHeader = 14;
    public const int Ipv6Header = 40;

    public static byte[] Ethernet(MacAddress destination, MacAddress source, EtherType type, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[EthernetHeader + payload.Length];
        EthernetFrame.Write(frame, destination, source, type);
        payload.CopyTo(frame.AsSpan(EthernetHeader));
        return frame;
    }

    /// <summary>An IP packet of either family, by its addresses.</summary>
    public static byte[] Ip(IpAddress source, IpAddress destination, IpProtocol protocol, ReadOnlySpan<byte> payload, byte hops = 64, byte trafficClass = 0, ushort identification = 0, int offset = 0, bool more = false)
    {
        if (source.IsV4)
        {
            var packet = new byte[Ipv4Packet.HeaderSize + payload.Length];
            Ipv4Packet.Write(packet, new Ipv4Header
            {
                TotalLength = (ushort)packet.Length,
                TimeToLive = hops,
                TrafficClass = trafficClass,
                Protocol = protocol,
                Source = source.V4,
                Destination = destination.V4,
                Identification = identification,
                FragmentOffset = offset,
                MoreFragments = more,
            });
            payload.CopyTo(packet.AsSpan(Ipv4Packet.HeaderSize));
            return packet;
        }

        var isFragment = more || offset > 0;
        var header = Ipv6Header + (isFragment ? 8 : 0);
        var result = new byte[header + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(result, 0x6000_0000 | ((uint)trafficClass << 20));
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(4), (ushort)(result.Length - Ipv6Header));
        result[6] = isFragment ? (byte)44 : (byte)protocol;
        result[7] = hops;
        source.V6.CopyTo(result.AsSpan(8));
        destination.V6.CopyTo(result.AsSpan(24));
        if (isFragment)
        {
            result[40] = (byte)protocol;
            BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(42), (ushort)(offset | (more ? 1 : 0)));
            BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(44), identification);
        }

        payload.CopyTo(result.AsSpan(header));
        return result;
    }

    /// <summary>Puts the checksum of a transport's message where it belongs.</summary>
    public static byte[] WithChecksum(byte[] message, IpAddress source, IpAddress destination, IpProtocol protocol)
    {
        var position = protocol switch
        {
            IpProtocol.Tcp => 16,
            IpProtocol.Udp => 6,
            _ => 2,
        };
        var pseudo = protocol is IpProtocol.Icmp or (IpProtocol)2 ? 0 : InternetChecksum.PseudoHeader(source, destination, protocol, message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(position), 0);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(position), InternetChecksum.Finish(InternetChecksum.Sum(message, pseudo)));
        return message;
    }

    public static byte[] Tcp(ushort source, ushort destination, SequenceNumber sequence, SequenceNumber acknowledgement, TcpFlags flags, ushort window, in TcpOptions options, ReadOnlySpan<byte> text)
    {
        var header = TcpSegment.HeaderSize + options.Length;
        var segment = new byte[header + text.Length];
        TcpSegment.WriteHeader(segment, source, destination, sequence, acknowledgement, flags, window, header);
        _ = options.Write(segment.AsSpan(TcpSegment.HeaderSize));
        text.CopyTo(segment.AsSpan(header));
        return segment;
    }

    public static byte[] Udp(ushort source, ushort destination, ReadOnlySpan<byte> payload)
    {
        var datagram = new byte[UdpDatagram.HeaderSize + payload.Length];
        UdpDatagram.WriteHeader(datagram, source, destination, (ushort)datagram.Length, 0);
        payload.CopyTo(datagram.AsSpan(UdpDatagram.HeaderSize));
        return datagram;
    }

    /// <summary>An ICMP message of either version, without its checksum.</summary>
    public static byte[] Icmp(byte type, byte code, uint rest, ReadOnlySpan<byte> payload)
    {
        var message = new byte[8 + payload.Length];
        (message[0], message[1]) = (type, code);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), rest);
        payload.CopyTo(message.AsSpan(8));
        return message;
    }
}
