namespace Mirage.Net.TcpIp.Wire;

/// <summary>The fields of an IPv4 header without options to be written; see <see cref="Ipv4Packet.Write"/>.</summary>
public readonly struct Ipv4Header
{
    /// <summary>DSCP and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass { get; init; }

    /// <summary>The length of header and payload in bytes.</summary>
    public ushort TotalLength { get; init; }

    /// <summary>What fragments of one datagram have in common (RFC 6864).</summary>
    public ushort Identification { get; init; }

    /// <summary>Whether routers must not fragment it.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether fragments of the datagram follow this one.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Where in the datagram this fragment belongs, in bytes: a multiple of 8 up to 65,528.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>How many routers it may pass.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>What it carries.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>From whom.</summary>
    public Ipv4Address Source { get; init; }

    /// <summary>To whom.</summary>
    public Ipv4Address Destination { get; init; }
}
