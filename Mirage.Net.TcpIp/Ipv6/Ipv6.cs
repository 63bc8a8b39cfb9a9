namespace Mirage.Net.TcpIp;

/// <summary>IPv6 (RFC 8200) over a link: several addresses, routes, validation of everything received.</summary>
/// <typeparam name="TLink">What brings packets to a next hop: <see cref="Ndp{TEthernet, TPlatform}"/>, or a packet device.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="link">The link.</param>
/// <param name="platform">The platform.</param>
/// <param name="buffers">Where buffers for packets to this host itself come from.</param>
/// <param name="limits">How many of these may wait.</param>
public readonly struct Ipv6<TLink, TPlatform>(TLink link, TPlatform platform, BufferPool buffers, StackLimits limits) : IIpLayer
    where TLink : struct, IIpLink<Ipv6Address>
    where TPlatform : struct, IPlatform
{
    private readonly Ipv6Layer<TLink, TPlatform> _layer = new(link, platform, buffers, limits);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TLink.Offload;

    /// <inheritdoc/>
    public IReadOnlyList<IpNetwork> Addresses => _layer.Addresses;

    /// <inheritdoc/>
    public IReadOnlyList<Route> Routes => _layer.Routes;

    /// <summary>What was delivered and dropped.</summary>
    public Ipv6Counters Counters => _layer.Counters;

    /// <inheritdoc/>
    public void AddAddress(IpNetwork address) => _layer.AddAddress(address);

    /// <inheritdoc/>
    public bool RemoveAddress(IpNetwork address) => _layer.RemoveAddress(address);

    /// <inheritdoc/>
    public void AddRoute(Route route) => _layer.AddRoute(route);

    /// <inheritdoc/>
    public void RemoveRoute(IpNetwork destination) => _layer.RemoveRoute(destination);

    /// <inheritdoc/>
    public void SetMtu(int? mtu) => _layer.SetMtu(mtu);

    /// <inheritdoc/>
    public bool AcceptsAnyAddress => _layer.AcceptsAnyAddress;

    /// <inheritdoc/>
    public void SetAcceptAnyAddress(bool value) => _layer.AcceptsAnyAddress = value;

    /// <inheritdoc/>
    public bool IsLocal(IpAddress address) => address.IsV6 && _layer.IsLocal(address.V6);

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination) => _layer.SelectSource(destination);

    /// <inheritdoc/>
    public int MaxPayload(IpAddress destination) => _layer.MaxPayload(destination);

    /// <inheritdoc/>
    public int PathRevision => _layer.PathRevision;

    /// <inheritdoc/>
    public void ReportPathMtu(IpAddress destination, int mtu) => _layer.ReportPathMtu(destination, mtu);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => _layer.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => _layer.LeaveGroup(group);

    /// <inheritdoc/>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.RunTimers(now);

    /// <inheritdoc/>
    public LendStatus Rent(in IpPacketInfo info, int length, out Span<byte> payload) => _layer.Rent(info, length, out payload);

    /// <inheritdoc/>
    public SendStatus Send(in FrameInfo info) => _layer.Send(info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <inheritdoc/>
    public void Input<THandler>(ReadOnlySpan<byte> packet, in FrameInfo info, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.Input(packet, info, handler);

    /// <inheritdoc/>
    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.ReceiveLoopback(budget, handler);
}
