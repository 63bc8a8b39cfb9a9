using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of a TCP segment (RFC 9293 §3.1). Valid as long as the bytes under it.</summary>
public readonly ref struct TcpSegment
{
    /// <summary>The length of a header without options in bytes.</summary>
    public const int HeaderSize = 20;

    /// <summary>The length of the longest header in bytes.</summary>
    public const int MaxHeaderSize = 60;

    private TcpSegment(ReadOnlySpan<byte> segment, int headerLength)
    {
        Segment = segment;
        HeaderLength = headerLength;
    }

    /// <summary>Header and payload.</summary>
    public ReadOnlySpan<byte> Segment { get; }

    /// <summary>The length of the header with its options in bytes: 20 to 60.</summary>
    public int HeaderLength { get; }

    /// <summary>The port that it comes from.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Segment);

    /// <summary>The port that it goes to.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Segment[2..]);

    /// <summary>The number of its first byte, or of its SYN.</summary>
    public SequenceNumber Sequence => new(BinaryPrimitives.ReadUInt32BigEndian(Segment[4..]));

    /// <summary>The number that the sender expects next; has a meaning with <see cref="TcpFlags.Ack"/> only.</summary>
    public SequenceNumber Acknowledgement => new(BinaryPrimitives.ReadUInt32BigEndian(Segment[8..]));

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)Segment[13];

    /// <summary>The window field, not scaled.</summary>
    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(Segment[14..]);

    /// <summary>The checksum as received.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Segment[16..]);

    /// <summary>The urgent pointer; has a meaning with <see cref="TcpFlags.Urg"/> only.</summary>
    public ushort UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(Segment[18..]);

    /// <summary>The options, with their padding: 0 to 40 bytes.</summary>
    public ReadOnlySpan<byte> Options => Segment[HeaderSize..HeaderLength];

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => Segment[HeaderLength..];

    /// <summary>How many sequence numbers it takes: its payload, and one each for SYN and FIN (RFC 9293 §3.4).</summary>
    public int SequenceLength => Segment.Length - HeaderLength + ((Segment[13] >> 1) & 1) + (Segment[13] & 1);

    /// <summary>Views a segment.</summary>
    /// <param name="ipPayload">The payload of an IP packet.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header of the length that it says.</returns>
    public static bool TryParse(ReadOnlySpan<byte> ipPayload, out TcpSegment result)
    {
        result = default;
        if (ipPayload.Length < HeaderSize)
        {
            return false;
        }

        var headerLength = (ipPayload[12] >> 4) * 4;
        if (headerLength < HeaderSize || headerLength > ipPayload.Length)
        {
            return false;
        }

        result = new TcpSegment(ipPayload, headerLength);
        return true;
    }

    /// <summary>Checks the checksum.</summary>
    /// <param name="source">From the IP header.</param>
    /// <param name="destination">From the IP header.</param>
    /// <returns>Whether it is right.</returns>
    public bool VerifyChecksum(in IpAddress source, in IpAddress destination)
        => InternetChecksum.IsValid(InternetChecksum.Sum(Segment, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, Segment.Length)));

    /// <summary>Writes the first 20 bytes of a header, with a checksum and an urgent pointer of 0. Options are written apart.</summary>
    /// <param name="segment">At least 20 bytes.</param>
    /// <param name="sourcePort">The port that it comes from.</param>
    /// <param name="destinationPort">The port that it goes to.</param>
    /// <param name="sequence">The number of its first byte, or of its SYN.</param>
    /// <param name="acknowledgement">The number that the sender expects next.</param>
    /// <param name="flags">The control bits.</param>
    /// <param name="window">The window field, scaled.</param>
    /// <param name="headerLength">The length of the header with its options in bytes: 20 to 60, a multiple of 4.</param>
    public static void WriteHeader(
        Span<byte> segment,
        ushort sourcePort,
        ushort destinationPort,
        SequenceNumber sequence,
        SequenceNumber acknowledgement,
        TcpFlags flags,
        ushort window,
        int headerLength)
    {
        segment = segment[..HeaderSize];
        BinaryPrimitives.WriteUInt32BigEndian(segment, ((uint)sourcePort << 16) | destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence.Value);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], acknowledgement.Value);
        BinaryPrimitives.WriteUInt32BigEndian(segment[12..], ((uint)headerLength << 26) | ((uint)flags << 16) | window);
        BinaryPrimitives.WriteUInt32BigEndian(segment[16..], 0);
    }
}
