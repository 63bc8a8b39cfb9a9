namespace Mirage;

/// <summary>Connections: TCP (RFC 9293).</summary>
public interface ITcp
{
    /// <summary>Accepts connections to a port, and runs the handler on each. Loop only, where the stack has a loop.</summary>
    /// <typeparam name="THandler">The handler's type.</typeparam>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="handler">What serves each connection.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>What it is bound to; <see cref="ErrorKind.InUse"/> or <see cref="ErrorKind.NotPermitted"/> if it cannot be.</returns>
    Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler;

    /// <summary>Stops accepting connections to a port; those accepted go on.</summary>
    /// <param name="port">The port.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if nobody listened.</returns>
    Result UnlistenTcp(ushort port);

    /// <summary>Connects, runs the handler on the connection, and closes it.</summary>
    /// <typeparam name="THandler">The handler's type.</typeparam>
    /// <param name="remote">To where; must have an address and a port.</param>
    /// <param name="handler">What uses the connection. What it throws is thrown to the caller, after the connection is reset.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting; not the handler, which sees to that itself.</param>
    /// <returns>Done when the handler has returned, or why there is no connection: <see cref="ErrorKind.Refused"/>,
    /// <see cref="ErrorKind.TimedOut"/>, <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.InUse"/> …</returns>
    ValueTask<Result> ConnectTcpAsync<THandler>(IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler;
}

/// <summary>Connections whose flow has a type that the caller can name: for clients that keep it.</summary>
/// <typeparam name="TFlow">The flow.</typeparam>
public interface ITcp<TFlow> : ITcp
    where TFlow : struct, IFlow
{
    /// <summary>Connects.</summary>
    /// <param name="remote">To where; must have an address and a port.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    /// <returns>The connection, which the caller closes, or why there is none.</returns>
    ValueTask<Result<TFlow>> ConnectTcpAsync(IpEndpoint remote, TcpConnectOptions? options = null, CancellationToken cancellation = default);
}
