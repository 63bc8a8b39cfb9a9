namespace Mirage.Net.Dhcp.Wire;

/// <summary>The fixed fields of a DHCP message (RFC 2131 §2).</summary>
public readonly record struct DhcpHeader
{
    /// <summary>Whether it goes from a server to a client.</summary>
    public bool IsReply { get; init; }

    /// <summary>What joins answers to questions (<c>xid</c>).</summary>
    public uint TransactionId { get; init; }

    /// <summary>Seconds since the client began (<c>secs</c>).</summary>
    public ushort Seconds { get; init; }

    /// <summary>Whether answers are to be sent to everyone, because the client cannot receive otherwise yet.</summary>
    public bool Broadcast { get; init; }

    /// <summary>The address that the client has (<c>ciaddr</c>).</summary>
    public Ipv4Address ClientAddress { get; init; }

    /// <summary>The address that the client gets (<c>yiaddr</c>).</summary>
    public Ipv4Address YourAddress { get; init; }

    /// <summary>The next server to boot from (<c>siaddr</c>).</summary>
    public Ipv4Address NextServer { get; init; }

    /// <summary>The relay through which it came (<c>giaddr</c>).</summary>
    public Ipv4Address Relay { get; init; }

    /// <summary>The client's address on the link (<c>chaddr</c>).</summary>
    public MacAddress ClientHardware { get; init; }
}
