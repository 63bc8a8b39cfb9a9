using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>A port on which connections are accepted.</summary>
internal abstract class FlowListener(StackCore core, HostSocket socket, TcpListenOptions options)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();

    // How many more handlers may run; null if any number may.
    private readonly SemaphoreSlim? _handlers = options.MaxConcurrent == int.MaxValue ? null : new(options.MaxConcurrent);

    public IpEndpoint Local { get; } = HostSockets.LocalOf(socket);

    protected StackCore Core => core;

    public void Start() => _ = AcceptAsync();

    public void Close()
    {
        _stop.Cancel();
        socket.Dispose();
    }

    protected abstract void Serve(Connection connection);

    /// <summary>One handler less runs: another connection may be accepted.</summary>
    protected void HandlerEnded() => _handlers?.Release();

    // What waits is in the host's backlog.
    private Task WaitForHandlerAsync() => _handlers?.WaitAsync(_stop.Token) ?? Task.CompletedTask;

    private async Task AcceptAsync()
    {
        var pause = ShortestPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await WaitForHandlerAsync().ConfigureAwait(false);
                var accepted = await socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
                pause = ShortestPause;
                accepted.Blocking = false;
                if (core.Accept(accepted, options) is { } connection)
                {
                    Serve(connection);
                }
                else
                {
                    HandlerEnded();
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException exception)
            {
                HandlerEnded();
                core.CountAcceptFailure();
                if (!IsOfOneConnection(exception.SocketErrorCode))
                {
                    // No descriptor or memory is left: connections wait in the backlog until others have ended.
                    await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
    }

    // accept(2): pending errors of the new connection come out of accept, and are no reason to stop.
    private static bool IsOfOneConnection(SocketError error)
        => error is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted
            or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown;
}

/// <inheritdoc/>
/// <typeparam name="THandler">What serves the connections.</typeparam>
internal sealed class FlowListener<THandler>(StackCore core, HostSocket socket, THandler handler, TcpListenOptions options)
    : FlowListener(core, socket, options)
    where THandler : struct, IFlowHandler
{
    private readonly THandler _handler = handler;

    protected override void Serve(Connection connection) => Core.Dispatch(new Service(this, connection));

    private async Task ServeAsync(Connection connection)
    {
        try
        {
            await _handler.HandleAsync(new SocketFlow(connection));
        }
        catch (Exception exception)
        {
            await connection.AbortAsync();
            Core.HandlerFailed($"tcp {connection.Local}", exception);
            return;
        }
        finally
        {
            HandlerEnded();
        }

        // A failure to flush is the peer's doing, and nobody is left who could be told.
        _ = connection.Close();
    }

    private sealed class Service(FlowListener<THandler> listener, Connection connection) : IThreadPoolWorkItem
    {
        public void Execute() => _ = listener.ServeAsync(connection);
    }
}
