namespace Mirage.Net.TcpIp;

/// <summary>ICMP for IPv6 (RFC 4443): answers echo, asks for it, tells of what cannot be delivered, and passes on what others tell.</summary>
/// <typeparam name="TIp">The IP layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ip">The IP layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="limits">How many echo requests may wait.</param>
public readonly struct Icmpv6<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits) : IIcmp
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly Icmpv6Layer<TIp, TPlatform> _layer = new(ip, platform, limits);

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
