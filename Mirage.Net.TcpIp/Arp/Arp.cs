namespace Mirage.Net.TcpIp;

/// <summary>
/// Address resolution for IPv4 over Ethernet (RFC 826), and the link that the IP layer sends over. It learns from answers to its own questions
/// and from questions to this host, never from claims that nobody asked for: such a claim is checked by asking.
/// </summary>
/// <typeparam name="TEthernet">The Ethernet layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ethernet">The Ethernet layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="buffers">Where buffers for waiting packets come from.</param>
/// <param name="options">Times.</param>
/// <param name="limits">How many neighbours, and packets that wait for each.</param>
public readonly struct Arp<TEthernet, TPlatform>(TEthernet ethernet, TPlatform platform, BufferPool buffers, ArpOptions options, StackLimits limits) : IArp
    where TEthernet : struct, IEthernet
    where TPlatform : struct, IPlatform
{
    private readonly ArpLayer<TEthernet, TPlatform> _layer = new(ethernet, platform, buffers, options, limits);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TEthernet.Offload;

    /// <inheritdoc/>
    public int Mtu => _layer.Mtu;

    /// <summary>What was done and dropped.</summary>
    public ArpCounters Counters => _layer.Counters;

    /// <inheritdoc/>
    public LendStatus Rent(Ipv4Address nextHop, int length, out Span<byte> packet) => _layer.Rent(nextHop, length, out packet);

    /// <inheritdoc/>
    public LendStatus RentBroadcast(int length, out Span<byte> packet) => _layer.RentBroadcast(length, out packet);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => _layer.Send(length, info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <inheritdoc/>
    public void Input(ReadOnlySpan<byte> packet) => _layer.Input(packet);

    /// <inheritdoc/>
    public ValueTask<Result<MacAddress>> QueryAsync(Ipv4Address address, CancellationToken cancellation = default)
        => _layer.QueryAsync(address, cancellation);

    internal void End() => _layer.End();

    /// <summary>Asks whether another host has an address, before this host takes it (RFC 5227 §2.1.1).</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether another host has it, or is about to take it.</returns>
    public ValueTask<bool> IsInUseAsync(Ipv4Address address, CancellationToken cancellation = default) => _layer.IsInUseAsync(address, cancellation);

    /// <inheritdoc/>
    public void AddStatic(Ipv4Address address, MacAddress mac) => _layer.AddStatic(address, mac);

    /// <inheritdoc/>
    public void AddAddress(Ipv4Address address) => _layer.AddAddress(address);

    /// <inheritdoc/>
    public void RemoveAddress(Ipv4Address address) => _layer.RemoveAddress(address);

    /// <summary>An address is used as soon as it is given: whoever configures it asks first (<see cref="IsInUseAsync"/>).</summary>
    /// <inheritdoc/>
    public LinkAddressState StateOf(Ipv4Address address) => LinkAddressState.Ready;

    /// <inheritdoc/>
    public void AddGroup(Ipv4Address group) => _layer.AddGroup(group);

    /// <inheritdoc/>
    public void RemoveGroup(Ipv4Address group) => _layer.RemoveGroup(group);

    /// <inheritdoc/>
    public void Confirm(Ipv4Address neighbour) => _layer.Hint(neighbour);

    /// <inheritdoc/>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
        => _layer.RunTimers(now, handler);
}
