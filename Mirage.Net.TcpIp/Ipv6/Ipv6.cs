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

    /// <summary>Gives this host an address of a network that a router advertised (RFC 4862 §5.5).</summary>
    /// <param name="address">The address with its network.</param>
    /// <param name="advertisedBy">The router; from this address it is preferred to send through it (RFC 6724 rule 5.5).</param>
    public void AddAdvertisedAddress(IpNetwork address, Ipv6Address advertisedBy) => _layer.AddAddress(address, isOnLink: false, advertisedBy);

    /// <summary>Makes a ready address preferred, or deprecated: nothing new begins with it if there is another (RFC 4862 §5.5.4).</summary>
    /// <param name="address">The address.</param>
    /// <param name="isDeprecated">Whether it is.</param>
    public void SetDeprecated(Ipv6Address address, bool isDeprecated) => _layer.SetDeprecated(address, isDeprecated);

    /// <summary>Sets the hop limit of packets that do not ask for one.</summary>
    /// <param name="hopLimit">From 1 on.</param>
    public void SetHopLimit(byte hopLimit) => _layer.SetHopLimit(hopLimit);

    /// <summary>Takes a better first hop to a destination (RFC 4861 §8.3).</summary>
    /// <param name="router">Who says so.</param>
    /// <param name="destination">To where.</param>
    /// <param name="nextHop">The better one; the destination itself if it is on this link.</param>
    /// <returns>Whether the router is the first hop to the destination now, without which it has no say (§8.1).</returns>
    public bool TryRedirect(Ipv6Address router, Ipv6Address destination, Ipv6Address nextHop) => _layer.TryRedirect(router, destination, nextHop);

    /// <summary>Forgets the redirects through a router that is none any more.</summary>
    /// <param name="router">The router.</param>
    public void ForgetRouter(Ipv6Address router) => _layer.ForgetRouter(router);

    /// <summary>Takes a router's question which groups have listeners (RFC 3810 §6.2).</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="message">The message, whose checksum is right.</param>
    public void InputListenerQuery(in IpPacketInfo info, ReadOnlySpan<byte> message) => _layer.InputListenerQuery(info, message);

    /// <inheritdoc/>
    public bool RemoveAddress(IpNetwork address) => _layer.RemoveAddress(address);

    /// <inheritdoc/>
    public void AddRoute(Route route) => _layer.AddRoute(route);

    /// <inheritdoc/>
    public void RemoveRoute(IpNetwork destination) => _layer.RemoveRoute(destination);

    /// <inheritdoc/>
    public void SetMtu(int? mtu) => _layer.SetMtu(mtu);

    /// <summary>Adds a route that a router advertised: one that the program has set to the same network stays.</summary>
    /// <param name="route">The route.</param>
    public void AddAdvertisedRoute(Route route) => _layer.AddAdvertisedRoute(route);

    /// <summary>Removes a route that a router advertised: one that the program has set to the same network stays.</summary>
    /// <param name="destination">The network.</param>
    public void RemoveAdvertisedRoute(IpNetwork destination) => _layer.RemoveAdvertisedRoute(destination);

    /// <summary>Limits what is sent to what a router says that the link carries (RFC 4861 §6.3.4); the least of this, of <see cref="SetMtu"/> and of the link's own counts.</summary>
    /// <param name="mtu">The largest packet in bytes, at least 1280.</param>
    public void SetAdvertisedMtu(int mtu) => _layer.SetAdvertisedMtu(mtu);

    /// <inheritdoc/>
    public bool AcceptsAnyAddress => _layer.AcceptsAnyAddress;

    /// <inheritdoc/>
    public void SetAcceptAnyAddress(bool value) => _layer.AcceptsAnyAddress = value;

    /// <inheritdoc/>
    public bool IsLocal(IpAddress address) => address.IsV6 && _layer.IsLocal(address.V6);

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination) => _layer.SelectSource(destination);

    /// <summary>What this host may do with an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its state.</returns>
    public Ipv6AddressState StateOf(Ipv6Address address) => _layer.StateOf(address);

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

    /// <inheritdoc/>
    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
        => _layer.ReceiveLoopback(budget, handler);

    internal void End() => _layer.End();
}
