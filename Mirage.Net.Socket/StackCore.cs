namespace Mirage.Net.Socket;

/// <summary>What the handles of one stack share. Any thread.</summary>
internal sealed partial class StackCore
{
    private readonly SocketStackOptions _options;
    private readonly HostSockets _sockets;
    private readonly SynchronizationContext? _context;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards the tables below. Nothing waits while it is held.
    private readonly Lock _gate = new();
    private bool _stopped;

    public StackCore(SocketStackOptions options)
    {
        _options = options;
        _sockets = new HostSockets(options.Family);
        _context = options.RunOn == SocketRunOn.Captured ? SynchronizationContext.Current : null;
    }

    public SocketFamily Family => _sockets.Family;

    public TimeSpan Linger => _options.Linger;

    /// <summary>Cancelled when the stack is disconnected.</summary>
    public CancellationToken Stop => _stop.Token;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellation.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), cancelled);
        await Task.WhenAny(_ended.Task, cancelled.Task);
    }

    public ValueTask DisconnectAsync()
    {
        bool first;
        lock (_gate)
        {
            first = !_stopped;
            _stopped = true;
        }

        if (first)
        {
            _ = EndAsync();
        }

        return new(_ended.Task);
    }

    /// <summary>Runs something where handlers run.</summary>
    public void Dispatch(IThreadPoolWorkItem work)
    {
        if (_context is null)
        {
            _ = ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
        else
        {
            _context.Post(static work => ((IThreadPoolWorkItem)work!).Execute(), work);
        }
    }

    public void HandlerFailed(string source, Exception exception)
    {
        _ = Interlocked.Increment(ref _handlerFailures);
        if (_options.HandlerFailed is { } report)
        {
            report(source, exception);
        }
        else
        {
            Console.Error.WriteLine($"{source}: {exception}");
        }
    }

    private async Task EndAsync()
    {
        FlowListener[] listeners;
        DatagramListener[] datagramListeners;
        Connection[] connections;
        lock (_gate)
        {
            // Nothing is added to the tables any more.
            listeners = [.. _listeners.Values];
            datagramListeners = [.. _datagramListeners.Values];
            connections = [.. _connections];
            _listeners.Clear();
            _datagramListeners.Clear();
            LeaveGroups();
        }

        foreach (var listener in listeners)
        {
            listener.Close();
        }

        foreach (var listener in datagramListeners)
        {
            listener.Close();
        }

        _senders.Close();

        // Also ends connecting, and the lingering of connections that were closed.
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var connection in connections)
        {
            await connection.AbortAsync().ConfigureAwait(false);
            await connection.WhenGone().ConfigureAwait(false);
        }

        _ended.SetResult();
    }
}
