using System.Buffers;
using System.Runtime.Versioning;

namespace Mirage;

/// <summary>
/// A console over file descriptors of Unix. It does not own them: closing the console closes no descriptor.
/// <para>Writing waits while a pipe is full, also one that is non-blocking, and gives <see cref="ErrorKind.Closed"/> once its reader is gone. Reading waits for
/// input on a thread of its own and takes from the descriptor only what the caller has room for. A descriptor that another process reads too
/// may hold the caller until there is more input.</para>
/// </summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("freebsd")]
public readonly struct UnixConsole : IConsole
{
    private static readonly UnixConsoleCore StdoutCore = new(UnixFile.StandardInput, UnixFile.StandardOutput);
    private static readonly UnixConsoleCore StderrCore = new(UnixFile.StandardInput, UnixFile.StandardError);

    private readonly UnixConsoleCore? _core;

    private UnixConsole(UnixConsoleCore core) => _core = core;

    /// <summary>The standard input (0) and the standard output (1): one console for the process.</summary>
    public static UnixConsole Stdout => new(StdoutCore);

    /// <summary>The standard input (0) and the standard error (2): one console for the process.</summary>
    public static UnixConsole Stderr => new(StderrCore);

    /// <summary>A console over two descriptors, for example of a pipe, a terminal or a serial line. They stay the caller's, who closes them after the console.</summary>
    /// <param name="input">Where to read.</param>
    /// <param name="output">Where to write; may be the same.</param>
    /// <returns>The console.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A descriptor is negative.</exception>
    public static UnixConsole FromDescriptors(int input, int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(input);
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        return new(new UnixConsoleCore(input, output));
    }

    /// <inheritdoc/>
    public bool IsDefault => _core is null;

    /// <inheritdoc/>
    public IpEndpoint Local => Core.Local;

    /// <inheritdoc/>
    public IpEndpoint Remote => Core.Remote;

    private UnixConsoleCore Core
    {
        get
        {
            if (_core is null)
            {
                ConsoleCore.ThrowDefault(nameof(UnixConsole));
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
}
