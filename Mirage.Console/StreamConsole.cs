using System.Buffers;

namespace Mirage;

/// <summary>
/// A console over .NET streams; it runs wherever .NET does. What the streams throw becomes an error with an <see cref="ExceptionDetail"/>:
/// <see cref="ErrorKind.Closed"/> for a broken pipe or a disposed stream, <see cref="ErrorKind.Other"/> otherwise.
/// </summary>
public readonly struct StreamConsole : IConsole
{
    private readonly StreamConsoleCore? _core;

    private StreamConsole(StreamConsoleCore core) => _core = core;

    /// <summary>
    /// The process's standard input and output: one console for the process. .NET's stream does not tell when the output's reader has gone.
    /// </summary>
    public static StreamConsole Standard => new(StandardStreams.Core);

    /// <summary>A console over a pair of streams.</summary>
    /// <param name="input">Where to read; the console reads ahead of its caller.</param>
    /// <param name="output">Where to write; may be the same. It is flushed after each write.</param>
    /// <param name="leaveOpen">Whether closing the console, or shutting its write side down, leaves the streams open.</param>
    /// <returns>The console.</returns>
    public static StreamConsole Create(Stream input, Stream output, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        return new(new StreamConsoleCore(input, output, leaveOpen));
    }

    /// <inheritdoc/>
    public bool IsDefault => _core is null;

    /// <inheritdoc/>
    public IpEndpoint Local => Core.Local;

    /// <inheritdoc/>
    public IpEndpoint Remote => Core.Remote;

    private StreamConsoleCore Core
    {
        get
        {
            if (_core is null)
            {
                ConsoleCore.ThrowDefault(nameof(StreamConsole));
            }

            return _core;
        }
    }

    /// <inheritdoc/>
    public Result Write(ReadOnlySpan<byte> bytes) => Core.Write(bytes);

    /// <inheritdoc/>
    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default) => Core.ReadAsync(buffer, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default) => Core.WriteAsync(buffer, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default) => Core.WriteAsync(buffers, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default) => new(Core.Shutdown(direction));

    /// <inheritdoc/>
    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default) => new(Core.Close());

    /// <inheritdoc/>
    public ValueTask AbortAsync()
    {
        _ = Core.Close();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
        => Core.TryGet(out feature);

    private static class StandardStreams
    {
        public static readonly StreamConsoleCore Core = new(Console.OpenStandardInput(), Console.OpenStandardOutput(), leaveOpen: true);
    }
}
