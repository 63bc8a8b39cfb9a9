using System.IO.Pipes;
using Mirage.Testing;

namespace Mirage.Consoles.Tests;

public sealed class StreamConsoleTests : ConsoleBehaviour<StreamConsole>, IDisposable
{
    private readonly AnonymousPipeServerStream _feed = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _take = new(PipeDirection.In);

    public StreamConsoleTests()
        => Console = StreamConsole.Create(
            new AnonymousPipeClientStream(PipeDirection.In, _feed.ClientSafePipeHandle),
            new AnonymousPipeClientStream(PipeDirection.Out, _take.ClientSafePipeHandle));

    protected override StreamConsole Console { get; }

    [Fact]
    public void Writing_to_a_reader_that_is_gone_is_closed()
    {
        _take.Dispose();
        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
    }

    [Fact]
    public async Task Writing_asynchronously_to_a_reader_that_is_gone_is_closed()
    {
        _take.Dispose();
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.WriteAsync("x"u8.ToArray(), Stop))).Error.Kind);
    }

    [Fact]
    public async Task What_a_stream_throws_is_an_error_with_the_exception()
    {
        var console = StreamConsole.Create(new ThrowingStream(), new ThrowingStream());

        var read = await Bounded(console.ReadAsync(new byte[1], Stop));
        Assert.Equal(ErrorKind.Other, read.Error.Kind);
        Assert.True(read.Error.TryGetDetail<ExceptionDetail>(out var detail));
        Assert.Equal("no such luck", detail.Exception.Message);
        Assert.Equal("no such luck", console.Write("x"u8).Error.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_disposes_of_the_streams_unless_they_are_left_open(bool leaveOpen)
    {
        using var input = new MemoryStream();
        using var output = new MemoryStream();
        var console = StreamConsole.Create(input, output, leaveOpen);

        (await Bounded(console.ShutdownAsync(FlowDirection.Write, Stop))).ThrowIfFailed();
        Assert.Equal((true, leaveOpen), (input.CanRead, output.CanRead));

        (await Bounded(console.CloseAsync(Stop))).ThrowIfFailed();
        Assert.Equal((leaveOpen, leaveOpen), (input.CanRead, output.CanRead));
    }

    [Fact]
    public async Task One_stream_for_both_directions_is_shut_when_it_is_closed()
    {
        using var stream = new MemoryStream();
        var console = StreamConsole.Create(stream, stream);
        (await Bounded(console.ShutdownAsync(FlowDirection.Write, Stop))).ThrowIfFailed();
        Assert.True(stream.CanRead);
        (await Bounded(console.CloseAsync(Stop))).ThrowIfFailed();
        Assert.False(stream.CanRead);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _take.Dispose();
    }

    protected override void Feed(ReadOnlyMemory<byte> bytes) => _feed.Write(bytes.Span);

    protected override void EndInput() => _feed.Dispose();

    protected override async Task<byte[]> TakeAsync(int count, Func<Task> write)
    {
        var bytes = new byte[count];
        var taking = Task.Run(() => _take.ReadExactly(bytes));
        await write();
        await taking;
        return bytes;
    }

    private sealed class ThrowingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("no such luck");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => ValueTask.FromException<int>(new IOException("no such luck"));

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no such luck");
    }
}
