using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>
/// A view of the start of an IPv4 packet as an ICMP error quotes it (RFC 792). Routers may have changed its header, and quote no more than 8 bytes after it: neither
/// the checksum nor the length is checked. Valid as long as the bytes under it.
/// </summary>
public readonly ref struct Ipv4Quote
{
    /// <summary>How many bytes after the header every error quotes.</summary>
    public const int MinimumPayload = 8;

    private readonly ReadOnlySpan<byte> _quote;
    private readonly int _headerLength;

    private Ipv4Quote(ReadOnlySpan<byte> quote, int headerLength)
    {
        _quote = quote;
        _headerLength = headerLength;
    }

    /// <summary>The total length that the header gives.</summary>
    public ushort TotalLength => BinaryPrimitives.ReadUInt16BigEndian(_quote[2..]);

    /// <summary>The length of the header in bytes: 20 to 60.</summary>
    public int HeaderLength => _headerLength;

    /// <summary>Whether the packet was a fragment other than the first, so that what is quoted after the header does not start with the transport's.</summary>
    public bool IsLaterFragment => (BinaryPrimitives.ReadUInt16BigEndian(_quote[6..]) & 0x1fff) != 0;

    /// <summary>What it carried.</summary>
    public IpProtocol Protocol => (IpProtocol)_quote[9];

    /// <summary>From whom.</summary>
    public Ipv4Address Source => new(_quote[12..]);

    /// <summary>To whom.</summary>
    public Ipv4Address Destination => new(_quote[16..]);

    /// <summary>What is quoted after the header: at least 8 bytes.</summary>
    public ReadOnlySpan<byte> Payload => _quote[_headerLength..];

    /// <summary>Views a quote.</summary>
    /// <param name="quote">What follows the header of an ICMP error.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header and 8 bytes after it.</returns>
    public static bool TryParse(ReadOnlySpan<byte> quote, out Ipv4Quote result)
    {
        result = default;
        if (quote.Length < Ipv4Packet.HeaderSize + MinimumPayload || quote[0] >> 4 != 4)
        {
            return false;
        }

        var headerLength = (quote[0] & 0xf) * 4;
        if (headerLength < Ipv4Packet.HeaderSize || quote.Length < headerLength + MinimumPayload)
        {
            return false;
        }

        result = new Ipv4Quote(quote, headerLength);
        return true;
    }
}
