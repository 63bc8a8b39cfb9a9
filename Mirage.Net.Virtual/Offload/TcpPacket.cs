using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>Where what lies in a frame that carries TCP over IPv4, or over IPv6 without extension headers.</summary>
internal readonly struct TcpPacket
{
    public const byte Fin = 0x01;
    public const byte Psh = 0x08;
    public const byte Ack = 0x10;
    public const byte Ece = 0x40;
    public const byte Cwr = 0x80;

    public const int SequencePosition = 4;
    public const int FlagsPosition = 13;
    public const int ChecksumPosition = 16;
    public const int Ipv4ChecksumPosition = 10;

    private const int TagSize = 4;
    private const int Ipv4HeaderSize = 20;
    private const int Ipv6HeaderSize = 40;
    private const int TcpHeaderSize = 20;
    private const byte TcpProtocol = 6;
    private const ushort Ipv4Type = 0x0800;
    private const ushort Ipv6Type = 0x86dd;
    private const ushort VlanType = 0x8100;
    private const ushort DontFragmentFlag = 0x4000;
    private const ushort FragmentBits = 0x3fff;

    /// <summary>Where the IP header begins.</summary>
    public int Network { get; private init; }

    /// <summary>Where the TCP header begins.</summary>
    public int Transport { get; private init; }

    /// <summary>Where the text begins.</summary>
    public int Text { get; private init; }

    /// <summary>Where the packet ends; padding may follow.</summary>
    public int End { get; private init; }

    public bool IsV6 { get; private init; }

    public int TextLength => End - Text;

    /// <summary>Finds TCP in a frame.</summary>
    /// <param name="frame">The frame, or the packet.</param>
    /// <param name="hasEthernet">Whether it begins with an Ethernet header, which may have a VLAN tag.</param>
    /// <param name="packet">Where things are.</param>
    /// <returns>Whether there is a whole TCP segment in it that is no fragment.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, bool hasEthernet, out TcpPacket packet)
    {
        packet = default;
        var network = 0;
        if (hasEthernet)
        {
            network = EthernetFrame.HeaderSize;
            if (frame.Length < network + Ipv4HeaderSize)
            {
                return false;
            }

            var type = TypeAt(frame, network);
            if (type == VlanType)
            {
                network += TagSize;
                type = TypeAt(frame, network);
            }

            if (type is not (Ipv4Type or Ipv6Type))
            {
                return false;
            }
        }

        if (frame.Length < network + Ipv4HeaderSize)
        {
            return false;
        }

        return (frame[network] >> 4) switch
        {
            4 => TryParseIpv4(frame, network, out packet),
            6 => TryParseIpv6(frame, network, out packet),
            _ => false,
        };
    }

    public uint Sequence(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame[(Transport + SequencePosition)..]);

    public byte Flags(ReadOnlySpan<byte> frame) => frame[Transport + FlagsPosition];

    public ushort Identification(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[(Network + 4)..]);

    public bool DontFragment(ReadOnlySpan<byte> frame) => (BinaryPrimitives.ReadUInt16BigEndian(frame[(Network + 6)..]) & DontFragmentFlag) != 0;

    /// <summary>The sum of the pseudo-header for a segment of a length (RFC 9293 §3.1, RFC 8200 §8.1).</summary>
    public ulong PseudoHeader(ReadOnlySpan<byte> frame, int length)
    {
        var addresses = IsV6 ? frame.Slice(Network + 8, 32) : frame.Slice(Network + 12, 8);
        return InternetChecksum.Sum(addresses, InternetChecksum.Word(TcpProtocol) + InternetChecksum.Word((uint)length));
    }

    /// <summary>Whether both checksums are right: of the IPv4 header, and of TCP.</summary>
    public bool HasValidChecksums(ReadOnlySpan<byte> frame)
        => (IsV6 || InternetChecksum.IsValid(InternetChecksum.Sum(frame[Network..Transport])))
            && InternetChecksum.IsValid(InternetChecksum.Sum(frame[Transport..End], PseudoHeader(frame, End - Transport)));

    /// <summary>Writes the IP header's length, and of IPv4 its checksum.</summary>
    public void WriteLength(Span<byte> frame, int end)
    {
        var header = frame[Network..];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(end - Network - Ipv6HeaderSize));
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(end - Network));
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4ChecksumPosition..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4ChecksumPosition..], InternetChecksum.Finish(InternetChecksum.Sum(frame[Network..Transport])));
    }

    private static ushort TypeAt(ReadOnlySpan<byte> frame, int network) => BinaryPrimitives.ReadUInt16BigEndian(frame[(network - sizeof(ushort))..]);

    private static bool TryParseIpv4(ReadOnlySpan<byte> frame, int network, out TcpPacket packet)
    {
        var header = frame[network..];
        var headerLength = (header[0] & 0xf) * 4;
        var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        var isWhole = (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & FragmentBits) == 0;
        packet = default;
        return headerLength >= Ipv4HeaderSize && length <= header.Length && isWhole && header[9] == TcpProtocol
            && TryParseTcp(frame, network, network + headerLength, network + length, isV6: false, out packet);
    }

    private static bool TryParseIpv6(ReadOnlySpan<byte> frame, int network, out TcpPacket packet)
    {
        var header = frame[network..];
        packet = default;
        if (header.Length < Ipv6HeaderSize)
        {
            return false;
        }

        var length = Ipv6HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        return length <= header.Length && header[6] == TcpProtocol && TryParseTcp(frame, network, network + Ipv6HeaderSize, network + length, isV6: true, out packet);
    }

    private static bool TryParseTcp(ReadOnlySpan<byte> frame, int network, int transport, int end, bool isV6, out TcpPacket packet)
    {
        packet = default;
        if (end - transport < TcpHeaderSize)
        {
            return false;
        }

        var headerLength = (frame[transport + 12] >> 4) * 4;
        packet = new TcpPacket { Network = network, Transport = transport, Text = transport + headerLength, End = end, IsV6 = isV6 };
        return headerLength >= TcpHeaderSize && packet.Text <= end;
    }
}
