namespace Mirage;

/// <summary>Delegates in place of handlers, where convenience matters more than the cost of boxing the flow once a connection.</summary>
public static class StackExtensions
{
    /// <summary>Accepts connections to a port, and runs a delegate on each.</summary>
    /// <typeparam name="TTcp">The stack's type.</typeparam>
    /// <param name="tcp">The stack.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="handler">What serves each connection; the flow is closed when it returns.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>As <see cref="ITcp.ListenTcp{THandler}"/>.</returns>
    public static Result<IpEndpoint> ListenTcp<TTcp>(this TTcp tcp, ushort port, Func<IFlow, ValueTask> handler, TcpListenOptions? options = null)
        where TTcp : struct, ITcp
    {
        ArgumentNullException.ThrowIfNull(handler);
        return tcp.ListenTcp(port, new DelegateFlowHandler(handler), options);
    }

    /// <summary>Connects, runs a delegate on the connection, and closes it.</summary>
    /// <typeparam name="TTcp">The stack's type.</typeparam>
    /// <param name="tcp">The stack.</param>
    /// <param name="remote">To where.</param>
    /// <param name="handler">What uses the connection.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    /// <returns>As <see cref="ITcp.ConnectTcpAsync{THandler}"/>.</returns>
    public static ValueTask<Result> ConnectTcpAsync<TTcp>(
        this TTcp tcp, IpEndpoint remote, Func<IFlow, ValueTask> handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where TTcp : struct, ITcp
    {
        ArgumentNullException.ThrowIfNull(handler);
        return tcp.ConnectTcpAsync(remote, new DelegateFlowHandler(handler), options, cancellation);
    }

    /// <summary>Receives the datagrams that come to a port into a delegate.</summary>
    /// <typeparam name="TUdp">The stack's type.</typeparam>
    /// <param name="udp">The stack.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="handler">What gets the datagrams.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>As <see cref="IUdp.ListenUdp{THandler}"/>.</returns>
    public static Result<IpEndpoint> ListenUdp<TUdp>(this TUdp udp, ushort port, DatagramReceived handler, UdpListenOptions? options = null)
        where TUdp : struct, IUdp
    {
        ArgumentNullException.ThrowIfNull(handler);
        return udp.ListenUdp(port, new DelegateDatagramHandler(handler), options);
    }

    /// <summary>Exchanges datagrams with one endpoint: takes a free port of the address from which it is reached, and receives there what comes from it.</summary>
    /// <typeparam name="TUdp">The stack's type.</typeparam>
    /// <typeparam name="THandler">The handler's type.</typeparam>
    /// <param name="udp">The stack.</param>
    /// <param name="remote">The endpoint.</param>
    /// <param name="handler">What gets its datagrams.</param>
    /// <param name="onError">What gets errors about datagrams that were sent to it, or <see langword="null"/>.</param>
    /// <returns>The endpoint of this host's: to send from, and to unlisten; or why there is none, as with <see cref="IUdp.ListenUdp"/>.</returns>
    public static Result<IpEndpoint> ConnectUdp<TUdp, THandler>(this TUdp udp, IpEndpoint remote, THandler handler, DatagramFailed? onError = null)
        where TUdp : struct, IUdp
        where THandler : struct, IDatagramHandler
        => udp.ListenUdp(0, handler, new UdpListenOptions { Remote = remote, OnError = onError });

    private readonly struct DelegateFlowHandler(Func<IFlow, ValueTask> handler) : IFlowHandler
    {
        public ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => handler(flow);
    }

    private readonly struct DelegateDatagramHandler(DatagramReceived handler) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => handler(local, remote, payload);
    }
}

/// <summary>A delegate that takes a datagram; see <see cref="IDatagramHandler.OnDatagram"/>.</summary>
/// <param name="local">To which of this host's endpoints it came.</param>
/// <param name="remote">From where.</param>
/// <param name="payload">The data; valid during the call only.</param>
public delegate void DatagramReceived(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);
