namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public FlowOperation<Result> ConnectOperation;

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
            if (WriteOperation.IsPending)
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
        var hadPendingWrite = WriteOperation.IsPending && _writingBegun;
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
        if (operation == ReadOperation)
        {
            _reading = default;
            ReadOperation.Cancel();
        }
        else if (operation == WriteOperation)
        {
            var begun = _writingBegun;
            _writing = default;
            _writingBegun = false;
            WriteOperation.Cancel();
            if (begun)
            {
                // The peer would see half a message.
                Engine.Abort(this, ErrorKind.Reset);
            }
        }
        else
        {
            ConnectOperation.Cancel();
            LetGo();
            Engine.Abort(this, ErrorKind.Reset);
        }
    }

    /// <summary>The program's part ends: what it waits for is closed.</summary>
    public void LetGo()
    {
        Generation++;
        IsOrphan = true;
        ReadShut = WriteShut = true;
        ReceiveBuffer.Skip(Engine.Buffers, ReceiveBuffer.Length);
        if (ReadOperation.IsPending)
        {
            _reading = default;
            ReadOperation.Complete(FlowRead.Failed(ErrorKind.Closed));
        }

        FailWrite(ErrorKind.Closed);
    }

    private void ResetOperations()
    {
        // An outcome that nobody took keeps its object: another connection gets a new one.
        ReadOperation = ReadOperation.IsIdle ? ReadOperation : new(Engine, "read");
        WriteOperation = WriteOperation.IsIdle ? WriteOperation : new(Engine, "write");
        ConnectOperation = ConnectOperation.IsIdle ? ConnectOperation : new(Engine, "connect");
        _reading = default;
        _writing = default;
        _writingBegun = false;
    }
}
