namespace Mirage.Net.TcpIp.Wire;

/// <summary>The kind of an ICMP message (RFC 792, IANA ICMP types).</summary>
public enum Icmpv4Type : byte
{
    /// <summary>The answer to <see cref="EchoRequest"/>.</summary>
    EchoReply = 0,

    /// <summary>A packet could not be delivered; the code says why.</summary>
    DestinationUnreachable = 3,

    /// <summary>Deprecated, and ignored on receipt (RFC 6633).</summary>
    SourceQuench = 4,

    /// <summary>A better first router.</summary>
    Redirect = 5,

    /// <summary>Asks for <see cref="EchoReply"/>.</summary>
    EchoRequest = 8,

    /// <summary>A router announces itself (RFC 1256).</summary>
    RouterAdvertisement = 9,

    /// <summary>Asks for <see cref="RouterAdvertisement"/>.</summary>
    RouterSolicitation = 10,

    /// <summary>A packet passed too many routers (code 0), or its fragments did not arrive in time (code 1).</summary>
    TimeExceeded = 11,

    /// <summary>A header field could not be processed.</summary>
    ParameterProblem = 12,

    /// <summary>Asks for the time of day.</summary>
    TimestampRequest = 13,

    /// <summary>The answer to <see cref="TimestampRequest"/>.</summary>
    TimestampReply = 14,
}
