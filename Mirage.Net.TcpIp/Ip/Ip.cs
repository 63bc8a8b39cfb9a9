using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>Both families of IP as one layer (RFC 4213 §2): the destination's family decides. The one place in a stack with two layers underneath.</summary>
/// <typeparam name="TIpv4">IPv4.</typeparam>
/// <typeparam name="TIpv6">IPv6.</typeparam>
/// <param name="v4">IPv4.</param>
/// <param name="v6">IPv6.</param>
public readonly struct Ip<TIpv4, TIpv6>(TIpv4 v4, TIpv6 v6) : IIpLayer
    where TIpv4 : struct, IIpLayer
    where TIpv6 : struct, IIpLayer
{
    private readonly IpLayer<TIpv4, TIpv6> _layer = new(v4, v6);

    /// <inheritdoc/>
    public static NetworkOffload Offload
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TIpv4.Offload & TIpv6.Offload;
    }

    /// <summary>IPv4: addresses, routes, counters.</summary>
    public TIpv4 V4 => _layer.V4;

    /// <summary>IPv6: addresses, routes, counters.</summary>
    public TIpv6 V6 => _layer.V6;

    /// <summary>The addresses of both families, IPv4's first.</summary>
    public IReadOnlyList<IpNetwork> Addresses => [.. _layer.V4.Addresses, .. _layer.V6.Addresses];

    /// <summary>The routes of both families, IPv4's first; of each, the longest prefix first.</summary>
    public IReadOnlyList<Route> Routes => [.. _layer.V4.Routes, .. _layer.V6.Routes];

    /// <inheritdoc/>
    public void AddAddress(IpNetwork address)
    {
        if (address.Address.IsV6)
        {
            _layer.V6.AddAddress(address);
        }
        else
        {
            _layer.V4.AddAddress(address);
        }
    }

    /// <inheritdoc/>
    public bool RemoveAddress(IpNetwork address) => address.Address.IsV6 ? _layer.V6.RemoveAddress(address) : _layer.V4.RemoveAddress(address);

    /// <inheritdoc/>
    public void AddRoute(Route route)
    {
        if (route.Gateway.Family != IpFamily.None && route.Gateway.Family != route.Destination.Address.Family)
        {
            throw new ArgumentException($"{route.Gateway} cannot be the router to {route.Destination}, which is of the other family", nameof(route));
        }

        if (route.Destination.Address.IsV6)
        {
            _layer.V6.AddRoute(route);
        }
        else
        {
            _layer.V4.AddRoute(route);
        }
    }

    /// <inheritdoc/>
    public void RemoveRoute(IpNetwork destination)
    {
        if (destination.Address.IsV6)
        {
            _layer.V6.RemoveRoute(destination);
        }
        else
        {
            _layer.V4.RemoveRoute(destination);
        }
    }

    /// <summary>Limits what is sent, in both families; <see cref="V4"/> and <see cref="V6"/> have their own.</summary>
    /// <param name="mtu">The largest packet in bytes; <see langword="null"/> for what the link takes.</param>
    public void SetMtu(int? mtu)
    {
        _layer.V4.SetMtu(mtu);
        _layer.V6.SetMtu(mtu);
    }

    /// <inheritdoc/>
    public bool AcceptsAnyAddress => _layer.V4.AcceptsAnyAddress;

    /// <inheritdoc/>
    public void SetAcceptAnyAddress(bool value)
    {
        _layer.V4.SetAcceptAnyAddress(value);
        _layer.V6.SetAcceptAnyAddress(value);
    }

    /// <inheritdoc/>
    public bool IsLocal(IpAddress address) => address.IsV6 ? _layer.V6.IsLocal(address) : _layer.V4.IsLocal(address);

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination)
        => destination.IsV6 ? _layer.V6.SelectSource(destination) : _layer.V4.SelectSource(destination);

    /// <inheritdoc/>
    public int MaxPayload(IpAddress destination) => destination.IsV6 ? _layer.V6.MaxPayload(destination) : _layer.V4.MaxPayload(destination);

    /// <inheritdoc/>
    public int MaxReceivedPayload(IpAddress source) => source.IsV6 ? _layer.V6.MaxReceivedPayload(source) : _layer.V4.MaxReceivedPayload(source);

    /// <inheritdoc/>
    public int PathRevision => _layer.V4.PathRevision + _layer.V6.PathRevision;

    /// <inheritdoc/>
    public void ReportPathMtu(IpAddress destination, int mtu)
    {
        if (destination.IsV6)
        {
            _layer.V6.ReportPathMtu(destination, mtu);
        }
        else
        {
            _layer.V4.ReportPathMtu(destination, mtu);
        }
    }

    /// <inheritdoc/>
    public void ConfirmReachable(IpAddress destination, Instant now)
    {
        if (destination.IsV6)
        {
            _layer.V6.ConfirmReachable(destination, now);
        }
        else
        {
            _layer.V4.ConfirmReachable(destination, now);
        }
    }

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => group.IsV6 ? _layer.V6.JoinGroup(group) : _layer.V4.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => group.IsV6 ? _layer.V6.LeaveGroup(group) : _layer.V4.LeaveGroup(group);

    /// <inheritdoc/>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
        => Instant.Min(_layer.V4.RunTimers(now, handler), _layer.V6.RunTimers(now, handler));

    /// <inheritdoc/>
    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload) => _layer.Rent(info, length, out payload);

    /// <inheritdoc/>
    public SendStatus Send(in FrameInfo info) => _layer.Send(info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <summary>Takes a packet of either family from the link; its version decides.</summary>
    /// <inheritdoc/>
    public void Input<THandler>(ReadOnlySpan<byte> packet, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
    {
        if (!packet.IsEmpty && packet[0] >> 4 == (int)IpFamily.V6)
        {
            _layer.V6.Input(packet, info, handler);
        }
        else
        {
            _layer.V4.Input(packet, info, handler);
        }
    }

    /// <inheritdoc/>
    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.V4.ReceiveLoopback(budget, handler) + _layer.V6.ReceiveLoopback(budget, handler);
}

/// <summary>The two layers, and from which of them a packet is lent.</summary>
internal sealed class IpLayer<TIpv4, TIpv6>(TIpv4 v4, TIpv6 v6)
    where TIpv4 : struct, IIpLayer
    where TIpv6 : struct, IIpLayer
{
    private bool _lentV6;

    public TIpv4 V4 { get; } = v4;

    public TIpv6 V6 { get; } = v6;

    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload)
    {
        _lentV6 = info.Destination.IsV6;
        return _lentV6 ? V6.Rent(info, length, out payload) : V4.Rent(info, length, out payload);
    }

    public SendStatus Send(in FrameInfo info) => _lentV6 ? V6.Send(info) : V4.Send(info);

    public void Return()
    {
        if (_lentV6)
        {
            V6.Return();
        }
        else
        {
            V4.Return();
        }
    }
}
