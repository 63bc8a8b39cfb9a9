namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    // While a connect waits, until its outcome is taken.
    private FlowOperation<Result, bool>? _connect;

    /// <summary>Whether the program waits for it to be established.</summary>
    public bool IsConnecting => _connect is { IsPending: true };

    /// <summary>Begins to wait for the connection to be established.</summary>
    public ValueTask<Result> BeginConnect(CancellationToken cancellation)
    {
        _connect = Engine.RentConnect();
        return _connect.Begin(this, cancellation);
    }

    /// <summary>It is established, or will not be.</summary>
    public void CompleteConnect(Result result) => _connect!.Complete(result);

    /// <summary>The program ends one side or both (RFC 9293 §3.6). On the loop.</summary>
    public Result Shutdown(long generation, FlowDirection direction)
    {
        if (generation != Generation)
        {
            return Result.Done;
        }

        if ((direction & FlowDirection.Read) != 0 && !ReadShut)
        {
            ReadShut = true;
            ReceiveBuffer.Skip(Engine.Buffers, ReceiveBuffer.Length);
            OnReadable();
            if (IsSynchronized && !FinReceived && IsWindowUpdateDue())
            {
                AckNow = true;
                Engine.RequestOutput(this);
            }
        }

        if ((direction & FlowDirection.Write) != 0 && !WriteShut)
        {
            if (IsWriting)
            {
                throw new InvalidOperationException("a write is pending on this flow; await it before the write side is shut down");
            }

            WriteShut = true;
            FinQueued = true;
            Engine.RequestOutput(this);
        }

        return Failure.IsNone ? Result.Done : Failure;
    }

    /// <summary>The program lets go: handles are stale from now on, what was accepted is still sent, then the end. On the loop.</summary>
    public Result Close(long generation)
    {
        if (generation != Generation)
        {
            return Result.Done;
        }

        var failure = Failure;
        var hadPendingWrite = _write is { IsPending: true, Argument.IsBegun: true };
        LetGo();
        if (hadPendingWrite)
        {
            // Half of what the program wrote would look like all of it.
            Engine.Abort(this, ErrorKind.Closed);
        }
        else
        {
            FinQueued = true;
            Engine.RequestOutput(this);
            if (!Engine.MayBeOrphan(this))
            {
                Engine.Abort(this, ErrorKind.Closed);
            }
        }

        return failure.IsNone || failure.Kind == ErrorKind.Closed ? Result.Done : failure;
    }

    /// <summary>The program gives up. On the loop.</summary>
    public void Abort(long generation)
    {
        if (generation == Generation)
        {
            LetGo();
            Engine.Abort(this, ErrorKind.Reset);
        }
    }

    public void OnCancelled(FlowOperation operation)
    {
        if (operation == _read)
        {
            _read.Cancel();
        }
        else if (operation == _write)
        {
            var begun = _write.Argument.IsBegun;
            _write.Cancel();
            if (begun)
            {
                // The peer would see half a message.
                Engine.Abort(this, ErrorKind.Reset);
            }
        }
        else if (operation == _connect)
        {
            _connect.Cancel();
            LetGo();
            Engine.Abort(this, ErrorKind.Reset);
        }
    }

    public void OnTaken(FlowOperation operation)
    {
        if (operation == _read)
        {
            _read = null;
        }
        else if (operation == _write)
        {
            _write = null;
        }
        else if (operation == _connect)
        {
            _connect = null;
        }
    }

    /// <summary>The program's part ends: what it waits for is closed.</summary>
    public void LetGo()
    {
        Generation++;
        IsOrphan = true;
        ReadShut = WriteShut = true;
        ReceiveBuffer.Skip(Engine.Buffers, ReceiveBuffer.Length);
        if (_read is { IsPending: true } read)
        {
            read.Complete(FlowRead.Failed(ErrorKind.Closed));
        }

        FailWrite(ErrorKind.Closed);
    }

    private void ResetOperations()
    {
        // An outcome that nobody took stays with its object.
        _read?.Disown();
        _write?.Disown();
        _connect?.Disown();
        _read = null;
        _write = null;
        _connect = null;
    }

    private static void CheckIdle(FlowOperation? operation, string name)
    {
        if (operation is not null)
        {
            throw new InvalidOperationException($"a {name} is pending on this flow already; await it first");
        }
    }
}
