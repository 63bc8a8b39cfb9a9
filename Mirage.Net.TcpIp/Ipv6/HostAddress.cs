namespace Mirage.Net.TcpIp;

/// <summary>What a host may do with one of its IPv6 addresses (RFC 4862 §2).</summary>
public enum Ipv6AddressState : byte
{
    /// <summary>Nothing: this host does not have it.</summary>
    None = 0,

    /// <summary>Nothing yet: it is being asked whether another host has it.</summary>
    Tentative,

    /// <summary>Everything.</summary>
    Preferred,

    /// <summary>Go on, but begin nothing new with it if there is another.</summary>
    Deprecated,

    /// <summary>Nothing: another host has it.</summary>
    Duplicate,
}

/// <summary>One of this host's IPv6 addresses.</summary>
internal sealed class HostAddress(IpNetwork network, bool isOnLink)
{
    public readonly IpNetwork Network = network;
    public readonly Ipv6Address Address = network.Address.V6;

    /// <summary>Whether its network is on the link: not so where a router said nothing of it.</summary>
    public readonly bool IsOnLink = isOnLink;

    public Ipv6AddressState State = Ipv6AddressState.Tentative;

    /// <summary>The router that advertised its network, if one did.</summary>
    public Ipv6Address AdvertisedBy;

    public bool IsReady => State is Ipv6AddressState.Preferred or Ipv6AddressState.Deprecated;
}
