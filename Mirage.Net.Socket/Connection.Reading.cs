using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Mirage.Net.Socket;

internal sealed partial class Connection
{
    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlowRead>(cancellation);
        }

        var state = Interlocked.Or(ref _state, ReadBusy);
        if ((state & (ReadBusy | ReadShut | Closed | ReadFailed)) != 0)
        {
            return new(RefuseRead(state));
        }

        var pending = _socket.ReceiveAsync(buffer, SocketFlags.None, _readStop.Token);
        if (!pending.IsCompletedSuccessfully)
        {
            return FinishReadAsync(pending, buffer.IsEmpty, cancellation);
        }

        int count;
        try
        {
            count = pending.Result;
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // What waited, and has failed by now, says of itself that it succeeded, until it is asked for its result.
            return FinishReadAsync(ValueTask.FromException<int>(exception), buffer.IsEmpty, cancellation);
        }

        var outcome = Outcome(count, buffer.IsEmpty);
        EndRead();
        return new(outcome);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlowRead> FinishReadAsync(ValueTask<int> pending, bool empty, CancellationToken cancellation)
    {
        var registration = cancellation.UnsafeRegister(static connection => ((Connection)connection!)._readStop.Cancel(), this);
        try
        {
            return Outcome(await pending.ConfigureAwait(false), empty);
        }
        catch (OperationCanceledException)
        {
            return Has(Closed) ? FlowRead.Failed(ClosedError)
                : Has(ReadShut) ? FlowRead.End
                : throw new OperationCanceledException(cancellation);
        }
        catch (SocketException exception)
        {
            return FlowRead.Failed(Fail(exception.SocketErrorCode, ReadFailed));
        }
        finally
        {
            registration.Dispose();
            Renew(ref _readStop);
            EndRead();
        }
    }

    private FlowRead Outcome(int count, bool empty)
        => count > 0 ? FlowRead.Data(count)
            : empty ? Peek()
            : AtEnd();

    // A read into an empty buffer has ended, with data or without.
    private FlowRead Peek()
    {
        Span<byte> one = stackalloc byte[1];
        var count = _socket.Receive(one, SocketFlags.Peek, out var error);
        return count > 0 || error == SocketError.WouldBlock ? FlowRead.Data(0)
            : error == SocketError.Success ? AtEnd()
            : FlowRead.Failed(Fail(error, ReadFailed));
    }

    private FlowRead AtEnd()
    {
        if (!Has(Ended) && WasReset())
        {
            return FlowRead.Failed(Fail(SocketError.ConnectionReset, ReadFailed));
        }

        _ = Interlocked.Or(ref _state, Ended);
        return FlowRead.End;
    }

    /// <summary>
    /// Whether what a read took for the peer's end is a reset, of which a write was told, and so the read was not: the host tells an error once.
    /// The error of a reset after the peer's end is another one (<see cref="SocketError.Shutdown"/>), and the end stands.
    /// </summary>
    private bool WasReset()
    {
        if (Volatile.Read(ref _failure) == 0)
        {
            // After the peer's end alone the connection is in CLOSE-WAIT; if this side has ended too, no write is told anything.
            if ((State & (WriteShut | WriteBusy)) == WriteShut || !TcpInfo.IsClosed(_socket))
            {
                return false;
            }

            if (_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error && error != 0)
            {
                // Nobody has been told yet; of a reset before the end the read would have been.
                _ = Fail((SocketError)error, WriteFailed);
                return false;
            }

            // A write has been told, and is about to note it.
            var spin = default(SpinWait);
            while (Volatile.Read(ref _failure) == 0 && Has(WriteBusy))
            {
                spin.SpinOnce();
            }
        }

        return Volatile.Read(ref _failure) is not (0 or (int)SocketError.Shutdown);
    }

    private FlowRead RefuseRead(int state)
    {
        if ((state & ReadBusy) == 0)
        {
            EndRead();
        }

        return (state & Closed) != 0 ? FlowRead.Failed(ClosedError)
            : (state & ReadShut) != 0 ? FlowRead.End
            : (state & ReadBusy) == 0 ? FlowRead.Failed(Failure)
            : throw new InvalidOperationException($"a read of tcp {Local} - {Remote} is pending; a flow has one at a time");
    }

    private void EndRead()
    {
        var state = Interlocked.And(ref _state, ~ReadBusy);
        if ((state & (Closed | ReadShut)) != 0)
        {
            Finish();
            Discard();
        }
    }

    /// <summary>After reading was shut down: takes in what the peer sends and forgets it, so that the peer is not held up.</summary>
    private void Discard()
    {
        var state = State;
        while ((state & (ReadShut | Closed | Discarding | ReadBusy)) == ReadShut)
        {
            var seen = Interlocked.CompareExchange(ref _state, state | Discarding | ReadBusy, state);
            if (seen == state)
            {
                _ = DiscardAsync();
                return;
            }

            state = seen;
        }
    }

    private async Task DiscardAsync()
    {
        // A close that came before this line cancelled the old one, and is seen below; one that comes later cancels the new one.
        _ = Interlocked.Exchange(ref _readStop, new CancellationTokenSource());
        try
        {
            while (!Has(Closed | Ended | ReadFailed))
            {
                _ = await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _readStop.Token).ConfigureAwait(false);
                _ = TakeIn(long.MaxValue);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException exception)
        {
            _ = Fail(exception.SocketErrorCode, ReadFailed);
        }

        EndRead();
    }

    /// <summary>Takes in and forgets what has arrived, up to a limit, without waiting.</summary>
    /// <returns>How much it was.</returns>
    private long TakeIn(long limit)
    {
        Span<byte> scratch = stackalloc byte[4096];
        var total = 0L;
        while (total < limit)
        {
            var count = _socket.Receive(scratch, SocketFlags.None, out var error);
            if (count > 0)
            {
                total += count;
                continue;
            }

            if (error == SocketError.Success)
            {
                _ = Interlocked.Or(ref _state, Ended);
            }
            else if (error != SocketError.WouldBlock)
            {
                _ = Fail(error, ReadFailed);
            }

            break;
        }

        return total;
    }
}
