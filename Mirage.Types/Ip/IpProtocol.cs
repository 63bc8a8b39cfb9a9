namespace Mirage;

/// <summary>The protocol that an IP packet carries (IANA protocol numbers).</summary>
public enum IpProtocol : byte
{
    /// <summary>ICMP (RFC 792).</summary>
    Icmp = 1,

    /// <summary>IGMP (RFC 3376).</summary>
    Igmp = 2,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,

    /// <summary>ICMPv6 (RFC 4443).</summary>
    Icmpv6 = 58,
}
