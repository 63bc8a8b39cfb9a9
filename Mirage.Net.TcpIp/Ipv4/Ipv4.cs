namespace Mirage.Net.TcpIp;

/// <summary>IPv4 (RFC 791, RFC 1122 §3) over a link: several addresses, routes, validation of everything received.</summary>
/// <typeparam name="TLink">What brings packets to a next hop: <see cref="Arp{TEthernet, TPlatform}"/>, or a packet device.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="link">The link.</param>
/// <param name="platform">The platform.</param>
/// <param name="buffers">Where buffers for packets to this host itself come from.</param>
/// <param name="limits">How many of these may wait, how many groups and paths are known.</param>
public readonly struct Ipv4<TLink, TPlatform>(TLink link, TPlatform platform, BufferPool buffers, StackLimits limits) : IIpLayer
    where TLink : struct, IIpLink<Ipv4Address>
    where TPlatform : struct, IPlatform
{
    private readonly Ipv4Layer<TLink, TPlatform> _layer = new(link, platform, buffers, limits);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TLink.Offload;

    /// <inheritdoc/>
    public IReadOnlyList<IpNetwork> Addresses => _layer.Addresses;

    /// <summary>The routes, the longest prefix first.</summary>
    public IReadOnlyList<Route> Routes => _layer.Routes;

    /// <summary>What was delivered and dropped.</summary>
    public Ipv4Counters Counters => _layer.Counters;

    /// <summary>Gives this host an address, and a route to its network on this link.</summary>
    /// <param name="address">The address with its network.</param>
    public void AddAddress(IpNetwork address) => _layer.AddAddress(address);

    /// <summary>Takes an address from this host, and the route to its network unless another address has it too.</summary>
    /// <param name="address">The address with its network.</param>
    /// <returns>Whether the host had it.</returns>
    public bool RemoveAddress(IpNetwork address) => _layer.RemoveAddress(address);

    /// <summary>Adds a route, in place of one to the same network.</summary>
    /// <param name="route">The route.</param>
    public void AddRoute(Route route) => _layer.AddRoute(route);

    /// <summary>Removes the route to a network.</summary>
    /// <param name="destination">The network.</param>
    public void RemoveRoute(IpNetwork destination) => _layer.RemoveRoute(destination);

    /// <summary>Limits what is sent to packets of a size, if the link takes larger ones.</summary>
    /// <param name="mtu">The largest packet in bytes, at least 576; <see langword="null"/> for what the link takes.</param>
    public void SetMtu(int? mtu) => _layer.SetMtu(mtu);

    /// <inheritdoc/>
    public bool AcceptsAnyAddress => _layer.AcceptsAnyAddress;

    /// <inheritdoc/>
    public void SetAcceptAnyAddress(bool value) => _layer.AcceptsAnyAddress = value;

    /// <inheritdoc/>
    public bool IsLocal(IpAddress address) => _layer.IsLocal(address);

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination) => _layer.SelectSource(destination);

    /// <inheritdoc/>
    public int MaxPayload(IpAddress destination) => _layer.MaxPayload(destination);

    /// <inheritdoc/>
    public int MaxReceivedPayload(IpAddress source) => _layer.MaxReceivedPayload;

    /// <inheritdoc/>
    public int PathRevision => _layer.PathRevision;

    /// <inheritdoc/>
    public void ReportPathMtu(IpAddress destination, int mtu) => _layer.ReportPathMtu(destination, mtu);

    /// <inheritdoc/>
    public void ConfirmReachable(IpAddress destination, Instant now) => _layer.ConfirmReachable(destination, now);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => _layer.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => _layer.LeaveGroup(group);

    /// <inheritdoc/>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.RunTimers(now, handler);

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

    /// <summary>Delivers the packets that this host sent to itself.</summary>
    /// <typeparam name="THandler">The transports.</typeparam>
    /// <param name="budget">How many at the most.</param>
    /// <param name="handler">What gets the payloads.</param>
    /// <returns>How many were delivered.</returns>
    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.ReceiveLoopback(budget, handler);

    internal void End() => _layer.End();
}
