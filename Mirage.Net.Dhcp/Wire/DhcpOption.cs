namespace Mirage.Net.Dhcp.Wire;

/// <summary>What a DHCP message is for (RFC 2132 §9.6).</summary>
public enum DhcpMessageType : byte
{
    /// <summary>None: a BOOTP message, or a broken one.</summary>
    None = 0,

    /// <summary>A client looks for servers.</summary>
    Discover = 1,

    /// <summary>A server offers an address.</summary>
    Offer = 2,

    /// <summary>A client asks for an address, or to keep one.</summary>
    Request = 3,

    /// <summary>A client has found that another host uses the address.</summary>
    Decline = 4,

    /// <summary>A server leases the address.</summary>
    Ack = 5,

    /// <summary>A server refuses the address.</summary>
    Nak = 6,

    /// <summary>A client gives its address back.</summary>
    Release = 7,

    /// <summary>A client that has an address asks for parameters.</summary>
    Inform = 8,
}

/// <summary>The codes of the options that are read or written here (RFC 2132).</summary>
public enum DhcpOption : byte
{
    /// <summary>Nothing; one byte.</summary>
    Pad = 0,

    /// <summary>The mask of the network.</summary>
    SubnetMask = 1,

    /// <summary>Routers, the preferred first.</summary>
    Router = 3,

    /// <summary>Servers of names, the preferred first.</summary>
    DomainNameServer = 6,

    /// <summary>The client's name.</summary>
    HostName = 12,

    /// <summary>The domain in which names are completed.</summary>
    DomainName = 15,

    /// <summary>The largest packet on the link.</summary>
    InterfaceMtu = 26,

    /// <summary>The network's broadcast address.</summary>
    BroadcastAddress = 28,

    /// <summary>Servers of time.</summary>
    NtpServers = 42,

    /// <summary>The address that a client would like to have.</summary>
    RequestedAddress = 50,

    /// <summary>How long an address is leased, in seconds.</summary>
    LeaseTime = 51,

    /// <summary>Whether the fields <c>file</c> and <c>sname</c> hold options too.</summary>
    Overload = 52,

    /// <summary>What the message is for.</summary>
    MessageType = 53,

    /// <summary>The server's address, which also names it.</summary>
    ServerIdentifier = 54,

    /// <summary>Which options a client wants.</summary>
    ParameterRequestList = 55,

    /// <summary>Why a server refuses.</summary>
    Message = 56,

    /// <summary>The largest message that a client takes, with IP and UDP headers.</summary>
    MaximumMessageSize = 57,

    /// <summary>When to renew (T1), in seconds.</summary>
    RenewalTime = 58,

    /// <summary>When to ask any server (T2), in seconds.</summary>
    RebindingTime = 59,

    /// <summary>What names the client to servers.</summary>
    ClientIdentifier = 61,

    /// <summary>Routes (RFC 3442).</summary>
    ClasslessRoutes = 121,

    /// <summary>The end of the options.</summary>
    End = 255,
}
