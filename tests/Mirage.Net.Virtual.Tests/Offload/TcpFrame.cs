using System.Buffers.Binary;

namespace Mirage.Net.Virtual.Tests;

/// <summary>A frame with a TCP segment, field by field, and its checksums computed word by word.</summary>
internal sealed record TcpFrame
{
    public const byte Fin = 0x01, Syn = 0x02, Rst = 0x04, Psh = 0x08, Ack = 0x10, Urg = 0x20, Ece = 0x40, Cwr = 0x80;

    public bool IsV6 { get; init; }

    public bool HasEthernet { get; init; } = true;

    public bool IsTagged { get; init; }

    public MacAddress To { get; init; } = MacAddress.Local(9);

    public byte TrafficClass { get; init; }

    public byte TimeToLive { get; init; } = 64;

    public ushort Identification { get; init; }

    public bool DontFragment { get; init; } = true;

    public ushort SourcePort { get; init; } = 4000;

    public uint Sequence { get; init; } = 0xffff_ff00;

    public uint Acknowledgement { get; init; } = 77;

    public byte Flags { get; init; } = Ack;

    public ushort Window { get; init; } = 1000;

    public byte[] Options { get; init; } = [];

    public byte[] Text { get; init; } = [];

    public int NetworkStart => HasEthernet ? IsTagged ? 18 : 14 : 0;

    public int TransportStart => NetworkStart + (IsV6 ? 40 : 20);

    public static byte[] Bytes(int length, byte seed = 1) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + (i >> 8) + seed))];

    /// <summary>The segments that it is to be cut into.</summary>
    public IEnumerable<TcpFrame> Cut(int size)
    {
        var count = Math.Max(1, (Text.Length + size - 1) / size);
        for (var i = 0; i < count; i++)
        {
            var flags = Flags & ~(i == 0 ? 0 : Cwr) & ~(i == count - 1 ? 0 : Psh | Fin);
            yield return this with
            {
                Sequence = Sequence + (uint)(i * size),
                Identification = (ushort)(Identification + (DontFragment ? 0 : i)),
                Flags = (byte)flags,
                Text = Text[(i * size)..Math.Min(Text.Length, (i + 1) * size)],
            };
        }
    }

    public FrameInfo PartialInfo(int segmentSize) => new()
    {
        Checksum = ChecksumState.Partial, ChecksumStart = (ushort)TransportStart, ChecksumOffset = 16, SegmentSize = (ushort)segmentSize,
    };

    public byte[] ToBytes(bool isPartial = false)
    {
        var headerLength = 20 + Options.Length;
        var frame = new byte[TransportStart + headerLength + Text.Length];
        WriteLink(frame);
        var ip = frame.AsSpan(NetworkStart);
        var segmentLength = headerLength + Text.Length;
        WriteIp(ip, segmentLength);
        var tcp = frame.AsSpan(TransportStart);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 80);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], Acknowledgement);
        tcp[12] = (byte)(headerLength << 2);
        tcp[13] = Flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], Window);
        Options.CopyTo(tcp[20..]);
        Text.CopyTo(tcp[headerLength..]);
        var addresses = IsV6 ? ip.Slice(8, 32) : ip.Slice(12, 8);
        var pseudo = Sum(addresses) + 6 + (uint)segmentLength;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], isPartial ? Fold(pseudo) : (ushort)~Fold(pseudo + Sum(tcp)));
        return frame;
    }

    private void WriteLink(Span<byte> frame)
    {
        if (!HasEthernet)
        {
            return;
        }

        To.CopyTo(frame);
        MacAddress.Local(8).CopyTo(frame[6..]);
        if (IsTagged)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x8100);
            BinaryPrimitives.WriteUInt16BigEndian(frame[14..], 5);
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[(NetworkStart - 2)..], IsV6 ? (ushort)0x86dd : (ushort)0x0800);
    }

    private void WriteIp(Span<byte> ip, int length)
    {
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000u | ((uint)TrafficClass << 20) | 0x12345);
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)length);
            (ip[6], ip[7]) = (6, TimeToLive);
            Ipv6Address.Parse("fd00::1").CopyTo(ip[8..]);
            Ipv6Address.Parse("fd00::2").CopyTo(ip[24..]);
            return;
        }

        (ip[0], ip[1], ip[8], ip[9]) = (0x45, TrafficClass, TimeToLive, 6);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(20 + length));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Identification);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], DontFragment ? (ushort)0x4000 : (ushort)0);
        new Ipv4Address(10, 0, 0, 1).CopyTo(ip[12..]);
        new Ipv4Address(10, 0, 0, 2).CopyTo(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~Fold(Sum(ip[..20])));
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
        }

        return sum;
    }

    private static ushort Fold(uint sum)
    {
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)sum;
    }
}
