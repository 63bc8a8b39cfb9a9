namespace Mirage.Net.TcpIp;

/// <summary>UDP (RFC 768, RFC 1122 §4.1) over any IP layer.</summary>
/// <typeparam name="TIp">The IP layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ip">The IP layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="limits">How many associations there may be.</param>
public readonly struct Udp<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits) : IUdp
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly UdpLayer<TIp, TPlatform> _layer = new(ip, platform, limits);

    /// <summary>What was delivered and dropped.</summary>
    public UdpCounters Counters => _layer.Counters;

    /// <summary>Takes the payload of an IP packet.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="payload">The payload; valid during the call only.</param>
    /// <param name="frame">What the device knows of it.</param>
    /// <returns>Whether somebody listens, or the datagram is bad; if not, the sender is to be told.</returns>
    public bool Input(in IpPacketInfo info, ReadOnlySpan<byte> payload, in FrameInfo frame) => _layer.Input(info, payload, frame);

    /// <summary>Takes an ICMP error about a datagram of this host's.</summary>
    /// <param name="error">What it says.</param>
    /// <param name="quoted">What it quotes of the datagram: at least 8 bytes, perhaps no more.</param>
    public void InputError(in IpError error, ReadOnlySpan<byte> quoted) => _layer.InputError(error, quoted);

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler
        => _layer.Listen(port, handler, options);

    /// <inheritdoc/>
    public Result UnlistenUdp(ushort port) => _layer.Unlisten(port);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => _layer.Send(local, remote, payload, default);

    /// <inheritdoc/>
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options) => _layer.Send(local, remote, payload, options);

    /// <inheritdoc/>
    public Result JoinGroup(IpAddress group) => _layer.JoinGroup(group);

    /// <inheritdoc/>
    public Result LeaveGroup(IpAddress group) => _layer.LeaveGroup(group);

    /// <inheritdoc cref="IForwardingStack.ForwardUdp"/>
    public Result ForwardUdp<TForwarder>(TForwarder forwarder, UdpForwardOptions? options = null)
        where TForwarder : struct, IUdpForwarder
        => _layer.Forward(forwarder, options);

    /// <inheritdoc cref="IForwardingStack.UnforwardUdp"/>
    public Result UnforwardUdp() => _layer.Unforward();

    /// <summary>Sets what tells senders that a forwarder refuses; without it they are told nothing.</summary>
    /// <param name="unreachable">ICMP.</param>
    public void SetUnreachable(UnreachableSender unreachable) => _layer.Unreachable = unreachable;

    /// <summary>Ends the associations that have been silent for too long.</summary>
    /// <param name="now">The present.</param>
    /// <returns>When to call again.</returns>
    public Instant RunTimers(Instant now) => _layer.RunTimers(now);

    /// <summary>Stops receiving on all ports, and forwarding.</summary>
    public void UnlistenAll() => _layer.UnlistenAll();
}
