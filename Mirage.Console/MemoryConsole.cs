using System.Buffers;
using System.Text;

namespace Mirage;

/// <summary>
/// A console in memory, for tests: the test feeds the input and looks at the output. All members may be used from any thread. Both
/// directions are bounded: a write that does not fit gives <see cref="ErrorKind.Full"/>, and so do the later ones.
/// </summary>
public readonly struct MemoryConsole : IConsole
{
    /// <summary>The bound on each direction, in bytes, unless another is asked for: 16 MiB.</summary>
    public const int DefaultCapacity = 16 << 20;

    private readonly MemoryConsoleCore? _core;

    private MemoryConsole(MemoryConsoleCore core) => _core = core;

    /// <summary>Everything that was written: a copy.</summary>
    public byte[] Written => Core.Written;

    /// <summary>Everything that was written, as UTF-8 text.</summary>
    public string WrittenText => Encoding.UTF8.GetString(Core.Written);

    /// <summary>A new console, without input so far.</summary>
    /// <param name="capacity">The bound on what is written in total, and on input that is fed and not yet read, in bytes; more than 0.</param>
    /// <returns>The console.</returns>
    public static MemoryConsole Create(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return new(new MemoryConsoleCore(capacity));
    }

    /// <summary>Adds input.</summary>
    /// <param name="bytes">What was typed; copied.</param>
    /// <exception cref="InvalidOperationException">The input was ended, or so much unread input exceeds the capacity.</exception>
    public void Feed(ReadOnlySpan<byte> bytes) => Core.Feed(bytes);

    /// <summary>Adds input: text as UTF-8.</summary>
    /// <param name="text">What was typed.</param>
    /// <exception cref="InvalidOperationException">As <see cref="Feed(ReadOnlySpan{byte})"/>.</exception>
    public void Feed(string text) => Core.Feed(Encoding.UTF8.GetBytes(text));

    /// <summary>Ends the input: once what was fed is read, reads give the end. Doing it again does nothing.</summary>
    public void EndInput() => Core.EndInput();

    /// <inheritdoc/>
    public bool IsDefault => _core is null;

    /// <inheritdoc/>
    public IpEndpoint Local => Core.Local;

    /// <inheritdoc/>
    public IpEndpoint Remote => Core.Remote;

    private MemoryConsoleCore Core
    {
        get
        {
            if (_core is null)
            {
                ConsoleCore.ThrowDefault(nameof(MemoryConsole));
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
