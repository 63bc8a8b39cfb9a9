using System.Buffers.Binary;

namespace Mirage.Testing.Scripts;

/// <summary>A packet that the stack under test sent.</summary>
internal sealed record LivePacket
{
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Icmpv6 = 58;

    private const int TcpHeaderLength = 20;

    public required Instant At { get; init; }

    public required int Version { get; init; }

    public required IpAddress Source { get; init; }

    public required IpAddress Destination { get; init; }

    public required byte Protocol { get; init; }

    public byte TrafficClass { get; init; }

    public byte TimeToLive { get; init; }

    public uint FlowLabel { get; init; }

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public TcpBits Flags { get; init; }

    public uint Sequence { get; init; }

    public uint Acknowledgement { get; init; }

    public ushort Window { get; init; }

    public ushort Urgent { get; init; }

    public IReadOnlyList<TcpOption> Options { get; init; } = [];

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    public byte[] Data { get; init; } = [];

    /// <summary>What is wrong with it, whatever the script expects: a checksum, a length.</summary>
    public string? Defect { get; init; }

    public bool Has(TcpBits bit) => (Flags & bit) != 0;

    /// <summary>Reads a packet from its IP header on; <see langword="null"/> if it is of no version or protocol that scripts have.</summary>
    public static LivePacket? Read(ReadOnlySpan<byte> bytes, Instant at)
    {
        if (bytes.Length >= 20 && bytes[0] >> 4 == 4)
        {
            return Read4(bytes, at);
        }

        return bytes.Length >= 40 && bytes[0] >> 4 == 6 ? Read6(bytes, at) : null;
    }

    private static LivePacket? Read4(ReadOnlySpan<byte> bytes, Instant at)
    {
        var headerLength = (bytes[0] & 15) * 4;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (headerLength < 20 || length < headerLength || length > bytes.Length)
        {
            return null;
        }

        var packet = new LivePacket
        {
            At = at,
            Version = 4,
            Source = new Ipv4Address(bytes.Slice(12, 4)),
            Destination = new Ipv4Address(bytes.Slice(16, 4)),
            Protocol = bytes[9],
            TrafficClass = bytes[1],
            TimeToLive = bytes[8],
            Defect = InternetSum.Of(bytes[..headerLength]) == 0 ? null : "the checksum of the IPv4 header is wrong",
        };
        return packet.Transport(bytes.Slice(12, 4), bytes.Slice(16, 4), bytes[headerLength..length]);
    }

    private static LivePacket? Read6(ReadOnlySpan<byte> bytes, Instant at)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        if (40 + length > bytes.Length)
        {
            return null;
        }

        var first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var packet = new LivePacket
        {
            At = at,
            Version = 6,
            Source = new Ipv6Address(bytes.Slice(8, 16)),
            Destination = new Ipv6Address(bytes.Slice(24, 16)),
            Protocol = bytes[6],
            TrafficClass = (byte)(first >> 20),
            TimeToLive = bytes[7],
            FlowLabel = first & 0xf_ffff,
        };
        return packet.Transport(bytes.Slice(8, 16), bytes.Slice(24, 16), bytes.Slice(40, length));
    }

    private LivePacket? Transport(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> bytes)
    {
        var pseudo = Protocol == Icmp ? 0 : InternetSum.Pseudo(source, destination, Protocol, bytes.Length);
        var isSumRight = InternetSum.Of(bytes, pseudo) == 0;
        switch (Protocol)
        {
            case Tcp when bytes.Length >= TcpHeaderLength && (bytes[12] >> 4) * 4 is >= TcpHeaderLength and var headerLength && headerLength <= bytes.Length:
                var options = TcpOption.Read(bytes[TcpHeaderLength..headerLength]);
                return this with
                {
                    SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes),
                    DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                    Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
                    Acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
                    Flags = (TcpBits)(BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]) & 0x1ff),
                    Window = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]),
                    Urgent = BinaryPrimitives.ReadUInt16BigEndian(bytes[18..]),
                    Options = options ?? [],
                    Data = bytes[headerLength..].ToArray(),
                    Defect = Defect ?? (isSumRight ? options is null ? "the length of a TCP option is wrong" : null : "the TCP checksum is wrong"),
                };
            case Udp when bytes.Length >= 8 && BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) is >= 8 and var length && length <= bytes.Length:
                var hasSum = Version == 6 || BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) != 0;
                return this with
                {
                    SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes),
                    DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                    Data = bytes[8..length].ToArray(),
                    Defect = Defect ?? (isSumRight || !hasSum ? null : "the UDP checksum is wrong"),
                };
            case Icmp or Icmpv6 when bytes.Length >= 8:
                return this with
                {
                    IcmpType = bytes[0],
                    IcmpCode = bytes[1],
                    Data = bytes[8..].ToArray(),
                    Defect = Defect ?? (isSumRight ? null : "the ICMP checksum is wrong"),
                };
            default:
                return null;
        }
    }
}
