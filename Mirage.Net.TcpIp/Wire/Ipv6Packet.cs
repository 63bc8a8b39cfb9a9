using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of an IPv6 packet (RFC 8200 §3). Valid as long as the bytes under it.</summary>
public readonly ref struct Ipv6Packet
{
    /// <summary>The length of the header in bytes, without extension headers.</summary>
    public const int HeaderSize = 40;

    /// <summary>The smallest MTU that a link may have (RFC 8200 §5).</summary>
    public const int MinimumMtu = 1280;

    /// <summary>Where in the header the next header's number is.</summary>
    public const int NextHeaderPosition = 6;

    private const uint FlowLabelMask = 0xf_ffff;

    private Ipv6Packet(ReadOnlySpan<byte> packet) => Packet = packet;

    /// <summary>Header and payload, without what follows the payload length.</summary>
    public ReadOnlySpan<byte> Packet { get; }

    /// <summary>What follows the header: extension headers and the transport's.</summary>
    public ReadOnlySpan<byte> Payload => Packet[HeaderSize..];

    /// <summary>DSCP and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass => (byte)(FirstWord >> 20);

    /// <summary>What the packets of one flow have in common (RFC 6437); 0 for none.</summary>
    public uint FlowLabel => FirstWord & FlowLabelMask;

    /// <summary>What follows: an extension header or a transport's.</summary>
    public IpProtocol NextHeader => (IpProtocol)Packet[NextHeaderPosition];

    /// <summary>How many routers it may still pass.</summary>
    public byte HopLimit => Packet[7];

    /// <summary>From whom.</summary>
    public Ipv6Address Source => new(Packet[8..]);

    /// <summary>To whom.</summary>
    public Ipv6Address Destination => new(Packet[24..]);

    private uint FirstWord => BinaryPrimitives.ReadUInt32BigEndian(Packet);

    /// <summary>Views a packet whose header is right.</summary>
    /// <param name="packet">The packet; bytes after its payload, such as padding, are ignored.</param>
    /// <param name="result">The view, if valid.</param>
    /// <returns>Whether it is valid, or why not.</returns>
    public static Ipv6ParseStatus TryParse(ReadOnlySpan<byte> packet, out Ipv6Packet result)
    {
        result = default;
        if (packet.Length < HeaderSize)
        {
            return Ipv6ParseStatus.Truncated;
        }

        if (packet[0] >> 4 != 6)
        {
            return Ipv6ParseStatus.NotIpv6;
        }

        var length = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (packet.Length < length)
        {
            return Ipv6ParseStatus.Truncated;
        }

        result = new Ipv6Packet(packet[..length]);
        return Ipv6ParseStatus.Valid;
    }

    /// <summary>Writes a header.</summary>
    /// <param name="header">At least 40 bytes.</param>
    /// <param name="fields">The fields.</param>
    public static void Write(Span<byte> header, in Ipv6Header fields)
    {
        header = header[..HeaderSize];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x6000_0000 | ((uint)fields.TrafficClass << 20) | (fields.FlowLabel & FlowLabelMask));
        BinaryPrimitives.WriteUInt32BigEndian(
            header[4..], ((uint)fields.PayloadLength << 16) | ((uint)fields.NextHeader << 8) | fields.HopLimit);
        fields.Source.CopyTo(header[8..]);
        fields.Destination.CopyTo(header[24..]);
    }
}
