using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Connecting (RFC 9293 §3.10.1, active).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private static readonly TimeSpan TimeWaitReuse = TimeSpan.FromSeconds(1);

    private readonly EphemeralPorts<TPlatform> _ports;

    public async ValueTask<Result> ConnectAndHandle<THandler>(IpEndpoint remote, THandler handler, TcpConnectOptions? options, CancellationToken cancellation)
        where THandler : struct, IFlowHandler
    {
        var connected = await Connect(remote, options, cancellation).ConfigureAwait(true);
        if (!connected.TryGet(out var flow))
        {
            return connected.Error;
        }

        try
        {
            await handler.HandleAsync(flow).ConfigureAwait(true);
            return await flow.CloseAsync(CancellationToken.None).ConfigureAwait(true);
        }
        catch
        {
            await flow.AbortAsync().ConfigureAwait(true);
            throw;
        }
    }

    public async ValueTask<Result<TcpFlow>> Connect(IpEndpoint remote, TcpConnectOptions? options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!IsOnLoop)
        {
            await new LoopSwitch(this, toLoop: true);
            try
            {
                return await Connect(remote, options, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await new LoopSwitch(this, toLoop: false);
            }
        }

        options ??= new TcpConnectOptions();
        var started = Start(remote, options);
        if (!started.TryGet(out var connection))
        {
            return started.Error;
        }

        var generation = connection.Generation;
        var waiting = connection.BeginConnect(cancellation);
        connection.State = TcpState.SynSent;
        SendSyn(connection);
        var result = await waiting.ConfigureAwait(true);
        if (!result.IsDone)
        {
            return result.Error;
        }

        return connection.Generation == generation ? new TcpFlow(connection) : new DeviceError(ErrorKind.Closed);
    }

    private Result<TcpConnection<TCongestion>> Start(IpEndpoint remote, TcpConnectOptions options)
    {
        if (_isClosed)
        {
            // A connect from another thread may come to the loop after the end, when nothing would ever answer it.
            return ErrorKind.Disconnected;
        }

        if (remote.Port == 0 || remote.Address.IsAny || remote.Address.IsMulticast)
        {
            return new DeviceError(ErrorKind.Invalid, $"{remote} is not an endpoint to connect to");
        }

        var address = options.Local.Address;
        if (address.IsAny)
        {
            var selected = _ip.SelectSource(remote.Address);
            if (!selected.TryGet(out address))
            {
                return selected.Error;
            }
        }
        else if (!_ip.IsLocal(address) && !_ip.AcceptsAnyAddress)
        {
            return new DeviceError(ErrorKind.Invalid, $"{address} is not an address of this host");
        }

        Now = _platform.Now;
        var port = options.Local.Port;
        if (port == 0)
        {
            // A port whose last connection to the same end is in TIME-WAIT is only taken when there is no other.
            if (!_ports.TryFind(candidate => !_listeners.ContainsKey(candidate) && IsFree(address, candidate, remote), out port)
                && !_ports.TryFind(candidate => !_listeners.ContainsKey(candidate) && IsFreeOrWaiting(address, candidate, remote), out port))
            {
                return new DeviceError(ErrorKind.InUse, $"every port is in use for connections to {remote}");
            }
        }
        else if (!IsFreeOrWaiting(address, port, remote))
        {
            return new DeviceError(ErrorKind.InUse, $"there is a connection from {address}:{port} to {remote} already");
        }

        var local = new IpEndpoint(address, port);
        var (sequence, timestampOffset) = ChooseSequence(local, remote, EndTimeWait(local, remote));
        if (NewConnection(local, remote, sequence, timestampOffset) is not { } connection)
        {
            return new DeviceError(ErrorKind.Full, $"there are {Limits.MaxConnections} connections, and there may not be more");
        }

        connection.NoDelay = options.NoDelay;
        connection.KeepAlive = KeepAlivePolicy.From(options.KeepAlive);
        connection.StartUserTimeout(options.UserTimeout);
        connection.PathRevision = _ip.PathRevision;
        connection.SegmentSize = LocalSegmentSize(remote.Address);
        connection.ExpiresAt = Now + options.Timeout;
        return connection;
    }

    /// <summary>
    /// RFC 6191 §4, RFC 7323 appendix B.2 (b): with timestamps the old connection's segments cannot be taken for the new one's once the clock has gone on; a second after the last
    /// that was heard is enough for any clock.
    /// </summary>
    private bool IsFreeOrWaiting(IpAddress address, ushort port, IpEndpoint remote)
        => _connections.Find(address, port, remote.Address, remote.Port) is not { } old
            || (old.State == TcpState.TimeWait && old.HasTimestamps && Now - old.TsRecentAt > TimeWaitReuse);

    /// <returns>The last sequence number of the connection that was in TIME-WAIT between the two ends, if there was one.</returns>
    private SequenceNumber? EndTimeWait(in IpEndpoint local, in IpEndpoint remote)
    {
        if (_connections.Find(local.Address, local.Port, remote.Address, remote.Port) is not { } old)
        {
            return null;
        }

        var last = old.SndNxt;
        End(old);
        return last;
    }

    private bool IsFree(IpAddress address, ushort port, IpEndpoint remote) => _connections.Find(address, port, remote.Address, remote.Port) is null;
}
