namespace Mirage.Net.TcpIp;

/// <summary>
/// What connections share and need from the layer that owns them, apart from its type arguments: buffers, timers, the queue of connections
/// that have something to send, and the queue of completions.
/// </summary>
internal abstract class TcpEngine(TcpSettings settings, StackLimits limits, BufferPool buffers)
{
    private const int LeastBuffer = 16 << 10;
    private const int FreeParts = 4;

    private readonly Stack<FlowOperation<FlowRead, Memory<byte>>> _reads = new();
    private readonly Stack<FlowOperation<Result, PendingWrite>> _writes = new();
    private readonly Stack<FlowOperation<Result, bool>> _connects = new();
    private readonly Stack<ReceiveTuning> _tunings = new();
    private readonly Stack<Transmission> _transmissions = new();
    private TcpConnection? _firstPending;
    private TcpConnection? _lastPending;
    private FlowOperation? _firstReady;
    private FlowOperation? _lastReady;

    public TcpSettings Settings { get; } = settings;

    public StackLimits Limits { get; } = limits;

    public BufferPool Buffers { get; } = buffers;

    /// <summary>Whether all connections together hold as much as they may.</summary>
    public bool IsShortOfBuffers => Buffers.Lent >= Limits.MaxBuffered;

    /// <summary>
    /// What a connection may hold of what it would: a part of what is free, so that the limits of all fall together as memory runs short, and none takes it all
    /// (dynamic thresholds: Choudhury and Hahne, 1998); and never less than what keeps it going.
    /// </summary>
    public int Share(int allowance)
    {
        var share = (Limits.MaxBuffered - Buffers.Lent) / FreeParts;
        return share >= allowance ? allowance : (int)Math.Max(Math.Min(LeastBuffer, allowance), share);
    }

    /// <summary>What connections have that have nothing outstanding: nothing is in it, and nothing is put into it.</summary>
    public Transmission NoTransmission { get; } = new() { ProbeAt = Instant.Never };

    public TimerWheel Wheel { get; } = new();

    /// <summary>The present, as of the turn that is being taken.</summary>
    public Instant Now { get; protected set; }

    public abstract bool IsOnLoop { get; }

    /// <summary>What a read waits with.</summary>
    public FlowOperation<FlowRead, Memory<byte>> RentRead() => _reads.TryPop(out var read) ? read : new(this, _reads);

    /// <summary>What a write waits with.</summary>
    public FlowOperation<Result, PendingWrite> RentWrite() => _writes.TryPop(out var write) ? write : new(this, _writes);

    /// <summary>What a connect waits with.</summary>
    public FlowOperation<Result, bool> RentConnect() => _connects.TryPop(out var connect) ? connect : new(this, _connects);

    /// <summary>What a connection that receives data finds the size of its buffer with.</summary>
    public ReceiveTuning RentTuning() => _tunings.TryPop(out var tuning) ? tuning : new ReceiveTuning();

    public void Return(ReceiveTuning tuning)
    {
        if (_tunings.Count < Limits.MaxPooledConnections)
        {
            _tunings.Push(tuning);
        }
    }

    /// <summary>Runs an action on the loop.</summary>
    public abstract void Post(Action<object?> action, object? state);

    /// <summary>Runs an action away from the loop.</summary>
    public abstract void Offload(Action<object?> action, object? state);

    /// <summary>Resets a connection that the program gives up (RFC 9293 §3.10.5).</summary>
    public abstract void Abort(TcpConnection connection, ErrorKind reason);

    /// <summary>The program has closed a connection, which is not at its end with the peer.</summary>
    /// <returns>Whether there may be one more such.</returns>
    public abstract bool MayBeOrphan(TcpConnection connection);

    /// <summary>Answers a SYN that the program has accepted.</summary>
    public abstract void Answer(HalfOpen half);

    /// <summary>Ends a SYN that the program does not want, with a reset or without an answer.</summary>
    public abstract void Decline(HalfOpen half, bool answer);

    /// <summary>Ends a SYN that the program does not want, with an ICMP error.</summary>
    public abstract void Refuse(HalfOpen half, UnreachableReason reason);

    public Transmission RentTransmission() => _transmissions.TryPop(out var transmission) ? transmission : new Transmission();

    public void ReturnTransmission(Transmission transmission)
    {
        if (_transmissions.Count < Limits.MaxPooledConnections)
        {
            _transmissions.Push(transmission);
        }
    }

    /// <summary>Puts a connection into the queue of those that have something to send in this turn.</summary>
    public void RequestOutput(TcpConnection connection)
    {
        if (connection.IsOutputPending)
        {
            return;
        }

        connection.IsOutputPending = true;
        if (_lastPending is null)
        {
            _firstPending = connection;
        }
        else
        {
            _lastPending.NextPending = connection;
        }

        _lastPending = connection;
    }

    /// <summary>Puts a completion into the queue of those that run after this turn's segments.</summary>
    public void EnqueueReady(FlowOperation operation)
    {
        if (_lastReady is null)
        {
            _firstReady = operation;
        }
        else
        {
            _lastReady.NextReady = operation;
        }

        _lastReady = operation;
    }

    /// <summary>Runs the completions that are queued, and those that they cause, up to a bound.</summary>
    /// <returns>Whether there were any.</returns>
    public bool RunReady(int budget)
    {
        var any = _firstReady is not null;
        while (_firstReady is { } operation && budget-- > 0)
        {
            _firstReady = operation.NextReady;
            if (_firstReady is null)
            {
                _lastReady = null;
            }

            operation.NextReady = null;
            operation.RunContinuation();
        }

        return any;
    }

    /// <summary>Whether completions wait.</summary>
    public bool HasReady => _firstReady is not null;

    protected TcpConnection? TakePending()
    {
        var connection = _firstPending;
        if (connection is not null)
        {
            _firstPending = connection.NextPending;
            if (_firstPending is null)
            {
                _lastPending = null;
            }

            connection.NextPending = null;
            connection.IsOutputPending = false;
        }

        return connection;
    }
}
