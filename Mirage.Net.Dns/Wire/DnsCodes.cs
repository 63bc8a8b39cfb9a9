using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Dns;

/// <summary>What a record holds, and what is asked for (RFC 1035 §3.2.2 and later ones).</summary>
public enum DnsRecordType : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>A server of the zone.</summary>
    Ns = 2,

    /// <summary>Another name for the same thing.</summary>
    Cname = 5,

    /// <summary>The start of a zone; it says how long what is not there may be remembered.</summary>
    Soa = 6,

    /// <summary>A name, for an address.</summary>
    [SuppressMessage("Naming", "CA1720:Identifiers should not contain type names", Justification = "It is the record's name.")]
    Ptr = 12,

    /// <summary>A server of mail.</summary>
    Mx = 15,

    /// <summary>Text.</summary>
    Txt = 16,

    /// <summary>An IPv6 address (RFC 3596).</summary>
    Aaaa = 28,

    /// <summary>A server of a service (RFC 2782).</summary>
    Srv = 33,

    /// <summary>What is said about the message itself (RFC 6891).</summary>
    Opt = 41,

    /// <summary>Everything.</summary>
    Any = 255,
}

/// <summary>How a server answers (RFC 1035 §4.1.1, RFC 6891 §6.1.3).</summary>
public enum DnsResponseCode : ushort
{
    /// <summary>NOERROR.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server does not understand the question.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: the server failed.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: the name does not exist, nor any within it (RFC 8020).</summary>
    NameError = 3,

    /// <summary>NOTIMP: the server does not do that.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: the server will not.</summary>
    Refused = 5,

    /// <summary>BADVERS: the server knows no such version of EDNS.</summary>
    BadVersion = 16,
}
