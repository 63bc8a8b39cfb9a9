namespace Mirage;

/// <summary>What an ICMP error says, in terms that both versions have (RFC 792, RFC 1122 §3.2.2.1, RFC 4443 §3).</summary>
public enum IpErrorKind : byte
{
    /// <summary>No route to the network or address.</summary>
    NetworkUnreachable,

    /// <summary>The host does not answer.</summary>
    HostUnreachable,

    /// <summary>The host does not speak the protocol (IPv6: the next header is not known).</summary>
    ProtocolUnreachable,

    /// <summary>Nobody listens on the port.</summary>
    PortUnreachable,

    /// <summary>A filter on the way forbids it.</summary>
    Prohibited,

    /// <summary>The packet is larger than a link on the way carries; <see cref="IpError.Mtu"/> says how much that is.</summary>
    PacketTooBig,

    /// <summary>The hop limit ran out on the way.</summary>
    TimeExceeded,

    /// <summary>Fragments were missing at the destination.</summary>
    ReassemblyTimeExceeded,

    /// <summary>A field of the header is wrong, or a source route failed.</summary>
    ParameterProblem,
}

/// <summary>
/// An ICMP error about a packet that, it says, this host sent. Anybody can forge one: a transport acts on it only if the quoted packet is one that it may
/// have outstanding (RFC 5927 §4).
/// </summary>
public readonly struct IpError
{
    /// <summary>What went wrong.</summary>
    public IpErrorKind Kind { get; init; }

    /// <summary>Who says so: a router, the destination itself, or this host.</summary>
    public IpAddress Reporter { get; init; }

    /// <summary>From where the quoted packet was sent: an address of this host.</summary>
    public IpAddress Local { get; init; }

    /// <summary>To where the quoted packet was sent.</summary>
    public IpAddress Remote { get; init; }

    /// <summary>What the quoted packet carried.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>With <see cref="IpErrorKind.PacketTooBig"/>: the largest packet in bytes, with its IP header, that the link carries. Where a router does not say, it is the
    /// next smaller one of RFC 1191's table of common sizes (§7.1).</summary>
    public int Mtu { get; init; }

    /// <summary>With <see cref="IpErrorKind.PacketTooBig"/>: the total length in bytes that the quoted packet's header gives.</summary>
    public int QuotedLength { get; init; }

    /// <summary>The error in the terms that programs see: a closed port is <see cref="ErrorKind.Refused"/>, a packet too big <see cref="ErrorKind.TooLarge"/>,
    /// a filter <see cref="ErrorKind.NotPermitted"/>, everything else <see cref="ErrorKind.Unreachable"/>.</summary>
    /// <returns>The error, whose text says who reported what.</returns>
    public DeviceError ToDeviceError() => Kind switch
    {
        IpErrorKind.PortUnreachable => new(ErrorKind.Refused, $"{Remote} says that nobody listens on the port"),
        IpErrorKind.PacketTooBig => new(ErrorKind.TooLarge, $"{Reporter} carries at most {Mtu} bytes towards {Remote}"),
        IpErrorKind.Prohibited => new(ErrorKind.NotPermitted, $"{Reporter} forbids what was sent to {Remote}"),
        IpErrorKind.NetworkUnreachable => new(ErrorKind.Unreachable, $"{Reporter} has no route to {Remote}"),
        IpErrorKind.HostUnreachable => new(ErrorKind.Unreachable, $"{Remote} does not answer{(Reporter == Local ? "" : $", says {Reporter}")}"),
        IpErrorKind.ProtocolUnreachable => new(ErrorKind.Unreachable, $"{Remote} does not speak protocol {(int)Protocol}"),
        IpErrorKind.TimeExceeded => new(ErrorKind.Unreachable, $"the hop limit ran out at {Reporter} on the way to {Remote}"),
        IpErrorKind.ReassemblyTimeExceeded => new(ErrorKind.Unreachable, $"fragments were missing at {Remote}"),
        _ => new(ErrorKind.Unreachable, $"{Reporter} could not read the header of what was sent to {Remote}"),
    };
}

/// <summary>What receives the errors about packets of this host's: the transports.</summary>
public interface IIpErrorHandler
{
    /// <summary>Takes an error.</summary>
    /// <param name="error">What it says. Nothing of it is proven.</param>
    /// <param name="quoted">What it quotes of the packet after the IP header: at least 8 bytes, perhaps no more; valid during the call only.</param>
    void OnError(in IpError error, ReadOnlySpan<byte> quoted);
}
