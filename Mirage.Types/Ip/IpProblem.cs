namespace Mirage;

/// <summary>What is wrong with a packet whose sender is to be told by ICMP.</summary>
/// <param name="kind">What is wrong.</param>
/// <param name="code">The code of a <see cref="IpErrorKind.ParameterProblem"/>, in the family's own numbers (RFC 792, RFC 4443 §3.4).</param>
/// <param name="position">Where in the packet, in bytes, with a <see cref="IpErrorKind.ParameterProblem"/>.</param>
public readonly struct IpProblem(IpErrorKind kind, byte code = 0, uint position = 0)
{
    /// <summary>What is wrong.</summary>
    public IpErrorKind Kind { get; } = kind;

    /// <summary>The code of a <see cref="IpErrorKind.ParameterProblem"/>, in the family's own numbers.</summary>
    public byte Code { get; } = code;

    /// <summary>Where in the packet, in bytes, with a <see cref="IpErrorKind.ParameterProblem"/>.</summary>
    public uint Position { get; } = position;

    /// <summary>With a kind that says that something could not be reached: what.</summary>
    public UnreachableReason UnreachableReason => Kind switch
    {
        IpErrorKind.PortUnreachable => UnreachableReason.Port,
        IpErrorKind.ProtocolUnreachable => UnreachableReason.Protocol,
        IpErrorKind.HostUnreachable => UnreachableReason.Host,
        _ => UnreachableReason.Network,
    };
}
