namespace Mirage.Net.TcpIp;

/// <content>What is sent to others, and comes to this host because it is their router.</content>
public readonly partial struct DirectStack<TNetwork, TPlatform, TCongestion> : IForwardingStack
{
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
}
