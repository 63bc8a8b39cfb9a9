namespace Mirage.Net.TcpIp;

/// <summary>ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2): answers echo, asks for it, and tells of what cannot be delivered.</summary>
/// <typeparam name="TIp">The IP layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ip">The IP layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="limits">How many echo requests may wait.</param>
public readonly struct Icmpv4<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits) : IIcmp
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly Icmpv4Layer<TIp, TPlatform> _layer = new(ip, platform, limits);

    /// <summary>What was answered, sent and dropped.</summary>
    public IcmpCounters Counters => _layer.Counters;

    /// <inheritdoc/>
    public void Input<THandler>(in IpPacketInfo info, ReadOnlySpan<byte> message, THandler handler)
        where THandler : struct, IIcmpHandler
        => _layer.Input(info, message, handler);

    /// <summary>Takes a packet of this host's that could not be brought to a neighbour: whoever sent it is told as by an error.</summary>
    /// <typeparam name="THandler">What gets the error.</typeparam>
    /// <param name="packet">The packet with its IP header.</param>
    /// <param name="handler">What gets the error.</param>
    public void InputUndelivered<THandler>(ReadOnlySpan<byte> packet, THandler handler)
        where THandler : struct, IIpErrorHandler
        => _layer.InputUndelivered(packet, handler);

    /// <inheritdoc/>
    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason) => _layer.SendUnreachable(info, packet, reason);

    /// <inheritdoc/>
    public void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem) => _layer.SendProblem(info, packet, problem);

    /// <inheritdoc/>
    public ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation = default)
        => _layer.PingAsync(destination, payload, timeout, cancellation);
}

/// <summary>What the ICMP layer answered, sent and dropped.</summary>
public readonly record struct IcmpCounters
{
    /// <summary>Messages received.</summary>
    public long Received { get; init; }

    /// <summary>Truncated messages, and those with a wrong checksum.</summary>
    public long Malformed { get; init; }

    /// <summary>Echo requests answered.</summary>
    public long EchoesAnswered { get; init; }

    /// <summary>Echo requests not answered: the device was full, or they were sent to everyone.</summary>
    public long EchoesDropped { get; init; }

    /// <summary>Errors received about packets of this host's, and handed to what had sent them.</summary>
    public long ErrorsReceived { get; init; }

    /// <summary>Errors received that quote too little, or a packet that this host cannot have sent (RFC 1122 §3.2.2).</summary>
    public long ErrorsRefused { get; init; }

    /// <summary>Redirects and source quenches, which are not acted on (RFC 6633 §3), and messages that hosts need not understand.</summary>
    public long Ignored { get; init; }

    /// <summary>Errors sent.</summary>
    public long ErrorsSent { get; init; }

    /// <summary>Errors not sent because of the rate limit.</summary>
    public long ErrorsLimited { get; init; }
}
