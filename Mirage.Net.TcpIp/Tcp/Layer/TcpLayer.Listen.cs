namespace Mirage.Net.TcpIp;

/// <summary>Listening (RFC 9293 §3.10.1, passive).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private readonly Dictionary<ushort, List<TcpListener>> _listeners = [];

    public Result<IpEndpoint> Listen<THandler>(ushort port, THandler handler, TcpListenOptions? options)
        where THandler : struct, IFlowHandler
    {
        _platform.CheckOnLoop();
        options ??= new TcpListenOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Backlog, 1, nameof(options.Backlog));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrent, 1, nameof(options.MaxConcurrent));
        if (!options.Address.IsAny && !_ip.IsLocal(options.Address) && !_ip.AcceptsAnyAddress)
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

        if (onPort.Exists(other => other.Local.Address.IsAny || options.Address.IsAny || other.Local.Address == options.Address))
        {
            return new DeviceError(ErrorKind.InUse, $"somebody listens on TCP port {port} already");
        }

        var local = new IpEndpoint(options.Address, port);
        onPort.Add(new TcpListener<THandler>(local, options, handler));
        return local;
    }

    public Result Unlisten(ushort port)
    {
        _platform.CheckOnLoop();
        if (!_listeners.Remove(port, out var onPort))
        {
            return ErrorKind.NotFound;
        }

        onPort.ForEach(CloseListener);
        return Result.Done;
    }

    /// <summary>The listeners, and the forwarder, for diagnosis.</summary>
    public void GetListeners(List<TcpListenerInfo> into)
    {
        foreach (var onPort in _listeners.Values)
        {
            foreach (var listener in onPort)
            {
                into.Add(listener.Info);
            }
        }

        if (_forwarder is not null)
        {
            into.Add(_forwarder.Info);
        }
    }

    /// <summary>What was not accepted ends: half-open connections without a word (what comes for them is reset), those that wait for a handler with a reset.</summary>
    private void CloseListener(TcpListener listener)
    {
        listener.IsClosed = true;
        while ((listener.HalfOpen.Oldest ?? listener.Undecided.Oldest) is { } half)
        {
            FailHalfOpen(half, ErrorKind.Closed);
        }

        while (listener.Waiting.TryDequeue(out var waiting))
        {
            waiting.Abort(waiting.Generation);
        }
    }

    private void CloseListeners()
    {
        foreach (var onPort in _listeners.Values)
        {
            onPort.ForEach(CloseListener);
        }

        _listeners.Clear();
        if (_forwarder is not null)
        {
            CloseListener(_forwarder);
            _forwarder = null;
        }
    }

    private TcpListener? FindListener(ushort port, in IpAddress address)
    {
        if (_listeners.TryGetValue(port, out var onPort))
        {
            foreach (var listener in onPort)
            {
                if (listener.Local.Address.IsAny || listener.Local.Address == address)
                {
                    return listener;
                }
            }
        }

        return _forwarder;
    }
}
