using System.Buffers;

#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class FlowBehaviour
{
    [Theory]
    [InlineData(1)]
    [InlineData(1460)]
    [InlineData(64 * 1024)]
    [InlineData(1024 * 1024)]
    public Task Bytes_arrive_whole_and_in_order_in_both_directions_at_once(int size) => ConnectedAsync(async both =>
    {
        await Task.WhenAll(
            SendAsync(both.Client, 1), SendAsync(both.Server, 2),
            both.Client.ExpectPatternAsync(2, size), both.Server.ExpectPatternAsync(1, size));

        async Task SendAsync(IFlow flow, int seed)
        {
            (await flow.WriteAsync(Pattern.Bytes(size, seed))).ThrowIfFailed();
            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        }
    });

    [Fact]
    public Task Many_small_writes_arrive_in_order() => ConnectedAsync(async both =>
    {
        const int Size = 20_000;
        var bytes = Pattern.Bytes(Size, 3);
        var received = both.Server.ExpectPatternAsync(3, Size);
        for (int offset = 0, step = 1; offset < Size; offset += step, step = (step % 17) + 1)
        {
            step = Math.Min(step, Size - offset);
            (await both.Client.WriteAsync(bytes.AsMemory(offset, step))).ThrowIfFailed();
        }

        (await both.Client.CloseAsync()).ThrowIfFailed();
        _ = await received;
    });

    [Theory]
    [InlineData(1, 10)]
    [InlineData(500, 20)]
    [InlineData(40_000, 5)]
    public Task The_segments_of_a_sequence_arrive_in_order(int segment, int count) => ConnectedAsync(async both =>
    {
        var bytes = Pattern.Bytes(segment * count, 4);
        var received = both.Server.ExpectPatternAsync(4, bytes.Length);

        (await both.Client.WriteAsync(Segments.Of(bytes, segment))).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();

        _ = await received;
    });

    [Fact]
    public Task Writing_nothing_is_done_and_sends_nothing() => ConnectedAsync(async both =>
    {
        (await both.Client.WriteAsync(ReadOnlyMemory<byte>.Empty)).ThrowIfFailed();
        (await both.Client.WriteAsync(ReadOnlySequence<byte>.Empty)).ThrowIfFailed();
        await both.Client.WriteAsync("x");

        await both.Server.ExpectAsync("x");
    });

    [Fact]
    public Task A_read_into_an_empty_buffer_waits_for_data_and_takes_none() => ConnectedAsync(async both =>
    {
        var waiting = both.Client.ReadAsync(Memory<byte>.Empty).AsTask();
        await both.SleepAsync(Moment);
        Assert.False(waiting.IsCompleted);

        await both.Server.WriteAsync("data");
        var read = await waiting;
        Assert.False(read.IsEnd || read.IsError, read.ToString());
        Assert.Equal(0, read.Count);

        // Again, now that a read would not wait.
        read = await both.Client.ReadAsync(Memory<byte>.Empty);
        Assert.False(read.IsEnd || read.IsError, read.ToString());
        await both.Client.ExpectAsync("data");
    });

    [Fact]
    public Task A_read_into_an_empty_buffer_tells_of_the_end() => ConnectedAsync(async both =>
    {
        (await both.Server.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();

        var read = await both.Client.ReadAsync(Memory<byte>.Empty);

        Assert.True(read.IsEnd, read.ToString());
    });

    [Fact]
    public Task A_writer_waits_for_a_reader_that_does_not_read() => ConnectedAsync(async both =>
    {
        var writing = both.Client.WriteAsync(Pattern.Bytes(MoreThanBuffers, 5)).AsTask();
        await both.SleepAsync(Moment);
        Assert.False(writing.IsCompleted);

        var reading = both.Server.ExpectPatternAsync(5, MoreThanBuffers);
        (await writing).ThrowIfFailed();
        (await both.Client.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        _ = await reading;
    });
}
