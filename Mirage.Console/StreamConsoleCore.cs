using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>Bytes from one stream and to another.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing to free.")]
internal sealed class StreamConsoleCore(Stream input, Stream output, bool leaveOpen) : ConsoleCore
{
    private const int BufferSize = 4096;

    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsPipeClosing = unchecked((int)0x800700E8);

    private readonly SemaphoreSlim _outputGate = new(1);
    private readonly byte[] _buffer = new byte[BufferSize];

    // The stream's read goes on when the console's is cancelled; its bytes are for the next one.
    private Task<int>? _fill;
    private int _start;
    private int _end;

    protected override bool CancelledWriteMayBePartial => true;

    protected override bool TryReadInput(Span<byte> buffer, out FlowRead read)
    {
        read = default;
        if (_start == _end)
        {
            var fill = Fill();
            if (!fill.IsCompleted)
            {
                return false;
            }

            _fill = null;
            try
            {
                (_start, _end) = (0, fill.GetAwaiter().GetResult());
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                read = FlowRead.Failed(Error(exception));
                return true;
            }

            if (_end == 0)
            {
                read = FlowRead.End;
                return true;
            }
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        read = FlowRead.Data(count);
        return true;
    }

    // Whether it failed is for the read that takes its result, if there will be one.
    protected override Task InputAsync()
        => Fill().ContinueWith(static fill => _ = fill.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    protected override Result WriteAll(ReadOnlySpan<byte> bytes)
    {
        _outputGate.Wait();
        try
        {
            output.Write(bytes);
            output.Flush();
            return Result.Done;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return Error(exception);
        }
        finally
        {
            _ = _outputGate.Release();
        }
    }

    protected override async ValueTask<Result<int>> AcceptAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _outputGate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await output.WriteAsync(bytes, cancellation).ConfigureAwait(false);
            await output.FlushAsync(cancellation).ConfigureAwait(false);
            return bytes.Length;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return Error(exception);
        }
        finally
        {
            _ = _outputGate.Release();
        }
    }

    protected override Result EndOutput() => leaveOpen || ReferenceEquals(input, output) ? Result.Done : Dispose(output);

    protected override Result Release() => leaveOpen ? Result.Done : Dispose(input);

    private static Result Dispose(Stream stream)
    {
        try
        {
            stream.Dispose();
            return Result.Done;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return Error(exception);
        }
    }

    private static bool IsExpected(Exception exception)
        => exception is IOException or ObjectDisposedException or NotSupportedException or UnauthorizedAccessException;

    private static DeviceError Error(Exception exception)
    {
        var kind = exception switch
        {
            ObjectDisposedException => ErrorKind.Closed,
            IOException { HResult: BrokenPipe or WindowsBrokenPipe or WindowsPipeClosing } => ErrorKind.Closed,
            IOException { InnerException: Win32Exception { NativeErrorCode: BrokenPipe } } => ErrorKind.Closed,
            NotSupportedException => ErrorKind.Unsupported,
            UnauthorizedAccessException => ErrorKind.NotPermitted,
            _ => ErrorKind.Other,
        };
        return new DeviceError(kind, new ExceptionDetail(exception));
    }

    private Task<int> Fill() => _fill ??= input.ReadAsync(_buffer.AsMemory()).AsTask();
}
