using System.Net.Sockets;

namespace Mirage.Net.Socket;

internal sealed partial class Connection
{
    private const long FirstLingerBytes = 64 * 1024;
    private const long LingerBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private TaskCompletionSource? _gone;
    private bool _isGone;

    public Result Shutdown(FlowDirection direction)
    {
        var read = (direction & FlowDirection.Read) != 0;
        var write = (direction & FlowDirection.Write) != 0;
        var before = Interlocked.Or(ref _state, (read ? ReadShut : 0) | (write ? WriteShut : 0));
        if (read && (before & (ReadShut | Closed)) == 0)
        {
            StopReading(before);
            Discard();
        }

        return write && (before & (WriteShut | Closed)) == 0 ? SendEnd() : Result.Done;
    }

    public Result Close()
    {
        var before = Interlocked.Or(ref _state, Closed | ReadShut | WriteShut);
        if ((before & Closed) == 0)
        {
            StopReading(before);
            StopWriting(before);
            Finish();
        }

        return _failure != 0 && (before & (Closed | WriteShut)) == 0 ? Failure : Result.Done;
    }

    public ValueTask AbortAsync()
    {
        Abort();
        return new(Has(Aborted) ? WhenGone() : Task.CompletedTask);
    }

    /// <summary>Completes when the socket has been given back to the host.</summary>
    public Task WhenGone()
    {
        lock (_gate)
        {
            return _isGone ? Task.CompletedTask : (_gone ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Abort()
    {
        var state = State;
        while ((state & Closed) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state | Aborted | Closed | ReadShut | WriteShut, state);
            if (seen == state)
            {
                StopReading(state);
                StopWriting(state);
                Finish();
                return;
            }

            state = seen;
        }
    }

    private void StopReading(int before)
    {
        if ((before & ReadBusy) != 0)
        {
            Volatile.Read(ref _readStop).Cancel();
        }
    }

    private void StopWriting(int before)
    {
        if ((before & WriteBusy) != 0)
        {
            Volatile.Read(ref _writeStop).Cancel();
        }
    }

    /// <summary>If the connection was closed and nobody uses the socket any more: ends it. Called by each one that stops using it.</summary>
    private void Finish()
    {
        if ((State & (Closed | ReadBusy | WriteBusy)) != Closed || (Interlocked.Or(ref _state, Finishing) & Finishing) != 0)
        {
            return;
        }

        if (Has(Aborted))
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
            Leave();
        }
        else if (!SendEnd().IsDone || Has(Ended | ReadFailed | WriteFailed))
        {
            Leave();
        }
        else
        {
            _ = LingerAsync();
        }
    }

    /// <summary>Waits for the peer's end, taking in what comes: closing a socket with unread data resets the connection (RFC 9293 §3.6.1).</summary>
    private async Task LingerAsync()
    {
        var total = TakeIn(FirstLingerBytes);
        if (total >= FirstLingerBytes)
        {
            // Long work is not for the thread that closes.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        if (!Has(Ended | ReadFailed) && _core.Linger > TimeSpan.Zero)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_core.Stop);
            stop.CancelAfter(_core.Linger);
            try
            {
                while (total < LingerBytes && !Has(Ended | ReadFailed))
                {
                    _ = await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, stop.Token).ConfigureAwait(false);
                    total += TakeIn(LingerBytes - total);
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // The time is up, or the connection is gone: either way it is over.
                _ = TakeIn(LingerBytes);
            }
        }

        Leave();
    }

    private Result SendEnd()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return Result.Done;
        }
        catch (SocketException exception)
        {
            return HostErrors.OfFlow(exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return ClosedError;
        }
    }

    private void Leave()
    {
        _socket.Dispose();
        _core.Remove(this);
        TaskCompletionSource? gone;
        lock (_gate)
        {
            _isGone = true;
            gone = _gone;
        }

        gone?.SetResult();
    }
}
