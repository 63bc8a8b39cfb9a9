namespace Mirage.Net.TcpIp;

/// <summary>
/// Neighbour discovery for IPv6 over Ethernet (RFC 4861 §7, RFC 2464), and the link that the IP layer sends over: finds neighbours' link-layer addresses, notices
/// when they are gone, and answers for this host's own.
/// </summary>
/// <typeparam name="TEthernet">The Ethernet layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ethernet">The Ethernet layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="buffers">Where buffers for waiting packets come from.</param>
/// <param name="settings">Times.</param>
/// <param name="limits">How many neighbours, and packets that wait for each.</param>
public readonly struct Ndp<TEthernet, TPlatform>(TEthernet ethernet, TPlatform platform, BufferPool buffers, NdpSettings settings, StackLimits limits) : INdp
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly NdpLayer<TEthernet, TPlatform> _layer = new(ethernet, platform, buffers, settings, limits);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TEthernet.Offload;

    /// <inheritdoc/>
    public int Mtu => _layer.Mtu;

    /// <summary>What was done and dropped.</summary>
    public NdpCounters Counters => _layer.Counters;

    /// <inheritdoc/>
    public LendStatus Rent(Ipv6Address nextHop, int length, out Span<byte> packet) => _layer.Rent(nextHop, length, out packet);

    /// <inheritdoc/>
    public LendStatus RentBroadcast(int length, out Span<byte> packet) => _layer.Rent(Wire.Ipv6Groups.AllNodes, length, out packet);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => _layer.Send(length, info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <inheritdoc/>
    public void AddAddress(Ipv6Address address) => _layer.AddAddress(address);

    /// <inheritdoc/>
    public void RemoveAddress(Ipv6Address address) => _layer.RemoveAddress(address);

    /// <inheritdoc/>
    public void AddGroup(Ipv6Address group) => _layer.AddGroup(group);

    /// <inheritdoc/>
    public void RemoveGroup(Ipv6Address group) => _layer.RemoveGroup(group);

    /// <inheritdoc/>
    public LinkAddressState StateOf(Ipv6Address address) => _layer.StateOf(address);

    /// <inheritdoc/>
    public MacAddress Mac => _layer.Mac;

    /// <inheritdoc/>
    public int Revision => _layer.Revision;

    /// <inheritdoc/>
    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message) => _layer.Input(info, message);

    /// <inheritdoc/>
    public void Learn(Ipv6Address address, MacAddress mac, bool isRouter) => _layer.Learn(address, mac, isRouter);

    /// <inheritdoc/>
    public bool IsProbablyReachable(Ipv6Address address) => _layer.IsProbablyReachable(address);

    /// <inheritdoc/>
    public void Confirm(Ipv6Address neighbour) => _layer.Hint(neighbour);

    /// <inheritdoc/>
    public void SetTimes(TimeSpan reachable, TimeSpan retransmit) => _layer.SetTimes(reachable, retransmit);

    internal void End() => _layer.End();

    /// <summary>Asks whether another host has an address, before this host takes it (RFC 4862 §5.4).</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether another host has it, or is about to take it.</returns>
    public ValueTask<bool> IsInUseAsync(Ipv6Address address, CancellationToken cancellation = default) => _layer.IsInUseAsync(address, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result<MacAddress>> QueryAsync(Ipv6Address address, CancellationToken cancellation = default) => _layer.QueryAsync(address, cancellation);

    /// <inheritdoc/>
    public void AddStatic(Ipv6Address address, MacAddress mac) => _layer.AddStatic(address, mac);

    /// <inheritdoc/>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
        => _layer.RunTimers(now, handler);
}
