namespace Mirage.Net.TcpIp.Wire;

/// <summary>Why an IPv4 packet was refused.</summary>
public enum Ipv4ParseStatus : byte
{
    /// <summary>It was not.</summary>
    Valid = 0,

    /// <summary>There are fewer bytes than a header, its length or the total length says.</summary>
    Truncated,

    /// <summary>The version is not 4.</summary>
    NotIpv4,

    /// <summary>The header length is below 20 bytes.</summary>
    BadHeaderLength,

    /// <summary>The total length is below the header length.</summary>
    BadTotalLength,

    /// <summary>The header checksum is wrong (RFC 1122 §3.2.1.2).</summary>
    BadChecksum,

    /// <summary>An option in the header is malformed.</summary>
    BadOption,

    /// <summary>It carries a source route (RFC 6274 §3.13.2.3, §3.13.2.4).</summary>
    SourceRoute,
}
