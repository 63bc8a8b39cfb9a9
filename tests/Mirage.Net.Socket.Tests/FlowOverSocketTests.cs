using System.Net.Sockets;
using System.Text;

namespace Mirage.Net.Socket.Tests;

/// <summary>What only a host's socket does to a flow.</summary>
public sealed class FlowOverSocketTests : SocketStackTest
{
    [Fact]
    public async Task A_write_cancelled_while_nothing_of_it_was_accepted_leaves_the_flow_writable()
    {
        using var peer = await RawPeer.ConnectAsync(Make());
        peer.Flow.Connection.Socket.SendBufferSize = 4096;
        peer.Socket.ReceiveBufferSize = 4096;
        var accepted = 0;
        using var cancellation = new CancellationTokenSource();
        ValueTask<Result> writing;

        // Single bytes: each is accepted or not.
        while ((writing = peer.Flow.WriteAsync(new[] { (byte)accepted }, cancellation.Token)).IsCompleted)
        {
            (await writing).ThrowIfFailed();
            accepted++;
        }

        // The kernel may have found room since, after all; then the byte was accepted.
        await cancellation.CancelAsync();
        try
        {
            (await writing).ThrowIfFailed();
            accepted++;
        }
        catch (OperationCanceledException)
        {
        }

        var reading = peer.ReadToEndAsync();
        (await peer.Flow.WriteAsync(new[] { (byte)accepted })).ThrowIfFailed();
        accepted++;
        (await peer.Flow.CloseAsync()).ThrowIfFailed();

        Assert.Equal(Enumerable.Range(0, accepted).Select(i => (byte)i), await reading);
    }

    [Fact]
    public async Task The_end_stands_though_a_reset_follows_it()
    {
        using var peer = await RawPeer.ConnectAsync(Make());
        _ = await peer.Socket.SendAsync("answer"u8.ToArray());
        peer.Socket.Shutdown(SocketShutdown.Both);
        peer.Socket.Dispose();

        // The peer's host answers with a reset to what is written now; the writer hears of it sooner or later.
        while ((await peer.Flow.WriteAsync(new byte[1])).IsDone)
        {
            await Task.Yield();
        }

        var buffer = new byte[16];
        var read = await peer.Flow.ReadAsync(buffer);
        Assert.Equal("answer", Encoding.UTF8.GetString(buffer, 0, read.Count));
        Assert.True((await peer.Flow.ReadAsync(buffer)).IsEnd);
        Assert.True((await peer.Flow.ReadAsync(buffer)).IsEnd);
    }

    [Fact]
    public async Task A_reset_that_a_write_was_told_of_is_told_to_a_later_read()
    {
        using var peer = await RawPeer.ConnectAsync(Make());
        peer.Reset();
        while ((await peer.Flow.WriteAsync(new byte[1])).IsDone)
        {
            await Task.Yield();
        }

        Assert.Equal(ErrorKind.Reset, (await peer.Flow.ReadAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await peer.Flow.CloseAsync()).Error.Kind);
    }

    [Fact]
    public async Task Data_that_came_before_a_reset_may_be_read_and_then_the_reset_is_told()
    {
        using var peer = await RawPeer.ConnectAsync(Make());
        _ = await peer.Socket.SendAsync("last words"u8.ToArray());
        _ = await peer.Flow.ReadAsync(Memory<byte>.Empty);
        peer.Reset();

        var buffer = new byte[16];
        var read = await peer.Flow.ReadAsync(buffer);
        Assert.True(read.Count == 10 || read.Error.Kind == ErrorKind.Reset, read.ToString());
        Assert.Equal(ErrorKind.Reset, (await peer.Flow.ReadAsync(buffer)).Error.Kind);
    }

    [Fact]
    public async Task A_peer_that_goes_on_sending_still_gets_all_that_was_accepted_before_a_close()
    {
        using var peer = await RawPeer.ConnectAsync(Make());
        var response = new byte[400_000];
        Array.Fill(response, (byte)7);
        var sending = peer.Socket.SendAsync(new byte[4 * 1024 * 1024]).ContinueWith(_ => peer.Socket.Shutdown(SocketShutdown.Send), TaskScheduler.Default);

        (await peer.Flow.WriteAsync(response)).ThrowIfFailed();
        (await peer.Flow.CloseAsync()).ThrowIfFailed();
        await sending;

        Assert.Equal(response, await peer.ReadToEndAsync());
        await peer.Flow.Connection.WhenGone();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task A_closed_connection_lingers_for_a_peer_that_does_not_end_no_longer_than_was_set(int milliseconds)
    {
        var stack = Make(new() { Linger = TimeSpan.FromMilliseconds(milliseconds) });
        using var peer = await RawPeer.ConnectAsync(stack);
        (await peer.Flow.CloseAsync()).ThrowIfFailed();

        await peer.Flow.Connection.WhenGone();

        Assert.Equal(0, stack.Counters.Connections);
        Assert.Empty(await peer.ReadToEndAsync());
    }

    [Fact]
    public async Task Connections_that_ended_are_forgotten()
    {
        var stack = Make();
        for (var i = 0; i < 20; i++)
        {
            using var peer = await RawPeer.ConnectAsync(stack);
            Assert.Equal(1, stack.Counters.Connections);
            peer.Socket.Shutdown(SocketShutdown.Send);
            (await peer.Flow.CloseAsync()).ThrowIfFailed();
            await peer.Flow.Connection.WhenGone();
        }

        Assert.Equal(0, stack.Counters.Connections);
        Assert.Equal(20, stack.Counters.Connected);
    }

    [Fact]
    public async Task Options_reach_the_socket()
    {
        var probing = new KeepAlive(TimeSpan.FromSeconds(31), TimeSpan.FromMilliseconds(3500), 4);
        using var peer = await RawPeer.ConnectAsync(Make(), new() { NoDelay = true, KeepAlive = probing });
        var socket = peer.Flow.Connection.Socket;

        Assert.True(socket.NoDelay);
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(31, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
        Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));

        Assert.True(peer.Flow.TryGet(out TcpControl tcp));
        Assert.Equal(ErrorKind.Invalid, tcp.SetKeepAlive(probing with { Probes = 0 }).Error.Kind);
        tcp.SetKeepAlive(null).ThrowIfFailed();
        tcp.SetNoDelay(false).ThrowIfFailed();
        Assert.Equal(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.False(socket.NoDelay);
    }

    [Fact]
    public async Task Reading_and_closing_on_several_threads_at_once_ends_in_closed()
    {
        var stack = Make();
        for (var round = 0; round < 200; round++)
        {
            using var peer = await RawPeer.ConnectAsync(stack);
            var flow = peer.Flow;
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var reading = OnPool(start.Task, async () => Assert.Equal(ErrorKind.Closed, (await flow.ReadAsync(new byte[1])).Error.Kind));
            var writing = OnPool(start.Task, async () => Assert.True((await flow.WriteAsync(new byte[1])).Error.Kind is ErrorKind.None or ErrorKind.Closed));
            var closing = OnPool(start.Task, async () => (await flow.CloseAsync()).ThrowIfFailed());
            start.SetResult();
            await Task.WhenAll(reading, writing, closing);
            peer.Socket.Shutdown(SocketShutdown.Send);
            await flow.Connection.WhenGone();
        }

        Assert.Equal(0, stack.Counters.Connections);

        static async Task OnPool(Task start, Func<Task> work)
        {
            await start.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await work();
        }
    }
}
