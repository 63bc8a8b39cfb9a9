namespace Mirage.Net.TcpIp;

/// <summary>
/// A packet device as the link under IP, for both families: there is nobody to resolve, so that packets go into the device as they are, whatever their next hop.
/// </summary>
/// <typeparam name="TDevice">The device.</typeparam>
/// <param name="device">The device.</param>
public readonly struct PacketLink<TDevice>(TDevice device) : IIpLink<Ipv4Address>, IIpLink<Ipv6Address>
    where TDevice : struct, IPacketDevice
{
    private readonly PacketLinkLayer<TDevice> _layer = new(device);

    /// <inheritdoc cref="IIpLink{TAddress}.Offload"/>
    public static NetworkOffload Offload => TDevice.Offload;

    /// <inheritdoc cref="IIpLink{TAddress}.Mtu"/>
    public int Mtu => _layer.Mtu;

    /// <inheritdoc/>
    public LendStatus Rent(Ipv4Address nextHop, int length, out Span<byte> packet) => _layer.Device.Rent(length, out packet);

    /// <inheritdoc/>
    public LendStatus Rent(Ipv6Address nextHop, int length, out Span<byte> packet) => _layer.Device.Rent(length, out packet);

    /// <inheritdoc cref="IIpLink{TAddress}.RentBroadcast"/>
    public LendStatus RentBroadcast(int length, out Span<byte> packet) => _layer.Device.Rent(length, out packet);

    /// <inheritdoc cref="IIpLink{TAddress}.Send"/>
    public SendStatus Send(int length, in FrameInfo info) => _layer.Device.Send(length, info);

    /// <inheritdoc cref="IIpLink{TAddress}.Return"/>
    public void Return() => _layer.Device.Return();

    /// <summary>Does nothing: nobody asks for link addresses.</summary>
    /// <param name="address">Ignored.</param>
    public void AddAddress(Ipv4Address address)
    {
    }

    /// <inheritdoc cref="AddAddress(Ipv4Address)"/>
    public void AddAddress(Ipv6Address address)
    {
    }

    /// <inheritdoc cref="AddAddress(Ipv4Address)"/>
    public void RemoveAddress(Ipv4Address address)
    {
    }

    /// <inheritdoc cref="AddAddress(Ipv4Address)"/>
    public void RemoveAddress(Ipv6Address address)
    {
    }

    /// <summary>Does nothing: a packet device filters nothing.</summary>
    /// <param name="group">Ignored.</param>
    public void AddGroup(Ipv4Address group)
    {
    }

    /// <inheritdoc cref="AddGroup(Ipv4Address)"/>
    public void AddGroup(Ipv6Address group)
    {
    }

    /// <inheritdoc cref="AddGroup(Ipv4Address)"/>
    public void RemoveGroup(Ipv4Address group)
    {
    }

    /// <inheritdoc cref="AddGroup(Ipv4Address)"/>
    public void RemoveGroup(Ipv6Address group)
    {
    }

    /// <summary>Whether an address may be used: nobody else can have it here.</summary>
    /// <param name="address">Ignored.</param>
    /// <returns><see cref="LinkAddressState.Ready"/>.</returns>
    public LinkAddressState StateOf(Ipv4Address address) => LinkAddressState.Ready;

    /// <inheritdoc cref="StateOf(Ipv4Address)"/>
    public LinkAddressState StateOf(Ipv6Address address) => LinkAddressState.Ready;

    /// <summary>Does nothing: there are no neighbours.</summary>
    /// <param name="neighbour">Ignored.</param>
    public void Confirm(Ipv4Address neighbour)
    {
    }

    /// <inheritdoc cref="Confirm(Ipv4Address)"/>
    public void Confirm(Ipv6Address neighbour)
    {
    }

    /// <summary>Nothing is ever due.</summary>
    /// <typeparam name="THandler">What would be told.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="handler">What would be told.</param>
    /// <returns><see cref="Instant.Never"/>.</returns>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
        => Instant.Never;
}

/// <summary>What a <see cref="PacketLink{TDevice}"/> names.</summary>
internal sealed class PacketLinkLayer<TDevice>(TDevice device)
    where TDevice : struct, IPacketDevice
{
    public TDevice Device => device;

    // The same as long as the device is there, and asked for each segment.
    public int Mtu { get; } = device.Mtu;
}
