using System.Buffers;
using System.IO.Pipelines;
using Mirage;

namespace ThirdParty.Tests;

/// <summary>One end of two pipes in memory.</summary>
public readonly struct PipeFlow : IFlow
{
    private readonly Ends? _ends;

    private PipeFlow(PipeReader reader, PipeWriter writer) => _ends = new Ends(reader, writer);

    public bool IsDefault => _ends is null;

    public IpEndpoint Local => IpEndpoint.None;

    public IpEndpoint Remote => IpEndpoint.None;

    private Ends Here => _ends ?? throw new InvalidOperationException($"this {nameof(PipeFlow)} is the default value, which is no end of a pipe");

    public static (PipeFlow A, PipeFlow B) Create()
    {
        var (there, back) = (new Pipe(), new Pipe());
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    public async ValueTask<FlowRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
    {
        if (Here.IsClosed)
        {
            return FlowRead.Failed(ErrorKind.Closed);
        }

        try
        {
            var read = await Here.Reader.ReadAsync(cancellation);
            var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
            read.Buffer.Slice(0, count).CopyTo(buffer.Span);
            var isEnd = read.IsCompleted && read.Buffer.IsEmpty;
            Here.Reader.AdvanceTo(read.Buffer.GetPosition(count));
            return isEnd ? FlowRead.End : FlowRead.Data(count);
        }
        catch (IOException exception)
        {
            return FlowRead.Failed(new DeviceError(ErrorKind.Reset, new ExceptionDetail(exception)));
        }
    }

    public async ValueTask<Result> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
    {
        if (Here.IsClosed || Here.IsWriteShut)
        {
            return ErrorKind.Closed;
        }

        return (await Here.Writer.WriteAsync(buffer, cancellation)).IsCompleted ? ErrorKind.Reset : Result.Done;
    }

    public async ValueTask<Result> WriteAsync(ReadOnlySequence<byte> buffers, CancellationToken cancellation = default)
    {
        foreach (var buffer in buffers)
        {
            if (await WriteAsync(buffer, cancellation) is { IsDone: false } failed)
            {
                return failed;
            }
        }

        return Result.Done;
    }

    public async ValueTask<Result> ShutdownAsync(FlowDirection direction, CancellationToken cancellation = default)
    {
        if ((direction & FlowDirection.Write) != 0)
        {
            Here.IsWriteShut = true;
            await Here.Writer.CompleteAsync();
        }

        if ((direction & FlowDirection.Read) != 0)
        {
            await Here.Reader.CompleteAsync();
        }

        return Result.Done;
    }

    public ValueTask<Result> CloseAsync(CancellationToken cancellation = default)
    {
        Here.IsClosed = true;
        return ShutdownAsync(FlowDirection.Both, cancellation);
    }

    public async ValueTask AbortAsync()
    {
        Here.IsClosed = true;
        await Here.Writer.CompleteAsync(new IOException("aborted"));
        await Here.Reader.CompleteAsync();
    }

    public bool TryGet<TFeature>(out TFeature feature)
        where TFeature : struct
    {
        feature = default;
        return false;
    }

    private sealed class Ends(PipeReader reader, PipeWriter writer)
    {
        public PipeReader Reader => reader;

        public PipeWriter Writer => writer;

        public bool IsWriteShut { get; set; }

        public bool IsClosed { get; set; }
    }
}
