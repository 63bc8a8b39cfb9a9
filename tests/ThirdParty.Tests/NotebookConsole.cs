using System.Buffers;
using System.Text;
using Mirage;

namespace ThirdParty.Tests;

/// <summary>A console that keeps what is written on it, and has nobody at its keyboard.</summary>
public readonly struct NotebookConsole(StringBuilder pages) : IConsole
{
    public bool IsDefault => pages is null;

    public IpEndpoint Local => IpEndpoint.None;

    public IpEndpoint Remote => IpEndpoint.None;

    public Result Write(ReadOnlySpan<byte> bytes)
    {
        pages.Append(Encoding.UTF8.GetString(bytes));
        return Result.Done;
    }

    public ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default) => new(FlowRead.End);

    public ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default) => new(Write(buffer.Span));

    public ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default) => new(Write(buffers.ToArray()));

    public ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default) => new(Result.Done);

    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default) => new(Result.Done);

    public ValueTask AbortAsync() => default;

    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        feature = default;
        return false;
    }
}
