using System.Buffers;

namespace Mirage;

/// <summary>Input and output in memory.</summary>
internal sealed class MemoryConsoleCore(int capacity) : ConsoleCore
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _written = new();
    private readonly Queue<ReadOnlyMemory<byte>> _input = new();
    private ReadOnlyMemory<byte> _next;
    private int _unread;
    private bool _isEnded;
    private TaskCompletionSource _arrival = NewArrival();

    public byte[] Written
    {
        get
        {
            lock (_gate)
            {
                return _written.WrittenSpan.ToArray();
            }
        }
    }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        lock (_gate)
        {
            if (_isEnded)
            {
                throw new InvalidOperationException("the input of this console was ended");
            }

            if (bytes.Length > capacity - _unread)
            {
                throw new InvalidOperationException($"{bytes.Length} more bytes of input, besides {_unread} unread ones, exceed this console's capacity of {capacity}");
            }

            _input.Enqueue(bytes.ToArray());
            _unread += bytes.Length;
            _arrival.TrySetResult();
        }
    }

    public void EndInput()
    {
        lock (_gate)
        {
            _isEnded = true;
            _arrival.TrySetResult();
        }
    }

    protected override bool TryReadInput(Span<byte> buffer, out FlowRead read)
    {
        lock (_gate)
        {
            if (_next.IsEmpty && !_input.TryDequeue(out _next))
            {
                read = FlowRead.End;
                return _isEnded;
            }

            var count = Math.Min(buffer.Length, _next.Length);
            _next.Span[..count].CopyTo(buffer);
            _next = _next[count..];
            _unread -= count;
            read = FlowRead.Data(count);
            return true;
        }
    }

    protected override Task InputAsync()
    {
        lock (_gate)
        {
            if (_unread > 0 || _isEnded)
            {
                return Task.CompletedTask;
            }

            if (_arrival.Task.IsCompleted)
            {
                _arrival = NewArrival();
            }

            return _arrival.Task;
        }
    }

    protected override Result WriteAll(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (bytes.Length > capacity - _written.WrittenCount)
            {
                return new DeviceError(ErrorKind.Full, $"{bytes.Length} more bytes, besides {_written.WrittenCount} written ones, exceed this console's capacity of {capacity}");
            }

            _written.Write(bytes);
            return Result.Done;
        }
    }

    protected override ValueTask<Result<int>> AcceptAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var result = WriteAll(bytes.Span);
        return new(result.IsDone ? bytes.Length : new Result<int>(result.Error));
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
