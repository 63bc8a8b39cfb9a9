namespace Mirage.Net.TcpIp.Wire;

/// <summary>The kind of an ICMPv6 message (RFC 4443, IANA ICMPv6 types). Errors are below 128.</summary>
public enum Icmpv6Type : byte
{
    /// <summary>A packet could not be delivered; the code says why.</summary>
    DestinationUnreachable = 1,

    /// <summary>A packet is larger than a link on the way carries; bytes 4 to 7 are that link's MTU.</summary>
    PacketTooBig = 2,

    /// <summary>A packet passed too many routers (code 0), or its fragments did not arrive in time (code 1).</summary>
    TimeExceeded = 3,

    /// <summary>A field could not be processed; bytes 4 to 7 say where it is.</summary>
    ParameterProblem = 4,

    /// <summary>Asks for <see cref="EchoReply"/>.</summary>
    EchoRequest = 128,

    /// <summary>The answer to <see cref="EchoRequest"/>.</summary>
    EchoReply = 129,

    /// <summary>Asks which groups have listeners (RFC 2710, RFC 3810).</summary>
    ListenerQuery = 130,

    /// <summary>This host listens to a group (RFC 2710).</summary>
    ListenerReport = 131,

    /// <summary>This host does not listen to a group any more (RFC 2710).</summary>
    ListenerDone = 132,

    /// <summary>Asks routers to advertise themselves (RFC 4861 §4.1).</summary>
    RouterSolicitation = 133,

    /// <summary>A router, and what hosts on its link configure (RFC 4861 §4.2).</summary>
    RouterAdvertisement = 134,

    /// <summary>Asks for a neighbour's link-layer address (RFC 4861 §4.3).</summary>
    NeighbourSolicitation = 135,

    /// <summary>Tells a link-layer address (RFC 4861 §4.4).</summary>
    NeighbourAdvertisement = 136,

    /// <summary>A better first hop (RFC 4861 §4.5).</summary>
    Redirect = 137,

    /// <summary>Which groups this host listens to (RFC 3810).</summary>
    ListenerReportV2 = 143,
}
