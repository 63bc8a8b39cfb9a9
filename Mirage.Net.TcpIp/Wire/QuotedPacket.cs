namespace Mirage.Net.TcpIp.Wire;

/// <summary>The start of a packet that was received and is not there any more, written again for an ICMP error to quote (RFC 792, RFC 4443 §3): who sent it looks at its addresses and
/// at the transport's ports, and finds what it had sent.</summary>
public static class QuotedPacket
{
    /// <summary>The length of the longer of the two IP headers in bytes.</summary>
    public const int MaxHeaderSize = Ipv6Packet.HeaderSize;

    private const byte HopLimit = 64;

    /// <summary>Writes the IP header.</summary>
    /// <param name="packet">Where to; at least <see cref="MaxHeaderSize"/> bytes.</param>
    /// <param name="info">What the header said.</param>
    /// <param name="payloadLength">How long its payload was in bytes.</param>
    /// <returns>The length of the header in bytes; the transport's header is to follow.</returns>
    public static int WriteHeader(Span<byte> packet, in IpPacketInfo info, int payloadLength)
    {
        var timeToLive = info.TimeToLive == 0 ? HopLimit : info.TimeToLive;
        if (info.Destination.IsV6)
        {
            Ipv6Packet.Write(packet, new Ipv6Header
            {
                TrafficClass = info.TrafficClass,
                PayloadLength = (ushort)payloadLength,
                NextHeader = info.Protocol,
                HopLimit = timeToLive,
                Source = info.Source.V6,
                Destination = info.Destination.V6,
            });
            return Ipv6Packet.HeaderSize;
        }

        Ipv4Packet.Write(packet, new Ipv4Header
        {
            TrafficClass = info.TrafficClass,
            TotalLength = (ushort)Math.Min(Ipv4Packet.HeaderSize + payloadLength, ushort.MaxValue),
            DontFragment = info.DontFragment,
            TimeToLive = timeToLive,
            Protocol = info.Protocol,
            Source = info.Source.V4,
            Destination = info.Destination.V4,
        });
        return Ipv4Packet.HeaderSize;
    }
}
