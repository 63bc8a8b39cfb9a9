namespace Mirage.Net.TcpIp;

/// <summary>Listening (RFC 9293 §3.10.1, passive) and running handlers.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private readonly Dictionary<ushort, List<TcpListener>> _listeners = [];

    public Result<IpEndpoint> Listen<THandler>(ushort port, THandler handler, TcpListenOptions? options)
        where THandler : struct, IFlowHandler
    {
        _platform.CheckOnLoop();
        options ??= new TcpListenOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Backlog, 1, nameof(options));
        if (!options.Address.IsAny && !_ip.IsLocal(options.Address))
        {
            return new DeviceError(ErrorKind.Invalid, $"{options.Address} is not an address of this host");
        }

        if (port == 0 && !_ports.TryFind(candidate => !_listeners.ContainsKey(candidate), out port))
        {
            return new DeviceError(ErrorKind.InUse, "every TCP port is in use");
        }

        if (!_listeners.TryGetValue(port, out var onPort))
        {
            _listeners.Add(port, onPort = []);
        }

        if (onPort.Exists(other => other.Address.IsAny || options.Address.IsAny || other.Address == options.Address))
        {
            return new DeviceError(ErrorKind.InUse, $"somebody listens on TCP port {port} already");
        }

        onPort.Add(new TcpListener<THandler>(options.Address, options, handler));
        return new IpEndpoint(options.Address, port);
    }

    public Result Unlisten(ushort port)
    {
        _platform.CheckOnLoop();
        if (!_listeners.Remove(port, out var onPort))
        {
            return ErrorKind.NotFound;
        }

        foreach (var listener in onPort)
        {
            listener.IsClosed = true;
        }

        return Result.Done;
    }

    private TcpListener? FindListener(ushort port, in IpAddress address)
    {
        if (_listeners.TryGetValue(port, out var onPort))
        {
            foreach (var listener in onPort)
            {
                if (listener.Address.IsAny || listener.Address == address)
                {
                    return listener;
                }
            }
        }

        return null;
    }

    /// <summary>Gives an established connection to its handler, after this turn's segments.</summary>
    private void Accept(TcpConnection<TCongestion> connection, TcpListener listener)
    {
        if (listener.IsClosed)
        {
            connection.IsOrphan = true;
            Abort(connection, ErrorKind.Closed);
            return;
        }

        _counters = _counters with { PassiveOpens = _counters.PassiveOpens + 1 };
        connection.KeepAlive = listener.Options.KeepAlive;
        EnqueueReady(new HandlerStart(this, connection, listener));
    }

    /// <summary>Runs a handler to its end: then the flow is closed, or reset if the handler failed.</summary>
    private async Task RunHandler(TcpFlow flow, TcpListener listener)
    {
        try
        {
            await listener.HandleAsync(flow).ConfigureAwait(true);
            _ = await flow.CloseAsync().ConfigureAwait(true);
        }
        catch (Exception exception)
        {
            _counters = _counters with { HandlerFailed = _counters.HandlerFailed + 1 };
            _platform.Report($"handler of {flow}", exception);
            await flow.AbortAsync().ConfigureAwait(true);
        }
    }

    private sealed class HandlerStart(TcpLayer<TIp, TPlatform, TCongestion> layer, TcpConnection<TCongestion> connection, TcpListener listener) : FlowOperation
    {
        private readonly TcpFlow _flow = new(connection);

        public override void RunContinuation() => _ = layer.RunHandler(_flow, listener);
    }
}
