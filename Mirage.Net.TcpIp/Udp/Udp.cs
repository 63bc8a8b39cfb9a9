namespace Mirage.Net.TcpIp;

/// <summary>UDP (RFC 768, RFC 1122 §4.1) over any IP layer.</summary>
/// <typeparam name="TIp">The IP layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="ip">The IP layer.</param>
/// <param name="platform">The platform.</param>
public readonly struct Udp<TIp, TPlatform>(TIp ip, TPlatform platform) : IUdp
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private readonly UdpLayer<TIp, TPlatform> _layer = new(ip, platform);

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
    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => _layer.Send(local, remote, payload);

    /// <summary>Stops receiving on all ports.</summary>
    public void UnlistenAll() => _layer.UnlistenAll();
}
