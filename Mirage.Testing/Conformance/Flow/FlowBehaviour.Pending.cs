#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class FlowBehaviour
{
    [Fact]
    public Task A_second_pending_read_is_refused_and_the_first_goes_on() => ConnectedAsync(async both =>
    {
        var buffer = new byte[1];
        var first = both.Client.ReadAsync(buffer).AsTask();

        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await both.Client.ReadAsync(new byte[1]));

        await both.Server.WriteAsync("a");
        Assert.Equal(1, (await first).Count);
        Assert.Equal((byte)'a', buffer[0]);
    });

    [Fact]
    public Task A_second_pending_write_is_refused_and_the_first_goes_on() => ConnectedAsync(async both =>
    {
        var first = both.Client.WriteAsync(Pattern.Bytes(MoreThanBuffers, 1)).AsTask();

        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await both.Client.WriteAsync(new byte[1]));

        var reading = both.Server.ExpectPatternAsync(1, MoreThanBuffers);
        (await first).ThrowIfFailed();
        (await both.Client.CloseAsync()).ThrowIfFailed();
        _ = await reading;
    });

    [Fact]
    public Task A_cancelled_read_loses_nothing() => ConnectedAsync(async both =>
    {
        using var cancellation = new CancellationTokenSource();
        var reading = both.Client.ReadAsync(new byte[16], cancellation.Token).AsTask();
        cancellation.Cancel();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        await both.Server.WriteAsync("hello");
        await both.Client.ExpectAsync("hello");
    });

    [Fact]
    public Task Reads_cancelled_as_data_arrives_lose_nothing() => ConnectedAsync(async both =>
    {
        const int Rounds = 300;
        var buffer = new byte[8];
        var received = 0;
        for (var sent = 0; sent < Rounds; sent++)
        {
            using var cancellation = new CancellationTokenSource();
            var reading = both.Client.ReadAsync(buffer, cancellation.Token).AsTask();
            (await both.Server.WriteAsync(new[] { Pattern.At(sent, 1) })).ThrowIfFailed();
            cancellation.Cancel();
            await TakeAsync(reading);
        }

        (await both.Server.CloseAsync()).ThrowIfFailed();
        while (received < Rounds)
        {
            await TakeAsync(both.Client.ReadAsync(buffer).AsTask());
        }

        await both.Client.ExpectEndAsync();

        async Task TakeAsync(Task<FlowRead> reading)
        {
            try
            {
                var read = await reading;
                Assert.True(read.HasData, read.ToString());
                Pattern.Check(buffer.AsSpan(0, read.Count), received, 1);
                received += read.Count;
            }
            catch (OperationCanceledException)
            {
            }
        }
    });

    [Fact]
    public Task A_write_cancelled_before_it_starts_leaves_the_flow_writable() => ConnectedAsync(async both =>
    {
        var cancelled = new CancellationToken(canceled: true);

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await both.Client.WriteAsync("never"u8.ToArray(), cancelled));
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await both.Client.ReadAsync(new byte[1], cancelled));

        await both.Client.WriteAsync("always");
        await both.Server.ExpectAsync("always");
    });

    [Fact]
    public Task A_write_cancelled_half_way_aborts_the_flow() => ConnectedAsync(async both =>
    {
        using var cancellation = new CancellationTokenSource();
        var writing = both.Client.WriteAsync(Pattern.Bytes(MoreThanBuffers, 1), cancellation.Token).AsTask();
        await both.SleepAsync(Moment);
        cancellation.Cancel();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        FlowAssert.IsGone((await both.Client.WriteAsync(new byte[1])).Error);
        var (total, last) = await both.Server.DrainAsync(1);
        Assert.Equal(ErrorKind.Reset, last.Error.Kind);
        Assert.True(total < MoreThanBuffers);
    });

    [Fact]
    public Task A_cancelled_write_is_sent_not_at_all_or_the_flow_is_aborted() => ConnectedAsync(async both =>
    {
        // Fills the buffers in pieces, until one piece has to wait.
        const int Piece = 10_000;
        var accepted = 0L;
        using var cancellation = new CancellationTokenSource();
        Task<Result> writing;
        while (true)
        {
            writing = both.Client.WriteAsync(PieceAt(accepted), cancellation.Token).AsTask();
            if (!writing.IsCompleted)
            {
                await both.SleepAsync(Moment);
                if (!writing.IsCompleted)
                {
                    break;
                }
            }

            (await writing).ThrowIfFailed();
            accepted += Piece;
        }

        cancellation.Cancel();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        var draining = both.Server.DrainAsync(1);
        var next = await both.Client.WriteAsync(PieceAt(accepted));
        _ = await both.Client.CloseAsync();
        var (total, last) = await draining;
        if (next.IsDone)
        {
            Assert.True(last.IsEnd, last.ToString());
            Assert.Equal(accepted + Piece, total);
        }
        else
        {
            FlowAssert.IsGone(next.Error);
            Assert.Equal(ErrorKind.Reset, last.Error.Kind);
        }

        static byte[] PieceAt(long offset)
        {
            var bytes = new byte[Piece];
            for (var i = 0; i < Piece; i++)
            {
                bytes[i] = Pattern.At(offset + i, 1);
            }

            return bytes;
        }
    });
}
