using Mirage.Net.TcpIp;
using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

/// <summary>A TCP socket: unconnected, listening, connecting or connected.</summary>
#pragma warning disable CA1001 // a cancellation source without a timer holds nothing
internal sealed partial class StreamSocket(SocketsContext context) : DirectSocket(context)
{
    // As Linux with its 6 SYNs: 1 + 2 + 4 + 8 + 16 + 32 + 64 s.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(127);

    private readonly StreamOptions _options = new();
    private readonly Queue<(TcpFlow Flow, TaskCompletionSource Release)> _waiting = new();
    private readonly CancellationTokenSource _connectCancellation = new();
    private Task<Result<TcpFlow>>? _connecting;
    private IpEndpoint _connectingTo;
    private TcpFlow _flow;
    private TaskCompletionSource? _release;
    private bool _isListening;
    private bool _isConnected;
    private Errno _pendingError;

    public override SocketResult Listen(int backlog)
    {
        if (_isConnected || _connecting is not null)
        {
            return Errno.EINVAL;
        }

        // Linux accepts one more than it is told.
        var options = new TcpListenOptions
        {
            Address = Local.Address,
            Backlog = Math.Max(backlog, 0) + 1,
            NoDelay = _options.NoDelay,
            KeepAlive = _options.KeepAlive,
            UserTimeout = _options.UserTimeout,
        };
        var listening = Context.Stack.ListenTcp(Local.Port, new Handler(this), options);
        if (!listening.TryGet(out var local))
        {
            return ErrnoOf(listening.Error);
        }

        Local = local;
        _isListening = true;
        return 0;
    }

    public SocketResult Accept(out StreamSocket? accepted, out IpEndpoint remote)
    {
        accepted = null;
        remote = default;
        if (!_isListening)
        {
            return Errno.EINVAL;
        }

        if (!_waiting.TryDequeue(out var waiting))
        {
            return Errno.EAGAIN;
        }

        accepted = new StreamSocket(Context);
        remote = waiting.Flow.Remote;
        accepted._options.CopyFrom(_options);
        accepted.Attach(waiting.Flow, waiting.Release);
        return 0;
    }

    public override SocketResult Connect(IpEndpoint remote)
    {
        Update();
        if (_isListening || _isConnected)
        {
            return Errno.EISCONN;
        }

        if (_connecting is not null)
        {
            return Errno.EALREADY;
        }

        var options = new TcpConnectOptions
        {
            Local = Local,
            Timeout = ConnectTimeout,
            NoDelay = _options.NoDelay,
            KeepAlive = _options.KeepAlive,
            UserTimeout = _options.UserTimeout,
        };
        _connectingTo = remote;
        _connecting = Context.Stack.ConnectTcpAsync(remote, options, _connectCancellation.Token).AsTask();
        Update();
        if (_pendingError == Errno.None)
        {
            return _isConnected ? 0 : Errno.EINPROGRESS;
        }

        var error = _pendingError;
        _pendingError = Errno.None;
        return error;
    }

    public override SocketResult Close()
    {
        if (_isListening)
        {
            Context.Stack.UnlistenTcp(Local.Port).ThrowIfFailed();

            // What nobody accepted is reset, as on Linux.
            while (_waiting.TryDequeue(out var waiting))
            {
                _ = waiting.Flow.AbortAsync().AsTask();
                waiting.Release.SetResult();
            }

            return 0;
        }

        Update();
        if (_connecting is not null)
        {
            _connectCancellation.Cancel();
            return 0;
        }

        if (_isConnected)
        {
            CloseFlow();
        }

        return 0;
    }

    // Sockets reset what is closed with data unread (RFC 1122 §4.2.2.13), or at once by their option; flows of this stack do so only when asked.
    private void CloseFlow()
    {
        if (_options.Linger is { IsOn: true, Seconds: 0 } || HasUnread)
        {
            _ = _flow.AbortAsync().AsTask();
        }
        else
        {
            _ = _flow.CloseAsync().AsTask();
        }

        _release?.SetResult();
    }

    private void Attach(TcpFlow flow, TaskCompletionSource? release)
    {
        (_flow, _release, _isConnected) = (flow, release, true);
        Local = flow.Local;
    }

    /// <summary>Takes the outcome of connecting once there is one.</summary>
    private void Update()
    {
        if (_connecting is not { IsCompleted: true } connecting)
        {
            return;
        }

        _connecting = null;
        if (!connecting.IsCompletedSuccessfully)
        {
            _pendingError = Errno.ECONNABORTED;
        }
        else if (connecting.Result.TryGet(out var flow))
        {
            Attach(flow, null);
            ApplyOptions();
        }
        else
        {
            _pendingError = connecting.Result.Error.Kind == ErrorKind.Reset ? Errno.ECONNREFUSED : ErrnoOf(connecting.Result.Error);
        }
    }

    private readonly struct Handler(StreamSocket listener) : IFlowHandler
    {
        public ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            // The connection is the script's until it closes it.
            var release = new TaskCompletionSource();
            listener._waiting.Enqueue(((TcpFlow)(object)flow, release));
            return new(release.Task);
        }
    }
}
