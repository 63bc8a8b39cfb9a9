using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of a UDP datagram (RFC 768). Valid as long as the bytes under it.</summary>
public readonly ref struct UdpDatagram
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderSize = 8;

    /// <summary>Where the checksum field is.</summary>
    internal const int ChecksumPosition = 6;

    private UdpDatagram(ReadOnlySpan<byte> datagram) => Datagram = datagram;

    /// <summary>Header and payload, without what follows the length.</summary>
    public ReadOnlySpan<byte> Datagram { get; }

    /// <summary>The port that it comes from; 0 if an answer is not expected.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Datagram);

    /// <summary>The port that it goes to.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Datagram[2..]);

    /// <summary>The length of header and payload in bytes.</summary>
    public ushort Length => BinaryPrimitives.ReadUInt16BigEndian(Datagram[4..]);

    /// <summary>The checksum as received; 0 if there is none.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Datagram[6..]);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => Datagram[HeaderSize..];

    /// <summary>Views a datagram.</summary>
    /// <param name="ipPayload">The payload of an IP packet; bytes after the datagram's length are ignored.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header and as many bytes as its length says.</returns>
    public static bool TryParse(ReadOnlySpan<byte> ipPayload, out UdpDatagram result)
    {
        result = default;
        if (ipPayload.Length < HeaderSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(ipPayload[4..]);
        if (length < HeaderSize || length > ipPayload.Length)
        {
            return false;
        }

        result = new UdpDatagram(ipPayload[..length]);
        return true;
    }

    /// <summary>Checks the checksum. One that is absent is right on IPv4 (RFC 768) and wrong on IPv6 (RFC 8200 §8.1).</summary>
    /// <param name="source">From the IP header.</param>
    /// <param name="destination">From the IP header.</param>
    /// <returns>Whether it is right.</returns>
    public bool VerifyChecksum(in IpAddress source, in IpAddress destination)
        => Checksum == 0
            ? source.IsV4
            : InternetChecksum.IsValid(InternetChecksum.Sum(Datagram, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, Datagram.Length)));

    /// <summary>Writes a header.</summary>
    /// <param name="datagram">At least 8 bytes.</param>
    /// <param name="sourcePort">The port that it comes from.</param>
    /// <param name="destinationPort">The port that it goes to.</param>
    /// <param name="length">The length of header and payload in bytes.</param>
    /// <param name="checksum">The checksum (<see cref="ComputeChecksum"/>), or 0 for none.</param>
    public static void WriteHeader(Span<byte> datagram, ushort sourcePort, ushort destinationPort, ushort length, ushort checksum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], checksum);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], length);
    }

    /// <summary>The checksum for a sum; one that comes out as 0 becomes <c>0xffff</c>, for 0 means that there is none (RFC 768).</summary>
    /// <param name="sum">The sum of pseudo-header, header with a checksum of 0, and payload.</param>
    /// <returns>The value to write in network order.</returns>
    public static ushort ComputeChecksum(ulong sum)
    {
        var checksum = InternetChecksum.Finish(sum);
        return checksum == 0 ? ushort.MaxValue : checksum;
    }
}
