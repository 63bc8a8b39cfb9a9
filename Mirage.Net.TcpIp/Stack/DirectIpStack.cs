namespace Mirage.Net.TcpIp;

/// <summary>
/// A TCP/IP stack in managed code over a packet device (TUN, WireGuard …): IPv4 and IPv6, ICMP, UDP and TCP, without Ethernet. It is <see cref="DirectStack{TNetwork, TPlatform, TCongestion}"/> from
/// IP upward, and runs on its platform's loop as that does. Everything is sent into the device, whatever its destination; routes are of no use. It has no addresses but those given.
/// <para>Members are for the loop. The asynchronous ones, and those of its flows, may be called from any thread: they go to the loop, and what awaits them goes on
/// away from it.</para>
/// </summary>
/// <typeparam name="TDevice">The device.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <typeparam name="TCongestion">The congestion control of its TCP.</typeparam>
public readonly struct DirectIpStack<TDevice, TPlatform, TCongestion> : IStack<DirectIpStack<TDevice, TPlatform, TCongestion>, TcpFlow>, IForwardingStack
    where TDevice : struct, IPacketDevice
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly PacketStackLayers<TDevice, TPlatform, TCongestion>? _layers;

    private DirectIpStack(PacketStackLayers<TDevice, TPlatform, TCongestion> layers) => _layers = layers;

    /// <inheritdoc/>
    public bool IsDefault => _layers is null;

    /// <inheritdoc/>
    public IReadOnlyList<IpNetwork> Addresses => Layers.Internet.Ip.Addresses;

    /// <summary>The IP layer: addresses, counters.</summary>
    public Ip<Ipv4<PacketLink<TDevice>, TPlatform>, Ipv6<PacketLink<TDevice>, TPlatform>> Ip => Layers.Internet.Ip;

    /// <summary>ICMP: echo requests, counters.</summary>
    public Icmp<Icmpv4<Ipv4<PacketLink<TDevice>, TPlatform>, TPlatform>, Icmpv6<Ipv6<PacketLink<TDevice>, TPlatform>, TPlatform>> Icmp => Layers.Internet.Icmp;

    /// <summary>What each layer did and dropped; those of Ethernet, ARP and neighbour discovery are zero.</summary>
    public StackCounters Counters => Layers.Counters;

    private PacketStackLayers<TDevice, TPlatform, TCongestion> Layers => _layers ?? ThrowDefault();

    /// <summary>Makes a stack over a device, and attaches it to the platform's loop. The stack has the device from then on.</summary>
    /// <param name="device">The device.</param>
    /// <param name="platform">The platform.</param>
    /// <param name="options">Addresses, bounds. What it says of gateways, ARP and neighbour discovery is of no use.</param>
    /// <returns>The stack.</returns>
    public static DirectIpStack<TDevice, TPlatform, TCongestion> Connect(TDevice device, TPlatform platform, DirectStackOptions? options = null)
    {
        var layers = new PacketStackLayers<TDevice, TPlatform, TCongestion>(device, platform, options ?? new DirectStackOptions());
        platform.Attach(layers);
        return new(layers);
    }

    /// <inheritdoc/>
    public Result<IpAddress> SelectSource(IpAddress destination) => Layers.Internet.Ip.SelectSource(destination);

    /// <inheritdoc/>
    public int MaxPayload(IpAddress destination) => Layers.Internet.Ip.MaxPayload(destination);

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Tcp.ListenTcp(port, handler, options);

    /// <inheritdoc/>
    public Result UnlistenTcp(ushort port) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Tcp.UnlistenTcp(port);

    /// <inheritdoc/>
    public Result ForwardTcp<TForwarder>(TForwarder forwarder, TcpListenOptions? options = null)
        where TForwarder : struct, ITcpForwarder
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Tcp.ForwardTcp(forwarder, options);

    /// <inheritdoc/>
    public Result UnforwardTcp() => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Tcp.UnforwardTcp();

    /// <inheritdoc/>
    public Result ForwardUdp<TForwarder>(TForwarder forwarder, UdpForwardOptions? options = null)
        where TForwarder : struct, IUdpForwarder
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.ForwardUdp(forwarder, options);

    /// <inheritdoc/>
    public Result UnforwardUdp() => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.UnforwardUdp();

    /// <inheritdoc cref="Tcp{TIp, TPlatform, TCongestion}.GetListeners"/>
    public void GetTcpListeners(List<TcpListenerInfo> into) => Layers.Internet.Tcp.GetListeners(into);

    /// <inheritdoc cref="Tcp{TIp, TPlatform, TCongestion}.GetConnections"/>
    public void GetTcpConnections(List<TcpConnectionInfo> into) => Layers.Internet.Tcp.GetConnections(into);

    /// <inheritdoc/>
    public ValueTask<Result> ConnectTcpAsync<THandler>(IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
        => Layers.IsDisconnected ? new(ErrorKind.Disconnected) : Layers.Internet.Tcp.ConnectTcpAsync(remote, handler, options, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result<TcpFlow>> ConnectTcpAsync(IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        => Layers.IsDisconnected ? new(ErrorKind.Disconnected) : Layers.Internet.Tcp.ConnectTcpAsync(remote, options, cancellation);

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.ListenUdp(port, handler, options);

    /// <inheritdoc/>
    public Result UnlistenUdp(ushort port) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.UnlistenUdp(port);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.SendUdp(local, remote, payload);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
        => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.SendUdp(local, remote, payload, options);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Ip.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Ip.LeaveGroup(group);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellation = default) => Layers.RunAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => Layers.DisconnectAsync();

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no stack" : $"direct IP stack {string.Join(' ', Addresses)}".TrimEnd();

    private static PacketStackLayers<TDevice, TPlatform, TCongestion> ThrowDefault()
        => throw new InvalidOperationException("this DirectIpStack is the default value and names no stack");
}
