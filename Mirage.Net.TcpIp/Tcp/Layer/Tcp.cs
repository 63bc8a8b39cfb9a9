namespace Mirage.Net.TcpIp;

/// <summary>TCP (RFC 9293) over any IP layer, with any congestion control. It is driven: packets go into <see cref="Input"/>, and <see cref="Poll"/> runs timers,
/// the program's continuations, and output.</summary>
/// <typeparam name="TIp">The IP layer.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <typeparam name="TCongestion">The congestion control.</typeparam>
/// <param name="ip">The IP layer.</param>
/// <param name="platform">The platform.</param>
/// <param name="buffers">Where buffers come from.</param>
/// <param name="settings">Times and sizes.</param>
/// <param name="limits">How many connections, and what they may hold together.</param>
public readonly struct Tcp<TIp, TPlatform, TCongestion>(TIp ip, TPlatform platform, BufferPool buffers, TcpSettings settings, StackLimits limits) : ITcp<TcpFlow>
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly TcpLayer<TIp, TPlatform, TCongestion> _layer = new(ip, platform, buffers, settings, limits);

    /// <summary>What was done and dropped.</summary>
    public TcpCounters Counters => _layer.Counters;

    internal IEnumerable<TcpConnection> Connections => _layer.Connections;

    /// <summary>Takes the payload of an IP packet.</summary>
    /// <param name="info">From the packet's header.</param>
    /// <param name="payload">The payload; valid during the call only.</param>
    /// <param name="frame">What the device knows of it.</param>
    public void Input(in IpPacketInfo info, ReadOnlySpan<byte> payload, in FrameInfo frame) => _layer.Input(info, payload, frame);

    /// <summary>Takes an ICMP error about a segment of this host's. It is acted on only if the segment may be outstanding (RFC 5927 §4).</summary>
    /// <param name="error">What it says.</param>
    /// <param name="quoted">What it quotes of the segment: at least 8 bytes, perhaps no more.</param>
    public void InputError(in IpError error, ReadOnlySpan<byte> quoted) => _layer.InputError(error, quoted);

    /// <summary>Sets the present for what follows in this turn. Called before <see cref="Input"/>.</summary>
    /// <param name="now">The present.</param>
    public void BeginTurn(Instant now) => _layer.BeginTurn(now);

    /// <summary>Runs the timers that are due, the continuations of what was completed, and output.</summary>
    /// <param name="budget">How many continuations to run at the most.</param>
    /// <returns>Whether there is more to do at once, and when to call again at the latest.</returns>
    public PollResult Poll(int budget) => _layer.Poll(budget);

    /// <inheritdoc/>
    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler
        => _layer.Listen(port, handler, options);

    /// <inheritdoc/>
    public Result UnlistenTcp(ushort port) => _layer.Unlisten(port);

    /// <summary>Asks a forwarder about connections that no listener takes, to whatever address and port. They reach TCP only if IP accepts packets to addresses that are not
    /// its own. Loop only.</summary>
    /// <typeparam name="THandler">The forwarder's type.</typeparam>
    /// <param name="handler">What decides, and serves what it accepts.</param>
    /// <param name="options">More, or <see langword="null"/>: the backlog, which bounds how many attempts wait for a decision (when it is full, one that has waited for three seconds is
    /// withdrawn for the next, else the next is dropped); how many requests are served at a time, from the question to the end of the connection, beyond which attempts are dropped; and
    /// what accepted connections have.</param>
    /// <returns>Done, or <see cref="ErrorKind.InUse"/> if there is a forwarder.</returns>
    public Result ForwardTcp<THandler>(THandler handler, TcpListenOptions? options = null)
        where THandler : struct, ITcpForwarder
        => _layer.Forward(handler, options);

    /// <summary>Ends forwarding: attempts that wait for a decision fail; connections that were accepted go on. Loop only.</summary>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if there is no forwarder.</returns>
    public Result UnforwardTcp() => _layer.Unforward();

    /// <summary>Sets what tells peers that a forwarder refuses by an ICMP error; without it they are told nothing.</summary>
    /// <param name="unreachable">ICMP.</param>
    public void SetUnreachable(UnreachableSender unreachable) => _layer.Unreachable = unreachable;

    /// <summary>Adds the connections in all states to a list, for diagnosis; each line of their text is one of <c>ss -tin</c>. Loop only.</summary>
    /// <param name="into">The list.</param>
    public void GetConnections(List<TcpConnectionInfo> into) => _layer.GetConnections(into);

    /// <summary>Adds what listens to a list, for diagnosis. Loop only.</summary>
    /// <param name="into">The list.</param>
    public void GetListeners(List<TcpListenerInfo> into) => _layer.GetListeners(into);

    /// <inheritdoc/>
    public ValueTask<Result> ConnectTcpAsync<THandler>(IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
        => _layer.ConnectAndHandle(remote, handler, options, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result<TcpFlow>> ConnectTcpAsync(IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        => _layer.Connect(remote, options, cancellation);

    /// <summary>Closes all listeners and resets all connections, for good: connecting fails with <see cref="ErrorKind.Disconnected"/> from then on.</summary>
    /// <param name="reason">What their flows say from then on.</param>
    public void ResetAll(ErrorKind reason) => _layer.ResetAll(reason);
}
