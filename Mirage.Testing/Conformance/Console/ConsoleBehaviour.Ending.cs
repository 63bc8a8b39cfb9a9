using System.Buffers;

#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class ConsoleBehaviour<TConsole>
{
    [Fact]
    public async Task Closing_ends_what_is_pending_and_what_comes_later()
    {
        var pending = Console.ReadAsync(new byte[1], Stop).AsTask();

        (await Bounded(Console.CloseAsync(Stop))).ThrowIfFailed();

        Assert.Equal(ErrorKind.Closed, (await Bounded(pending)).Error.Kind);
        await AssertClosedAsync();
        (await Bounded(Console.CloseAsync(Stop))).ThrowIfFailed();
        (await Bounded(Console.ShutdownAsync(FlowDirection.Both, Stop))).ThrowIfFailed();
        await AssertClosedAsync();
    }

    [Fact]
    public async Task Aborting_ends_what_is_pending_and_what_comes_later()
    {
        var pending = Console.ReadAsync(new byte[1], Stop).AsTask();
        await Console.AbortAsync();
        Assert.Equal(ErrorKind.Closed, (await Bounded(pending)).Error.Kind);
        await AssertClosedAsync();
        await Console.AbortAsync();
    }

    [Fact]
    public async Task With_the_read_side_shut_reads_give_the_end_and_writes_go_on()
    {
        var pending = Console.ReadAsync(new byte[1], Stop).AsTask();

        (await Bounded(Console.ShutdownAsync(FlowDirection.Read, Stop))).ThrowIfFailed();

        Assert.True((await Bounded(pending)).IsEnd);
        Assert.True((await Bounded(Console.ReadAsync(new byte[1], Stop))).IsEnd);
        Assert.Equal("x"u8.ToArray(), await Bounded(TakeAsync(1, async () => (await Console.WriteAsync("x"u8.ToArray(), Stop)).ThrowIfFailed())));
    }

    [Fact]
    public async Task With_the_write_side_shut_writes_fail_and_reads_go_on()
    {
        (await Bounded(Console.ShutdownAsync(FlowDirection.Write, Stop))).ThrowIfFailed();
        (await Bounded(Console.ShutdownAsync(FlowDirection.Write, Stop))).ThrowIfFailed();

        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.WriteAsync("x"u8.ToArray(), Stop))).Error.Kind);
        Feed("x"u8.ToArray());
        Assert.Equal(1, (await Bounded(Console.ReadAsync(new byte[1], Stop))).Count);
    }

    private async Task AssertClosedAsync()
    {
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.ReadAsync(new byte[1], Stop))).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.ReadAsync(Memory<byte>.Empty, Stop))).Error.Kind);
        Assert.Equal(ErrorKind.Closed, Console.Write("x"u8).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.WriteAsync("x"u8.ToArray(), Stop))).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await Bounded(Console.WriteAsync(new ReadOnlySequence<byte>("x"u8.ToArray()), Stop))).Error.Kind);
    }
}
