namespace Mirage.Net.TcpIp.Wire;

/// <summary>The fields of an IPv6 header to be written; see <see cref="Ipv6Packet.Write"/>.</summary>
public readonly struct Ipv6Header
{
    /// <summary>DSCP and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass { get; init; }

    /// <summary>What the packets of one flow have in common (RFC 6437): 20 bits; 0 for none.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>The length of what follows the header in bytes.</summary>
    public ushort PayloadLength { get; init; }

    /// <summary>What follows: an extension header or a transport's.</summary>
    public IpProtocol NextHeader { get; init; }

    /// <summary>How many routers it may pass.</summary>
    public byte HopLimit { get; init; }

    /// <summary>From whom.</summary>
    public Ipv6Address Source { get; init; }

    /// <summary>To whom.</summary>
    public Ipv6Address Destination { get; init; }
}
