namespace Mirage.Net.TcpIp;

/// <summary>Both versions of ICMP as one: the family of the address decides.</summary>
/// <typeparam name="TIcmpv4">ICMP for IPv4.</typeparam>
/// <typeparam name="TIcmpv6">ICMP for IPv6.</typeparam>
/// <param name="v4">ICMP for IPv4.</param>
/// <param name="v6">ICMP for IPv6.</param>
public readonly struct Icmp<TIcmpv4, TIcmpv6>(TIcmpv4 v4, TIcmpv6 v6) : IIcmp
    where TIcmpv4 : struct, IIcmp
    where TIcmpv6 : struct, IIcmp
{
    private readonly IcmpLayer<TIcmpv4, TIcmpv6> _layer = new(v4, v6);

    /// <summary>ICMP for IPv4.</summary>
    public TIcmpv4 V4 => _layer.V4;

    /// <summary>ICMP for IPv6.</summary>
    public TIcmpv6 V6 => _layer.V6;

    /// <inheritdoc/>
    public void Input<THandler>(in IpPacketInfo info, ReadOnlySpan<byte> message, THandler handler)
        where THandler : struct, IIcmpHandler
    {
        if (info.Destination.IsV6)
        {
            _layer.V6.Input(info, message, handler);
        }
        else
        {
            _layer.V4.Input(info, message, handler);
        }
    }

    /// <inheritdoc/>
    public void SendUnreachable(in IpPacketInfo info, ReadOnlySpan<byte> packet, UnreachableReason reason)
    {
        if (info.Destination.IsV6)
        {
            _layer.V6.SendUnreachable(info, packet, reason);
        }
        else
        {
            _layer.V4.SendUnreachable(info, packet, reason);
        }
    }

    /// <inheritdoc/>
    public void SendProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem)
    {
        if (info.Destination.IsV6)
        {
            _layer.V6.SendProblem(info, packet, problem);
        }
        else
        {
            _layer.V4.SendProblem(info, packet, problem);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Result<TimeSpan>> PingAsync(IpAddress destination, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation = default)
        => destination.IsV6
            ? _layer.V6.PingAsync(destination, payload, timeout, cancellation)
            : _layer.V4.PingAsync(destination, payload, timeout, cancellation);
}

internal sealed class IcmpLayer<TIcmpv4, TIcmpv6>(TIcmpv4 v4, TIcmpv6 v6)
    where TIcmpv4 : struct, IIcmp
    where TIcmpv6 : struct, IIcmp
{
    public TIcmpv4 V4 { get; } = v4;

    public TIcmpv6 V6 { get; } = v6;
}
