namespace Mirage.Net.TcpIp.Wire;

/// <summary>Why an IPv6 packet was refused.</summary>
public enum Ipv6ParseStatus : byte
{
    /// <summary>It was not.</summary>
    Valid = 0,

    /// <summary>There are fewer bytes than a header, or than the payload length says.</summary>
    Truncated,

    /// <summary>The version is not 6.</summary>
    NotIpv6,
}
