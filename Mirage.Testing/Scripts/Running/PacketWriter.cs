using System.Buffers.Binary;

namespace Mirage.Testing.Scripts;

/// <summary>Between whom a packet goes.</summary>
internal readonly record struct PacketPath(IpAddress Source, ushort SourcePort, IpAddress Destination, ushort DestinationPort)
{
    public PacketPath Reverse => new(Destination, DestinationPort, Source, SourcePort);
}

/// <summary>Writes packets to inject, from the IP header on, with their checksums.</summary>
internal static class PacketWriter
{
    private const byte DefaultTimeToLive = 255;
    private const int TcpHeaderLength = 20;
    private const int UdpHeaderLength = 8;
    private const int IcmpHeaderLength = 8;

    public static byte[] Tcp(in PacketPath path, in IpSpec ip, TcpBits flags, uint sequence, uint acknowledgement, ushort window, ushort urgent, IReadOnlyList<TcpOption> options, ReadOnlySpan<byte> data)
    {
        var headerLength = TcpHeaderLength + TcpOption.TotalLength(options);
        var packet = Ip(path, ip, LivePacket.Tcp, headerLength + data.Length, out var segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment, path.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], path.DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], acknowledgement);
        BinaryPrimitives.WriteUInt16BigEndian(segment[12..], (ushort)((headerLength / 4 << 12) | (int)flags));
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], window);
        BinaryPrimitives.WriteUInt16BigEndian(segment[18..], urgent);
        TcpOption.Write(options, segment[TcpHeaderLength..]);
        data.CopyTo(segment[headerLength..]);
        Sum(path, LivePacket.Tcp, segment, 16);
        return packet;
    }

    public static byte[] Udp(in PacketPath path, in IpSpec ip, ReadOnlySpan<byte> data)
    {
        var packet = Ip(path, ip, LivePacket.Udp, UdpHeaderLength + data.Length, out var datagram);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, path.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], path.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        data.CopyTo(datagram[UdpHeaderLength..]);
        Sum(path, LivePacket.Udp, datagram, 6);
        return packet;
    }

    /// <summary>An ICMP message that quotes a packet the stack sent: its IP header and the first eight bytes after it (RFC 792).</summary>
    /// <param name="path">Between whom the message goes.</param>
    /// <param name="action">What it says.</param>
    /// <param name="quoted">Between whom the quoted packet went.</param>
    /// <param name="sequence">The quoted sequence number, as on the wire.</param>
    public static byte[] Icmp(in PacketPath path, IcmpAction action, in PacketPath quoted, uint sequence)
    {
        var isV6 = path.Source.IsV6;
        var quote = Quote(quoted, action, sequence);
        var length = action.Quoted == QuotedProtocol.Raw ? Math.Max(IcmpHeaderLength, action.Length) : IcmpHeaderLength + quote.Length;
        var protocol = isV6 ? LivePacket.Icmpv6 : LivePacket.Icmp;
        var packet = Ip(path, action.Ip, protocol, length, out var message);
        message[0] = action.Type;
        message[1] = action.Code;
        if (action.Mtu is { } mtu)
        {
            // RFC 1191 §4 has 16 bits for it, RFC 4443 §3.2 has 32; the upper ones are zero in IPv4.
            BinaryPrimitives.WriteUInt32BigEndian(message[4..], mtu);
        }
        else if (action.Id != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message[4..], action.Id);
        }

        quote.CopyTo(message[IcmpHeaderLength..]);
        Sum(path, protocol, message, 2);
        return packet;
    }

    private static byte[] Quote(in PacketPath quoted, IcmpAction action, uint sequence)
    {
        if (action.Quoted is QuotedProtocol.None or QuotedProtocol.Raw)
        {
            // What quotes nothing in the script quotes the beginning of the connection.
            return action.Quoted == QuotedProtocol.Raw || action.Id != 0 ? [] : QuoteOf(quoted, LivePacket.Tcp, TcpHeaderLength, sequence);
        }

        return action.Quoted == QuotedProtocol.Tcp
            ? QuoteOf(quoted, LivePacket.Tcp, TcpHeaderLength + action.Length, sequence)
            : QuoteOf(quoted, LivePacket.Udp, UdpHeaderLength + action.Length, (uint)(UdpHeaderLength + action.Length) << 16);
    }

    private static byte[] QuoteOf(in PacketPath quoted, byte protocol, int length, uint word)
    {
        var packet = Ip(quoted, default, protocol, length, out var transport);
        BinaryPrimitives.WriteUInt16BigEndian(transport, quoted.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(transport[2..], quoted.DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(transport[4..], word);
        return packet[..(packet.Length - transport.Length + 8)];
    }

    private static byte[] Ip(in PacketPath path, in IpSpec ip, byte protocol, int length, out Span<byte> payload)
    {
        var timeToLive = ip.TimeToLive == 0 ? DefaultTimeToLive : ip.TimeToLive;
        if (path.Source.IsV6)
        {
            var six = new byte[40 + length];
            BinaryPrimitives.WriteUInt32BigEndian(six, 0x6000_0000 | ((uint)ip.TrafficClass << 20) | ip.FlowLabel);
            BinaryPrimitives.WriteUInt16BigEndian(six.AsSpan(4), (ushort)length);
            six[6] = protocol;
            six[7] = timeToLive;
            path.Source.V6.CopyTo(six.AsSpan(8));
            path.Destination.V6.CopyTo(six.AsSpan(24));
            payload = six.AsSpan(40);
            return six;
        }

        var four = new byte[20 + length];
        four[0] = 0x45;
        four[1] = ip.TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(four.AsSpan(2), (ushort)four.Length);
        four[8] = timeToLive;
        four[9] = protocol;
        path.Source.V4.CopyTo(four.AsSpan(12));
        path.Destination.V4.CopyTo(four.AsSpan(16));
        BinaryPrimitives.WriteUInt16BigEndian(four.AsSpan(10), InternetSum.Of(four.AsSpan(0, 20)));
        payload = four.AsSpan(20);
        return four;
    }

    private static void Sum(in PacketPath path, byte protocol, Span<byte> payload, int position)
    {
        Span<byte> source = stackalloc byte[16];
        Span<byte> destination = stackalloc byte[16];
        var size = path.Source.IsV6 ? 16 : 4;
        if (path.Source.IsV6)
        {
            path.Source.V6.CopyTo(source);
            path.Destination.V6.CopyTo(destination);
        }
        else
        {
            path.Source.V4.CopyTo(source);
            path.Destination.V4.CopyTo(destination);
        }

        var pseudo = protocol == LivePacket.Icmp ? 0 : InternetSum.Pseudo(source[..size], destination[..size], protocol, payload.Length);
        var sum = InternetSum.Of(payload, pseudo);
        BinaryPrimitives.WriteUInt16BigEndian(payload[position..], sum == 0 && protocol == LivePacket.Udp ? ushort.MaxValue : sum);
    }
}
