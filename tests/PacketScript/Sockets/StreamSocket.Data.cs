using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

internal sealed partial class StreamSocket
{
    // A flow takes all that it is given or waits: what it waits with counts as accepted, so it is little.
    private const int WriteStep = 1024;

    private Task<FlowRead>? _readable;
    private Task<Result>? _writing;
    private byte[] _peeked = [];
    private bool _writeShut;

    private bool HasUnread => _peeked.Length > 0 || IsReadable(out var read) && read is { IsEnd: false, IsError: false };

    public override SocketResult Receive(Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote)
    {
        remote = default;
        Update();
        if (!_isConnected)
        {
            return TakeError() is var error and not Errno.None ? error : _connecting is null ? Errno.ENOTCONN : Errno.EAGAIN;
        }

        if ((flags & ScriptMessageFlags.Peek) != 0)
        {
            return Peek(buffer);
        }

        if (_peeked.Length > 0)
        {
            var taken = Math.Min(buffer.Length, _peeked.Length);
            _peeked.AsSpan(0, taken).CopyTo(buffer);
            _peeked = _peeked[taken..];
            return taken < buffer.Length ? taken + Math.Max(Read(buffer[taken..]).Value, 0) : taken;
        }

        return Read(buffer);
    }

    // Flows have no reading without taking: what is looked at is taken, and kept here for the next read.
    private SocketResult Peek(Span<byte> buffer)
    {
        if (_peeked.Length < buffer.Length)
        {
            var more = new byte[buffer.Length - _peeked.Length];
            var read = Read(more);
            if (read.Value <= 0 && _peeked.Length == 0)
            {
                return read;
            }

            _peeked = [.. _peeked, .. more.AsSpan(0, (int)Math.Max(read.Value, 0))];
        }

        var count = Math.Min(buffer.Length, _peeked.Length);
        _peeked.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    private SocketResult Read(Span<byte> buffer)
    {
        if (!IsReadable(out var ready))
        {
            return Errno.EAGAIN;
        }

        if (ready.IsEnd)
        {
            return 0;
        }

        if (!ready.IsError)
        {
            _readable = null;
            var bytes = new byte[buffer.Length];
            var reading = _flow.ReadAsync(bytes);
            ready = reading.IsCompleted ? reading.Result : throw new InvalidOperationException("a flow that said it can be read now waits");
            bytes.AsSpan(0, ready.Count).CopyTo(buffer);
        }

        // An error is told once; after it there is the end.
        return !ready.IsError ? ready.Count : _pendingErrorTold ? 0 : Tell(ErrnoOf(ready.Error));
    }

    public override SocketResult Send(ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote)
    {
        Update();
        if (!_isConnected)
        {
            return TakeError() is var error and not Errno.None ? error : _connecting is null ? Errno.EPIPE : Errno.EAGAIN;
        }

        if (_writeShut)
        {
            return Errno.EPIPE;
        }

        // MSG_MORE corks until the next write without it.
        var more = (flags & ScriptMessageFlags.More) != 0;
        if (more)
        {
            _ = Control.SetCork(true);
        }

        var result = Write(data);
        if (!more)
        {
            _ = Control.SetCork(_options.Cork);
        }

        return result;
    }

    private SocketResult Write(ReadOnlySpan<byte> data)
    {
        // The stack's own buffer grows; what a program sets is a bound on what is not acknowledged.
        if (_options.SendBuffer is { } limit && Queued(outgoing: true) is { Value: >= 0 and var queued })
        {
            if (queued >= limit)
            {
                return Errno.EAGAIN;
            }

            data = data[..(int)Math.Min(data.Length, limit - queued)];
        }

        var accepted = 0;
        while (accepted < data.Length)
        {
            if (_writing is { IsCompleted: false })
            {
                return accepted > 0 ? accepted : Errno.EAGAIN;
            }

            var step = Math.Min(WriteStep, data.Length - accepted);
            _writing = _flow.WriteAsync(data.Slice(accepted, step).ToArray()).AsTask();
            if (_writing is { IsCompleted: true } done && !done.Result.IsDone)
            {
                var failure = done.Result.Error;
                return _pendingErrorTold || failure.Kind == ErrorKind.Closed ? Errno.EPIPE : Tell(ErrnoOf(failure));
            }

            accepted += step;
        }

        return accepted;
    }

    public override SocketResult Shutdown(FlowDirection direction)
    {
        Update();
        if (!_isConnected)
        {
            return Errno.ENOTCONN;
        }

        _writeShut |= (direction & FlowDirection.Write) != 0;
        var ending = _flow.ShutdownAsync(direction);
        return ending.IsCompleted && ending.Result is var result && !result.IsDone ? Errno.ENOTCONN : 0;
    }

    public override ScriptPollEvents Poll()
    {
        Update();
        if (_isListening)
        {
            return _waiting.Count > 0 ? ScriptPollEvents.Readable : ScriptPollEvents.None;
        }

        if (_pendingError != Errno.None)
        {
            return ScriptPollEvents.Readable | ScriptPollEvents.Writable | ScriptPollEvents.Error | ScriptPollEvents.HungUp | ScriptPollEvents.PeerEnded;
        }

        if (!_isConnected)
        {
            return _connecting is null ? ScriptPollEvents.Writable | ScriptPollEvents.HungUp : ScriptPollEvents.None;
        }

        var isFull = _options.SendBuffer is { } limit && Queued(outgoing: true).Value >= limit;
        var events = isFull || _writing is { IsCompleted: false } ? ScriptPollEvents.None : ScriptPollEvents.Writable;
        if (!IsReadable(out var read))
        {
            return _peeked.Length > 0 ? events | ScriptPollEvents.Readable : events;
        }

        events |= ScriptPollEvents.Readable;
        if (read.IsError)
        {
            events |= ScriptPollEvents.HungUp | ScriptPollEvents.PeerEnded | (_pendingErrorTold ? 0 : ScriptPollEvents.Error);
        }
        else if (read.IsEnd)
        {
            events |= ScriptPollEvents.PeerEnded | (_writeShut ? ScriptPollEvents.HungUp : 0);
        }

        return events;
    }

    public override SocketResult Queued(bool outgoing)
    {
        Update();
        if (!_isConnected || !Control.GetStatistics().TryGet(out var statistics))
        {
            return Errno.EINVAL;
        }

        return outgoing ? statistics.SendQueue : statistics.ReceiveQueue + _peeked.Length;
    }

    // A read of nothing waits until a read would not; one is always under way.
    private bool IsReadable(out FlowRead read)
    {
        _readable ??= _flow.ReadAsync(Memory<byte>.Empty).AsTask();
        read = _readable.IsCompleted ? _readable.Result : default;
        return _readable.IsCompleted;
    }

    private Errno TakeError()
    {
        var error = _pendingError;
        _pendingError = Errno.None;
        return error;
    }

    private bool _pendingErrorTold;

    private Errno Tell(Errno error)
    {
        _pendingErrorTold = true;
        return error;
    }
}
