using System.Runtime.Versioning;

namespace Mirage;

/// <summary>Bytes from one descriptor and to another.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("freebsd")]
internal sealed class UnixConsoleCore(int input, int output) : ConsoleCore
{
    // PIPE_BUF: a pipe that poll(2) calls writable takes so much without blocking. POSIX promises 512.
    private static readonly int Chunk = OperatingSystem.IsLinux() ? 4096 : 512;

    private readonly Lock _outputGate = new();
    private readonly Lock _waitGate = new();
    private Task _inputWait = Task.CompletedTask;
    private Task _outputWait = Task.CompletedTask;

    protected override bool TryReadInput(Span<byte> buffer, out FlowRead read)
    {
        read = default;
        if (!UnixFile.Poll(input, UnixFile.Readable, wait: false))
        {
            return false;
        }

        var result = UnixFile.Read(input, buffer);
        if (UnixFile.IsNotReady(result.Error))
        {
            return false;
        }

        read = !result.TryGet(out var count) ? FlowRead.Failed(result.Error) : count == 0 ? FlowRead.End : FlowRead.Data(count);
        return true;
    }

    protected override Task InputAsync() => WaitAsync(ref _inputWait, input, UnixFile.Readable);

    protected override Result WriteAll(ReadOnlySpan<byte> bytes)
    {
        lock (_outputGate)
        {
            while (!bytes.IsEmpty)
            {
                var result = UnixFile.Write(output, bytes);
                if (result.TryGet(out var count))
                {
                    bytes = bytes[count..];
                }
                else if (UnixFile.IsNotReady(result.Error))
                {
                    _ = UnixFile.Poll(output, UnixFile.Writable, wait: true);
                }
                else
                {
                    return result.Error;
                }
            }
        }

        return Result.Done;
    }

    protected override async ValueTask<Result<int>> AcceptAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryWrite(bytes.Span, out var result))
            {
                return result;
            }

            await WaitAsync(ref _outputWait, output, UnixFile.Writable).WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes, out Result<int> result)
    {
        result = default;
        lock (_outputGate)
        {
            if (!UnixFile.Poll(output, UnixFile.Writable, wait: false))
            {
                return false;
            }

            result = UnixFile.Write(output, bytes[..Math.Min(bytes.Length, Chunk)]);
            return !UnixFile.IsNotReady(result.Error);
        }
    }

    // One thread for each direction at most, however often waits are cancelled and begun again.
    private Task WaitAsync(ref Task wait, int descriptor, short events)
    {
        lock (_waitGate)
        {
            if (wait.IsCompleted)
            {
                wait = Task.Factory.StartNew(
                    () => _ = UnixFile.Poll(descriptor, events, wait: true),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
            }

            return wait;
        }
    }
}
