using System.Buffers;

namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public bool WriteShut;

    // While a write waits, until its outcome is taken.
    private FlowOperation<Result, PendingWrite>? _write;

    private bool IsWriting => _write is { IsPending: true };

    /// <summary>The program writes one run of bytes: the common case, which needs no sequence if there is room. On the loop.</summary>
    public ValueTask<Result> Write(long generation, ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        if (CheckWritable(generation) is { IsNone: false } error)
        {
            return new((Result)error);
        }

        CheckIdle(_write, "write");
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Result>(cancellation);
        }

        var accepted = Accept(buffer.Span);
        return accepted == buffer.Length
            ? new(Result.Done)
            : Wait(new ReadOnlySequence<byte>(buffer[accepted..]), accepted > 0, cancellation);
    }

    /// <summary>The program writes several runs of bytes. On the loop.</summary>
    public ValueTask<Result> Write(long generation, ReadOnlySequence<byte> buffers, CancellationToken cancellation)
    {
        if (CheckWritable(generation) is { IsNone: false } error)
        {
            return new((Result)error);
        }

        CheckIdle(_write, "write");
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Result>(cancellation);
        }

        var rest = Accept(buffers);
        return rest.IsEmpty ? new(Result.Done) : Wait(rest, rest.Length < buffers.Length, cancellation);
    }

    /// <summary>The send buffer has room: goes on with a write that waits.</summary>
    public void OnWritable()
    {
        if (_write is { IsPending: true } write)
        {
            ref var pending = ref write.Argument;
            var rest = Accept(pending.Rest);
            pending.IsBegun |= rest.Length < pending.Rest.Length;
            pending.Rest = rest;
            if (rest.IsEmpty)
            {
                write.Complete(Result.Done);
            }
        }
    }

    /// <summary>Ends a write that waits because the connection has ended.</summary>
    public void FailWrite(DeviceError error)
    {
        if (_write is { IsPending: true } write)
        {
            write.Complete(error);
        }
    }

    private DeviceError CheckWritable(long generation)
        => generation != Generation || WriteShut ? ErrorKind.Closed : Failure;

    private ValueTask<Result> Wait(ReadOnlySequence<byte> rest, bool begun, CancellationToken cancellation)
    {
        _write = Engine.RentWrite();
        _write.Argument = new PendingWrite { Rest = rest, IsBegun = begun };
        return _write.Begin(this, cancellation);
    }

    /// <summary>Takes as much as there is room for.</summary>
    /// <returns>The rest.</returns>
    private ReadOnlySequence<byte> Accept(ReadOnlySequence<byte> buffers)
    {
        long taken = 0;
        var position = buffers.Start;
        while (buffers.TryGet(ref position, out var buffer))
        {
            var accepted = Accept(buffer.Span);
            taken += accepted;
            if (accepted < buffer.Length)
            {
                return buffers.Slice(taken);
            }
        }

        return default;
    }

    private int Accept(ReadOnlySpan<byte> data)
    {
        var accepted = SendBuffer.Append(Engine.Buffers, data, SendLimit);
        if (accepted > 0)
        {
            Engine.RequestOutput(this);
        }

        return accepted;
    }
}

/// <summary>What a write that waits has not given away.</summary>
internal struct PendingWrite
{
    public ReadOnlySequence<byte> Rest;

    /// <summary>Whether some of it was taken already.</summary>
    public bool IsBegun;
}
