using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>
/// The contract of <see cref="IFlow"/> for a console: one read and one write at a time, shutting down, closing, cancelling. Derived classes
/// say how bytes come and go.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Token sources without a timer, whose wait handle is not used, hold nothing to free.")]
internal abstract class ConsoleCore
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _stopWriting = new();
    private readonly byte[] _peeked = new byte[1];

    // What every read gives once reading is over, and why every write fails once writing is over.
    private FlowRead? _readingOver;
    private DeviceError _writingOver;
    private bool _hasPeeked;
    private bool _isReading;
    private bool _isWriting;
    private bool _isClosed;

    /// <summary>A console has no endpoint.</summary>
    public IpEndpoint Local { get; } = IpEndpoint.None;

    /// <inheritdoc cref="Local"/>
    public IpEndpoint Remote => Local;

    /// <summary>A console has nothing more.</summary>
    public virtual bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        feature = default;
        return false;
    }

    public async ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Begin(ref _isReading, "read");
        try
        {
            if (TryRead(buffer, out var read))
            {
                return read;
            }

            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopReading.Token);
            do
            {
                await InputAsync().WaitAsync(linked.Token).ConfigureAwait(false);
            }
            while (!TryRead(buffer, out read));
            return read;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ReadingOver ?? FlowRead.Failed(ErrorKind.Closed);
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }

    public Result Write(ReadOnlySpan<byte> bytes)
    {
        var over = WritingOver;
        return over.IsNone ? EndWritingUnless(WriteAll(bytes)) : over;
    }

    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
        => WriteAsync(new ReadOnlySequence<byte>(buffer), cancellation);

    public async ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Begin(ref _isWriting, "write");
        var accepted = 0L;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopWriting.Token);
            foreach (var segment in buffers)
            {
                var rest = segment;
                while (!rest.IsEmpty)
                {
                    if (WritingOver is { IsNone: false } over)
                    {
                        return over;
                    }

                    var result = await AcceptAsync(rest, linked.Token).ConfigureAwait(false);
                    if (!result.TryGet(out var count))
                    {
                        return EndWritingUnless(result.Error);
                    }

                    accepted += count;
                    rest = rest[count..];
                }
            }

            return WritingOver;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return WritingOver is { IsNone: false } over ? over : ErrorKind.Closed;
        }
        catch (OperationCanceledException) when (accepted > 0 || CancelledWriteMayBePartial)
        {
            _ = Close();
            throw;
        }
        finally
        {
            Volatile.Write(ref _isWriting, false);
        }
    }

    public Result Shutdown(FlowDirection direction)
    {
        bool reading, writing;
        lock (_gate)
        {
            reading = direction.HasFlag(FlowDirection.Read) && _readingOver is null;
            writing = direction.HasFlag(FlowDirection.Write) && _writingOver.IsNone;
            if (reading)
            {
                _readingOver = FlowRead.End;
            }

            if (writing)
            {
                _writingOver = ErrorKind.Closed;
            }
        }

        // Outside of the lock: it runs the continuations of what was pending.
        if (reading)
        {
            _stopReading.Cancel();
        }

        if (!writing)
        {
            return Result.Done;
        }

        _stopWriting.Cancel();
        return EndOutput();
    }

    public Result Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return Result.Done;
            }

            _isClosed = true;
            _readingOver = FlowRead.Failed(ErrorKind.Closed);
        }

        _stopReading.Cancel();
        var flushed = Shutdown(FlowDirection.Write);
        lock (_gate)
        {
            _writingOver = ErrorKind.Closed;
        }

        var released = Release();
        return flushed.IsDone ? released : flushed;
    }

    [DoesNotReturn]
    public static void ThrowDefault(string type) => throw new InvalidOperationException($"this {type} is the default value, which names no console");

    /// <summary>Whether a cancelled <see cref="AcceptAsync"/> may have written some bytes all the same.</summary>
    protected virtual bool CancelledWriteMayBePartial => false;

    /// <summary>Reads what is there now. Called for one read at a time.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="read">What was read.</param>
    /// <returns>Whether there was something, the end, or an error; if not, <see cref="InputAsync"/> says when to look again.</returns>
    protected abstract bool TryReadInput(Span<byte> buffer, out FlowRead read);

    /// <summary>Waits for input. The wait takes no bytes from a reader that has given up, and serves the next one.</summary>
    protected abstract Task InputAsync();

    /// <summary>Writes everything before it returns. Any thread, and several at a time.</summary>
    protected abstract Result WriteAll(ReadOnlySpan<byte> bytes);

    /// <summary>Writes at least one byte as soon as there is room.</summary>
    /// <param name="bytes">Not empty.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>How many bytes were written.</returns>
    protected abstract ValueTask<Result<int>> AcceptAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Flushes, and signals the end of the output where that is possible. Called once.</summary>
    protected virtual Result EndOutput() => Result.Done;

    /// <summary>Frees what is underneath. Called once.</summary>
    protected virtual Result Release() => Result.Done;

    private FlowRead? ReadingOver
    {
        get
        {
            lock (_gate)
            {
                return _readingOver;
            }
        }
    }

    private DeviceError WritingOver
    {
        get
        {
            lock (_gate)
            {
                return _writingOver;
            }
        }
    }

    private static void Begin(ref bool isPending, string what)
    {
        if (Interlocked.Exchange(ref isPending, true))
        {
            throw new InvalidOperationException($"a {what} of this console is pending already");
        }
    }

    private bool TryRead(Memory<byte> buffer, out FlowRead read)
    {
        if (ReadingOver is { } over)
        {
            read = over;
            return true;
        }

        if (!_hasPeeked)
        {
            if (!buffer.IsEmpty)
            {
                return TryReadInput(buffer.Span, out read) && KeepIfOver(ref read);
            }

            // Only a byte in hand tells data from the end.
            if (!TryReadInput(_peeked, out read))
            {
                return false;
            }

            if (!read.HasData)
            {
                return KeepIfOver(ref read);
            }

            _hasPeeked = true;
        }

        if (!buffer.IsEmpty)
        {
            buffer.Span[0] = _peeked[0];
            _hasPeeked = false;
        }

        read = FlowRead.Data(Math.Min(1, buffer.Length));
        return true;
    }

    private bool KeepIfOver(ref FlowRead read)
    {
        if (!read.HasData)
        {
            lock (_gate)
            {
                read = _readingOver ??= read;
            }
        }

        return true;
    }

    private Result EndWritingUnless(Result done)
    {
        if (!done.IsDone)
        {
            lock (_gate)
            {
                if (_writingOver.IsNone)
                {
                    _writingOver = done.Error;
                }
            }
        }

        return done;
    }
}
