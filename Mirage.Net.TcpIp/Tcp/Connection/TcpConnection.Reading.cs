namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public bool ReadShut;

    // While a read waits, until its outcome is taken.
    private FlowOperation<FlowRead, Memory<byte>>? _read;

    /// <summary>The program reads. On the loop.</summary>
    public ValueTask<FlowRead> Read(long generation, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (generation != Generation)
        {
            return new(FlowRead.Failed(ErrorKind.Closed));
        }

        CheckIdle(_read, "read");
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlowRead>(cancellation);
        }

        if (TryRead(buffer, out var outcome))
        {
            return new(outcome);
        }

        _read = Engine.RentRead();
        _read.Argument = buffer;
        return _read.Begin(this, cancellation);
    }

    /// <summary>Something arrived, or the connection ended: completes a read that waits.</summary>
    public void OnReadable()
    {
        if (_read is { IsPending: true } read && TryRead(read.Argument, out var outcome))
        {
            read.Complete(outcome);
        }
    }

    private bool TryRead(Memory<byte> buffer, out FlowRead outcome)
    {
        if (ReadShut)
        {
            outcome = FlowRead.End;
            return true;
        }

        if (ReceiveBuffer.Length > 0)
        {
            var count = ReceiveBuffer.Read(Engine.Buffers, buffer.Span);
            OnRead(count);
            if (count > 0 && IsSynchronized && !FinReceived && IsWindowUpdateDue())
            {
                AckNow = true;
                Engine.RequestOutput(this);
            }

            outcome = FlowRead.Data(count);
            return true;
        }

        outcome = Failure.IsNone ? FlowRead.End : FlowRead.Failed(Failure);
        return FinReceived || !Failure.IsNone;
    }
}
