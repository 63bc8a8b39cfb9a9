namespace Mirage;

/// <summary>The protocol that an IP packet carries (IANA protocol numbers).</summary>
public enum IpProtocol : byte
{
    /// <summary>IPv6: options that each router reads (RFC 8200 §4.3).</summary>
    HopByHopOptions = 0,

    /// <summary>ICMP (RFC 792).</summary>
    Icmp = 1,

    /// <summary>IGMP (RFC 3376).</summary>
    Igmp = 2,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,

    /// <summary>IPv6: a route (RFC 8200 §4.4).</summary>
    Ipv6Routing = 43,

    /// <summary>IPv6: a part of a packet (RFC 8200 §4.5).</summary>
    Ipv6Fragment = 44,

    /// <summary>ICMPv6 (RFC 4443).</summary>
    Icmpv6 = 58,

    /// <summary>IPv6: nothing follows (RFC 8200 §4.7).</summary>
    NoNextHeader = 59,

    /// <summary>IPv6: options that the destination reads (RFC 8200 §4.6).</summary>
    DestinationOptions = 60,
}
