namespace Mirage.Net.TcpIp;

/// <summary>What each layer of a stack did and dropped.</summary>
public readonly record struct StackCounters
{
    /// <summary>The device.</summary>
    public NetworkCounters Network { get; init; }

    /// <summary>Ethernet.</summary>
    public EthernetCounters Ethernet { get; init; }

    /// <summary>ARP.</summary>
    public ArpCounters Arp { get; init; }

    /// <summary>Neighbour discovery.</summary>
    public NdpCounters Ndp { get; init; }

    /// <summary>IPv6's autoconfiguration.</summary>
    public AutoconfigurationCounters Autoconfiguration { get; init; }

    /// <summary>IPv4.</summary>
    public Ipv4Counters Ipv4 { get; init; }

    /// <summary>IPv6.</summary>
    public Ipv6Counters Ipv6 { get; init; }

    /// <summary>ICMP for IPv4.</summary>
    public IcmpCounters Icmp { get; init; }

    /// <summary>ICMP for IPv6.</summary>
    public IcmpCounters Icmpv6 { get; init; }

    /// <summary>ICMP errors about packets of a protocol that does not take any.</summary>
    public long IcmpErrorsIgnored { get; init; }

    /// <summary>Echo requests to addresses that are not this host's, and not answered.</summary>
    public long EchoesToOthersIgnored { get; init; }

    /// <summary>Over a packet device: what is neither IPv4 nor, where that is spoken, IPv6.</summary>
    public long UnknownVersion { get; init; }

    /// <summary>Over a packet device: messages of neighbour discovery, which has no meaning there.</summary>
    public long LinkMessagesIgnored { get; init; }

    /// <summary>UDP.</summary>
    public UdpCounters Udp { get; init; }

    /// <summary>TCP.</summary>
    public TcpCounters Tcp { get; init; }

    /// <summary>Bytes of buffers in use: what connections hold, what waits.</summary>
    public long BuffersInUse { get; init; }
}
