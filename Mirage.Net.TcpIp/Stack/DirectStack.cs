namespace Mirage.Net.TcpIp;

/// <summary>
/// A TCP/IP stack in managed code over a network device: Ethernet, ARP, neighbour discovery, IPv4 and IPv6, ICMP, UDP and TCP. It runs on its platform's loop: handlers
/// and continuations run there, one after another.
/// <para>Members are for the loop. The asynchronous ones, and those of its flows, may be called from any thread: they go to the loop, and what awaits them goes on
/// away from it.</para>
/// </summary>
/// <typeparam name="TNetwork">The device.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <typeparam name="TCongestion">The congestion control of its TCP.</typeparam>
public readonly partial struct DirectStack<TNetwork, TPlatform, TCongestion> : IStack<DirectStack<TNetwork, TPlatform, TCongestion>, TcpFlow>
    where TNetwork : struct, INetwork
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly StackLayers<TNetwork, TPlatform, TCongestion>? _layers;

    private DirectStack(StackLayers<TNetwork, TPlatform, TCongestion> layers) => _layers = layers;

    /// <inheritdoc/>
    public bool IsDefault => _layers is null;

    /// <inheritdoc/>
    public IReadOnlyList<IpNetwork> Addresses => Layers.Internet.Ip.Addresses;

    /// <summary>The IP layer: addresses, routes, counters.</summary>
    public Ip<Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform>, Ipv6<Ndp<Ethernet<TNetwork>, TPlatform>, TPlatform>> Ip => Layers.Internet.Ip;

    /// <summary>ICMP: echo requests, counters.</summary>
    public Icmp<Icmpv4<Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform>, TPlatform>, Icmpv6<Ipv6<Ndp<Ethernet<TNetwork>, TPlatform>, TPlatform>, TPlatform>> Icmp
        => Layers.Internet.Icmp;

    /// <summary>IPv6's autoconfiguration: routers, name servers.</summary>
    public Autoconfiguration<Ndp<Ethernet<TNetwork>, TPlatform>, TPlatform> Autoconfiguration => Layers.Autoconfiguration;

    /// <summary>What each layer did and dropped.</summary>
    public StackCounters Counters => Layers.Counters;

    /// <summary>The connections in all states, for tests of what must hold of each.</summary>
    internal IEnumerable<TcpConnection> TcpConnections => Layers.Internet.Tcp.Connections;

    internal StackLayers<TNetwork, TPlatform, TCongestion> Layers => _layers ?? ThrowDefault();

    /// <summary>Makes a stack over a device, and attaches it to the platform's loop. The stack has the device from then on.</summary>
    /// <param name="network">The device.</param>
    /// <param name="platform">The platform.</param>
    /// <param name="options">Addresses, routes, bounds.</param>
    /// <returns>The stack.</returns>
    public static DirectStack<TNetwork, TPlatform, TCongestion> Connect(TNetwork network, TPlatform platform, DirectStackOptions? options = null)
    {
        var layers = new StackLayers<TNetwork, TPlatform, TCongestion>(network, platform, options ?? new DirectStackOptions());
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
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.SendUdp(local, remote, payload);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Udp.SendUdp(local, remote, payload, options);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Ip.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Internet.Ip.LeaveGroup(group);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellation = default) => Layers.RunAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => Layers.DisconnectAsync();

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no stack" : $"direct stack {string.Join(' ', Addresses)}";

    private static StackLayers<TNetwork, TPlatform, TCongestion> ThrowDefault()
        => throw new InvalidOperationException("this DirectStack is the default value and names no stack");
}
