using System.Threading.Tasks.Sources;

namespace Mirage.Net.TcpIp;

/// <summary>Something that a program awaits on the loop. Completions are queued and run after the segments of a turn have been processed.</summary>
internal abstract class FlowOperation
{
    /// <summary>The next one in the engine's queue of completions.</summary>
    internal FlowOperation? NextReady;

    /// <summary>Goes on with the program.</summary>
    public abstract void RunContinuation();
}

/// <summary>
/// A read, write or connect that waits. It comes from a pool when the wait begins, and goes back when its outcome is taken, so that a connection which waits for
/// nothing has none. It is used on the loop only; continuations run inline there, so the awaiting code's synchronization context, which is the loop's, need
/// not be asked.
/// </summary>
/// <typeparam name="T">The outcome's type.</typeparam>
/// <typeparam name="TArgument">What the one that completes it needs.</typeparam>
internal sealed class FlowOperation<T, TArgument>(TcpEngine engine, Stack<FlowOperation<T, TArgument>>? pool) : FlowOperation, IValueTaskSource<T>
{
    private enum Phase : byte
    {
        Idle,
        Pending,
        Done,
        Cancelled,
    }

    private Phase _phase;
    private short _version;
    private T _outcome = default!;

    /// <summary>The owner's, while it waits.</summary>
    public TArgument Argument = default!;

    private Action<object?>? _continuation;
    private object? _continuationState;
    private ExecutionContext? _executionContext;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ICancellable? _owner;

    /// <summary>Whether it waits.</summary>
    public bool IsPending => _phase == Phase.Pending;

    /// <summary>Begins to wait.</summary>
    /// <param name="owner">Told on the loop when the token is cancelled while it waits, and when the outcome is taken.</param>
    /// <param name="cancellation">The token.</param>
    public ValueTask<T> Begin(ICancellable owner, CancellationToken cancellation)
    {
        _phase = Phase.Pending;
        _owner = owner;
        if (cancellation.CanBeCanceled)
        {
            _cancellation = cancellation;
            _registration = cancellation.UnsafeRegister(static operation => ((FlowOperation<T, TArgument>)operation!).PostCancel(), this);
        }

        return new ValueTask<T>(this, _version);
    }

    /// <summary>Ends the wait.</summary>
    public void Complete(T outcome)
    {
        _outcome = outcome;
        Finish(Phase.Done);
    }

    /// <summary>Ends the wait with an <see cref="OperationCanceledException"/>.</summary>
    public void Cancel() => Finish(Phase.Cancelled);

    public override void RunContinuation()
    {
        var continuation = _continuation!;
        var state = _continuationState;
        var context = _executionContext;
        _continuation = null;
        _continuationState = null;
        _executionContext = null;
        if (context is null)
        {
            continuation(state);
        }
        else
        {
            ExecutionContext.Run(context, static pair => { var (action, argument) = ((Action<object?>, object?))pair!; action(argument); }, (continuation, state));
        }
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);
        return _phase switch
        {
            Phase.Done => ValueTaskSourceStatus.Succeeded,
            Phase.Cancelled => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Pending,
        };
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);
        if (_continuation is not null)
        {
            throw new InvalidOperationException("a flow's task is awaited once");
        }

        _continuation = continuation;
        _continuationState = state;
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
        {
            _executionContext = ExecutionContext.Capture();
        }

        if (_phase is Phase.Done or Phase.Cancelled)
        {
            engine.EnqueueReady(this);
        }
    }

    public T GetResult(short token)
    {
        Check(token);
        var phase = _phase;
        if (phase is not (Phase.Done or Phase.Cancelled))
        {
            throw new InvalidOperationException("a flow's task has a result only when it is completed");
        }

        var outcome = _outcome;
        var cancellation = _cancellation;
        _outcome = default!;
        _cancellation = default;
        _version++;
        _phase = Phase.Idle;
        _owner?.OnTaken(this);
        _owner = null;
        if (pool is not null && engine.IsOnLoop && pool.Count < engine.Limits.MaxPooledConnections)
        {
            pool.Push(this);
        }

        if (phase == Phase.Cancelled)
        {
            throw new OperationCanceledException(cancellation);
        }

        return outcome;
    }

    private void Finish(Phase phase)
    {
        _phase = phase;
        Argument = default!;
        _registration.Dispose();
        _registration = default;
        if (_continuation is not null)
        {
            engine.EnqueueReady(this);
        }
    }

    /// <summary>The owner is used for something else from now on; whoever awaits this still gets the outcome.</summary>
    public void Disown() => _owner = null;

    // The token is cancelled on any thread; what it ends is decided on the loop.
    private void PostCancel() => engine.Post(static operation => ((FlowOperation<T, TArgument>)operation!).CancelOnLoop(), this);

    private void CancelOnLoop()
    {
        // What was cancelled may have ended meanwhile, and another wait begun.
        if (_phase == Phase.Pending && _cancellation.IsCancellationRequested)
        {
            _owner!.OnCancelled(this);
        }
    }

    private void Check(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("a flow's task is awaited once, and not after the next has begun");
        }
    }
}

/// <summary>What has operations that can be cancelled.</summary>
internal interface ICancellable
{
    /// <summary>The token of a waiting operation was cancelled. On the loop.</summary>
    void OnCancelled(FlowOperation operation);

    /// <summary>The outcome of an operation was taken: it belongs to nobody.</summary>
    void OnTaken(FlowOperation operation);
}
