namespace Mirage.Net.TcpIp;

/// <summary>
/// Ethernet II over a network device (RFC 894, RFC 2464): one header on the way down, one filter on the way up. With a VLAN every frame has its tag (IEEE 802.1Q), and others are
/// dropped.
/// </summary>
/// <typeparam name="TNetwork">The device.</typeparam>
/// <param name="network">The device.</param>
/// <param name="vlan">The VLAN, 1 to 4094; <see langword="null"/> for frames without a tag.</param>
public readonly struct Ethernet<TNetwork>(TNetwork network, int? vlan = null) : IEthernet
    where TNetwork : struct, INetwork
{
    private readonly EthernetLayer<TNetwork> _layer = new(network, vlan);

    /// <inheritdoc/>
    public static NetworkOffload Offload => TNetwork.Offload;

    /// <inheritdoc/>
    public MacAddress Mac => _layer.Mac;

    /// <inheritdoc/>
    public int Mtu => _layer.Mtu;

    /// <summary>What was dropped.</summary>
    public EthernetCounters Counters => _layer.Counters;

    /// <inheritdoc/>
    public LendStatus Rent(MacAddress destination, EtherType type, int length, out Span<byte> payload)
        => _layer.Rent(destination, type, length, out payload);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => _layer.Send(length, info);

    /// <inheritdoc/>
    public void Return() => _layer.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IEthernetHandler
        => _layer.Receive(budget, handler);

    /// <inheritdoc/>
    public void AddGroup(MacAddress group) => _layer.AddGroup(group);

    /// <inheritdoc/>
    public void RemoveGroup(MacAddress group) => _layer.RemoveGroup(group);

    /// <summary>Gives the frames of another protocol to a delegate.</summary>
    /// <param name="type">The protocol; not one of the stack's own.</param>
    /// <param name="handler">What gets its frames.</param>
    /// <returns>Done; <see cref="ErrorKind.InUse"/> if somebody has them, <see cref="ErrorKind.Invalid"/> for the stack's own protocols and for what is no protocol's number.</returns>
    public Result Listen(EtherType type, EthernetFrameReceived handler) => _layer.Listen(type, handler);

    /// <summary>Stops giving the frames of a protocol to a delegate.</summary>
    /// <param name="type">The protocol.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/>.</returns>
    public Result Unlisten(EtherType type) => _layer.Unlisten(type);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => _layer.DisconnectAsync();
}

/// <summary>A delegate that takes the frames of a protocol that the stack does not speak. It runs on the packet path: it does not wait.</summary>
/// <param name="addressing">From the frame's header.</param>
/// <param name="payload">What the frame carries, with any padding; valid during the call only.</param>
public delegate void EthernetFrameReceived(in EthernetAddressing addressing, ReadOnlySpan<byte> payload);
