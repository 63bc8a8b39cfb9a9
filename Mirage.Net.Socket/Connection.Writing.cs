using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Mirage.Net.Socket;

internal sealed partial class Connection
{
    // Segments of a sequence up to this total leave as one.
    private const int JoinLimit = 16 * 1024;

    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Result>(cancellation);
        }

        var state = Interlocked.Or(ref _state, WriteBusy);
        if ((state & (WriteBusy | WriteShut | Closed | WriteFailed)) != 0)
        {
            return new(RefuseWrite(state));
        }

        var sent = _socket.Send(buffer.Span, SocketFlags.None, out var error);
        if (sent == buffer.Length && error == SocketError.Success)
        {
            EndWrite();
            return default;
        }

        if (error is SocketError.Success or SocketError.WouldBlock)
        {
            return FinishWriteAsync(new ReadOnlySequence<byte>(buffer[sent..]), sent > 0, cancellation);
        }

        var failed = WriteError(error);
        EndWrite();
        return new(failed);
    }

    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation)
    {
        if (buffers.IsSingleSegment)
        {
            return WriteAsync(buffers.First, cancellation);
        }

        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Result>(cancellation);
        }

        var state = Interlocked.Or(ref _state, WriteBusy);
        return (state & (WriteBusy | WriteShut | Closed | WriteFailed)) != 0 ? new(RefuseWrite(state))
            : buffers.Length <= JoinLimit ? JoinAndWriteAsync(buffers, cancellation)
            : FinishWriteAsync(buffers, accepted: false, cancellation);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Result> JoinAndWriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation)
    {
        var length = (int)buffers.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            buffers.CopyTo(joined);
            return await FinishWriteAsync(new ReadOnlySequence<byte>(joined, 0, length), accepted: false, cancellation).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Result> FinishWriteAsync(ReadOnlySequence<byte> rest, bool accepted, CancellationToken cancellation)
    {
        var registration = cancellation.UnsafeRegister(static connection => ((Connection)connection!)._writeStop.Cancel(), this);
        try
        {
            while (TryNext(ref rest, out var part))
            {
                var sent = _socket.Send(part.Span, SocketFlags.None, out var error);
                if (sent == 0)
                {
                    if (error is not (SocketError.Success or SocketError.WouldBlock))
                    {
                        return WriteError(error);
                    }

                    // One byte is taken or not: if this wait is cancelled, it is known that nothing more was accepted.
                    sent = await _socket.SendAsync(part[..1], SocketFlags.None, _writeStop.Token).ConfigureAwait(false);
                }

                accepted |= sent > 0;
                rest = rest.Slice(sent);
            }

            return Result.Done;
        }
        catch (OperationCanceledException)
        {
            if (Has(Closed | WriteShut))
            {
                return ClosedError;
            }

            if (accepted)
            {
                Abort();
            }

            throw new OperationCanceledException(cancellation);
        }
        catch (SocketException exception)
        {
            return WriteError(exception.SocketErrorCode);
        }
        finally
        {
            registration.Dispose();
            Renew(ref _writeStop);
            EndWrite();
        }
    }

    private static bool TryNext(ref ReadOnlySequence<byte> rest, out ReadOnlyMemory<byte> part)
    {
        var position = rest.Start;
        while (rest.TryGet(ref position, out part))
        {
            if (!part.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private DeviceError WriteError(SocketError error)
    {
        var failure = Fail(error, WriteFailed);
        return Has(Closed | WriteShut) ? ClosedError : failure;
    }

    private DeviceError RefuseWrite(int state)
    {
        if ((state & WriteBusy) == 0)
        {
            EndWrite();
        }

        return (state & (Closed | WriteShut)) != 0 ? ClosedError
            : (state & WriteBusy) == 0 ? Failure
            : throw new InvalidOperationException($"a write of tcp {Local} - {Remote} is pending; a flow has one at a time");
    }

    private void EndWrite()
    {
        var state = Interlocked.And(ref _state, ~WriteBusy);
        if ((state & Closed) != 0)
        {
            Finish();
        }
    }
}
