using System.Net.Sockets;

namespace Mirage.Net.Socket;

internal sealed partial class StackCore
{
    private readonly Dictionary<ushort, FlowListener> _listeners = [];
    private readonly HashSet<Connection> _connections = [];

    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions options)
        where THandler : struct, IFlowHandler
    {
        if (options.Backlog < 1)
        {
            return new DeviceError(ErrorKind.Invalid, $"tcp port {port}: a backlog of {options.Backlog} accepts nobody; it is at least 1");
        }

        if (options.MaxConcurrent < 1)
        {
            return new DeviceError(ErrorKind.Invalid, $"tcp port {port}: {options.MaxConcurrent} handlers at a time serve nobody; it is at least 1");
        }

        if (CheckKeepAlive(options.KeepAlive) is { IsNone: false } invalid)
        {
            return invalid;
        }

        FlowListener<THandler> listener;
        lock (_gate)
        {
            if (CheckListen("tcp", options.Address, port, _listeners.ContainsKey(port)) is { IsNone: false } refused)
            {
                return refused;
            }

            HostSocket? socket = null;
            try
            {
                socket = _sockets.Bound(options.Address, port, SocketType.Stream);
                socket.Listen(options.Backlog);
                listener = new FlowListener<THandler>(this, socket, handler, options);
                _listeners.Add(listener.Local.Port, listener);
            }
            catch (SocketException exception)
            {
                socket?.Dispose();
                return HostErrors.OfBind("tcp", new(options.Address, port), exception.SocketErrorCode);
            }
        }

        listener.Start();
        return listener.Local;
    }

    public Result UnlistenTcp(ushort port)
    {
        lock (_gate)
        {
            if (!_listeners.Remove(port, out var listener))
            {
                return new DeviceError(ErrorKind.NotFound, $"tcp port {port}: nobody listens on it in this stack");
            }

            listener.Close();
            return Result.Done;
        }
    }

    public async ValueTask<Result> ConnectTcpAsync<THandler>(
        IpEndpoint remote, THandler handler, TcpConnectOptions options, CancellationToken cancellation)
        where THandler : struct, IFlowHandler
    {
        var connected = await ConnectTcpAsync(remote, options, cancellation);
        if (!connected.TryGet(out var flow))
        {
            return connected.Error;
        }

        try
        {
            await handler.HandleAsync(flow);
        }
        catch
        {
            await flow.AbortAsync();
            throw;
        }

        return await flow.CloseAsync(CancellationToken.None);
    }

    public async ValueTask<Result<SocketFlow>> ConnectTcpAsync(IpEndpoint remote, TcpConnectOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (CheckConnect(remote, options) is { IsNone: false } invalid)
        {
            return invalid;
        }

        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        time.CancelAfter(options.Timeout);
        HostSocket? socket = null;
        try
        {
            socket = HostSockets.For(remote.Address, SocketType.Stream);
            if (options.Local != IpEndpoint.None)
            {
                var local = options.Local.Address.Family == IpFamily.None ? Any(remote.Address) : options.Local.Address;
                socket.Bind(new IpEndpoint(local, options.Local.Port).ToIPEndPoint());
            }
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            return HostErrors.OfBind("tcp", options.Local, exception.SocketErrorCode);
        }

        try
        {
            await socket.ConnectAsync(remote.ToIPEndPoint(), time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            return _stop.IsCancellationRequested ? ErrorKind.Disconnected : HostErrors.TimedOut(remote);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            return HostErrors.OfConnect(remote, exception.SocketErrorCode);
        }

        if (Adopt(socket, options.NoDelay, options.KeepAlive, options.UserTimeout, out var error) is not { } connection)
        {
            Reset(socket);
            return error;
        }

        if (connection.Local == connection.Remote)
        {
            // The host picked the very port that it was to connect to, and the connection met itself (RFC 9293 §3.5, simultaneous open).
            await connection.AbortAsync().ConfigureAwait(false);
            return HostErrors.OfConnect(remote, SocketError.ConnectionRefused);
        }

        _ = Interlocked.Increment(ref _connected);
        return new SocketFlow(connection);
    }

    /// <summary>Makes a connection of an accepted socket, or resets it.</summary>
    public Connection? Accept(HostSocket socket, TcpListenOptions options)
    {
        var connection = Adopt(socket, options.NoDelay, options.KeepAlive, options.UserTimeout, out var error);
        if (connection is not null)
        {
            _ = Interlocked.Increment(ref _accepted);
            return connection;
        }

        _ = Interlocked.Increment(ref error.Kind == ErrorKind.Full ? ref _rejected : ref _acceptFailures);
        Reset(socket);
        return null;
    }

    public void Remove(Connection connection)
    {
        lock (_gate)
        {
            _ = _connections.Remove(connection);
        }
    }

    private Connection? Adopt(HostSocket socket, bool noDelay, KeepAlive? keepAlive, TimeSpan? userTimeout, out DeviceError error)
    {
        if (Descriptors.IsReserved(socket))
        {
            error = new(ErrorKind.Full, "the host's descriptors are nearly used up (ulimit -n)");
            return null;
        }

        try
        {
            var connection = new Connection(this, socket);
            if (noDelay)
            {
                socket.NoDelay = true;
            }

            if (keepAlive is { } probing)
            {
                TcpOptions.SetKeepAlive(socket, probing);
            }

            if (userTimeout is { } limit && OperatingSystem.IsLinux())
            {
                TcpOptions.SetUserTimeout(socket, limit);
            }

            return TryAdd(connection, out error) ? connection : null;
        }
        catch (SocketException exception)
        {
            // The peer was faster and has reset it already.
            error = HostErrors.OfFlow(exception.SocketErrorCode);
            return null;
        }
    }

    private static void Reset(HostSocket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    private bool TryAdd(Connection connection, out DeviceError error)
    {
        lock (_gate)
        {
            error = _stopped ? ErrorKind.Disconnected
                : _connections.Count >= _options.MaxConnections ? new(ErrorKind.Full, $"there are {_options.MaxConnections} connections already")
                : default(DeviceError);
            return error.IsNone && _connections.Add(connection);
        }
    }

    private DeviceError CheckConnect(IpEndpoint remote, TcpConnectOptions options)
    {
        if (remote.Address.IsAny || remote.Port == 0)
        {
            return new(ErrorKind.Invalid, $"connect to {remote}: an address and a port are needed");
        }

        if (options.Timeout < TimeSpan.Zero && options.Timeout != Timeout.InfiniteTimeSpan || options.Timeout.TotalMilliseconds > int.MaxValue)
        {
            return new(ErrorKind.Invalid, $"connect to {remote}: a time-out of {options.Timeout} is out of range");
        }

        var local = options.Local.Address.Family;
        return _stopped ? ErrorKind.Disconnected
            : !_sockets.Speaks(remote.Address) ? new(ErrorKind.Unreachable, $"connect to {remote}: this stack speaks {Family} only")
            : local != IpFamily.None && local != remote.Address.Family
                ? new(ErrorKind.Invalid, $"connect to {remote}: not from {options.Local.Address}, which is of the other family")
            : CheckKeepAlive(options.KeepAlive);
    }

    private DeviceError CheckListen(string protocol, IpAddress local, ushort port, bool taken)
        => _stopped ? ErrorKind.Disconnected
            : taken ? new(ErrorKind.InUse, $"{protocol} port {port}: this stack listens on it already")
            : !_sockets.Speaks(local) ? new(ErrorKind.Invalid, $"{protocol} port {port} on {local}: this stack speaks {Family} only")
            : default(DeviceError);

    private static DeviceError CheckKeepAlive(KeepAlive? keepAlive)
        => keepAlive is { } probing && !TcpOptions.IsValid(probing) ? TcpOptions.Invalid(probing) : default;

    private static IpAddress Any(IpAddress remote) => remote.IsV4 ? Ipv4Address.Any : Ipv6Address.Any;
}
