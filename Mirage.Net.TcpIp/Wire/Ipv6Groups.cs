namespace Mirage.Net.TcpIp.Wire;

/// <summary>Groups with a meaning of their own (RFC 4291 §2.7.1).</summary>
public static class Ipv6Groups
{
    private static readonly Ipv6Address SolicitedNodePrefix = new(new UInt128(0xff02_0000_0000_0000, 0x0000_0001_ff00_0000));

    /// <summary><c>ff02::1</c>: all nodes on the link.</summary>
    public static Ipv6Address AllNodes { get; } = new(new UInt128(0xff02_0000_0000_0000, 1));

    /// <summary><c>ff01::1</c>: all nodes on the interface.</summary>
    public static Ipv6Address AllNodesOnInterface { get; } = new(new UInt128(0xff01_0000_0000_0000, 1));

    /// <summary><c>ff02::2</c>: all routers on the link.</summary>
    public static Ipv6Address AllRouters { get; } = new(new UInt128(0xff02_0000_0000_0000, 2));

    /// <summary><c>ff02::16</c>: all routers that speak MLDv2 (RFC 3810 §5.2.14).</summary>
    public static Ipv6Address AllMldV2Routers { get; } = new(new UInt128(0xff02_0000_0000_0000, 0x16));

    /// <summary>The group of those whose addresses end as one does: <c>ff02::1:ff00:0/104</c> and its last 24 bits.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The group.</returns>
    public static Ipv6Address SolicitedNode(in Ipv6Address address) => new(SolicitedNodePrefix.Value | (address.Value & 0xff_ffff));

    /// <summary>Whether a group is a solicited-node group.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsSolicitedNode(in Ipv6Address group) => group.Value >> 24 == SolicitedNodePrefix.Value >> 24;
}
