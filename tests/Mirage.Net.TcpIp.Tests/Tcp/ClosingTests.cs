using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 9293 §3.6: both ends, halves, TIME-WAIT, orphans; and what the program sees.</summary>
public class ClosingTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    [Fact]
    public void The_peer_closes_first() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(FinAck, text: "ab");
        await peer.Expect(Ack, 1, 4);
        Assert.Equal(2, (await flow.ReadAsync(new byte[5])).Count);
        Assert.True((await flow.ReadAsync(new byte[5])).IsEnd);

        // Half-closed: this side still sends.
        (await flow.WriteAsync(new byte[3])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 4, 3);
        peer.Send(Ack, 4, 4);
        (await flow.CloseAsync()).ThrowIfFailed();
        await peer.Expect(FinAck, 4, 4);
        peer.Send(Ack, 4, 5);
        await script.Sleep(1);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void This_side_closes_first_and_waits() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await peer.Expect(FinAck, 1, 1);
        peer.Send(Ack, 1, 2, text: "still");
        await peer.Expect(Ack, 2, 6);
        Assert.Equal(5, (await flow.ReadAsync(new byte[9])).Count);
        peer.Send(FinAck, 6, 2);
        await peer.Expect(Ack, 2, 7);
        Assert.True((await flow.ReadAsync(new byte[9])).IsEnd);
        (await flow.CloseAsync()).ThrowIfFailed();
        await script.Sleep(30_000);

        // RFC 9293 §3.10.7.4 eighth: a FIN again is acknowledged and starts the time anew.
        peer.Send(FinAck, 6, 2);
        await peer.Expect(Ack, 2, 7);
        await script.Sleep(59_990);
        Assert.Equal((1, 1), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.TimeWait));
        await script.Sleep(20);
        Assert.Equal((0, 0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.TimeWait, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void Both_close_at_once() => Script.Run(async script =>
    {
        // RFC 9293 §3.6, figure 13.
        var at = await Reached.Reach(script, "Closing");
        at.Peer.Send(Ack, 2, 2);
        await script.Sleep(1);
        Assert.Equal(1, script.Stack.Counters.Tcp.TimeWait);
        await script.Sleep(60_010);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
    });

    [Fact]
    public void A_FIN_that_acknowledges_ours_goes_straight_to_TIME_WAIT() => Script.Run(async script =>
    {
        var at = await Reached.Reach(script, "FinWait1");
        at.Peer.Send(FinAck, 1, 2);
        await at.Peer.Expect(Ack, 2, 2);
        Assert.Equal(1, script.Stack.Counters.Tcp.TimeWait);
    });

    [Fact]
    public void A_newer_SYN_opens_anew_in_TIME_WAIT() => Script.Run(async script =>
    {
        // RFC 6191 §2, RFC 9293 §3.6.1.
        var at = await Reached.Reach(script, "TimeWait");
        at.Peer.Send(TcpFlags.Syn, 1000);
        var answer = await at.Peer.Next();
        Assert.Equal((TcpFlags.Syn | Ack, 1001L), (answer.Flags, answer.Ack));
        Assert.Equal((1, 0), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.TimeWait));
    });

    [Theory]
    [InlineData("the accept queue is full")]
    [InlineData("the backlog is full")]
    public void RFC_6191_a_SYN_that_there_is_no_room_for_does_not_end_TIME_WAIT(string reason) => Script.Run(
        async script =>
        {
            var accepted = script.Listen(options: new TcpListenOptions { Backlog = 1, MaxConcurrent = reason == "the backlog is full" ? int.MaxValue : 1 });
            var peer = await Open();
            var flow = await accepted.NextAsync();
            (await flow.CloseAsync()).ThrowIfFailed();
            await peer.Expect(FinAck, 1, 1);
            peer.Send(FinAck, 1, 2);
            await peer.Expect(Ack, 2, 2);
            Assert.Equal(1, script.Stack.Counters.Tcp.TimeWait);
            if (reason == "the backlog is full")
            {
                var half = script.NewPeer();
                half.Send(TcpFlags.Syn, 0);
                await half.Expect(TcpFlags.Syn | Ack, 0, 1);
            }
            else
            {
                // The first one's handler runs still, and another waits for it.
                _ = await Open();
            }

            peer.Send(TcpFlags.Syn, 1000);
            await peer.ExpectNothing(1);
            Assert.Equal((1, 1L), (script.Stack.Counters.Tcp.TimeWait, script.Stack.Counters.Tcp.BacklogDropped));

            // It is as it was: the peer's last segment finds somebody.
            peer.Send(FinAck, 1, 2);
            await peer.Expect(Ack, 2, 2);

            async Task<Peer> Open()
            {
                var opened = script.NewPeer();
                opened.Send(TcpFlags.Syn, 0);
                await opened.Expect(TcpFlags.Syn | Ack, 0, 1);
                opened.Send(Ack);
                return opened;
            }
        },
        new TcpSettings { SynCookies = SynCookieUse.Never });

    [Fact]
    public void TIME_WAIT_is_bounded_and_the_oldest_makes_room() => Script.Run(
        async script =>
        {
            for (var i = 0; i < 5; i++)
            {
                var (peer, flow) = await script.AcceptAsync();
                (await flow.CloseAsync()).ThrowIfFailed();
                await peer.Expect(FinAck);
                peer.Send(FinAck, 1, 2);
                await peer.Expect(Ack);
            }

            Assert.Equal((2, 2, 3L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.TimeWait, script.Stack.Counters.Tcp.TimeWaitDropped));
        },
        limits: new StackLimits { MaxTimeWait = 2 });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_closed_connection_does_not_wait_for_ever_in_FIN_WAIT_2(bool closedAfterwards) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        _ = closedAfterwards ? await flow.ShutdownAsync(FlowDirection.Write) : await flow.CloseAsync();
        await peer.Expect(FinAck, 1, 1);
        peer.Send(Ack, 1, 2);
        await script.Sleep(10_000);
        if (closedAfterwards)
        {
            (await flow.CloseAsync()).ThrowIfFailed();
            await script.Sleep(10_000);
        }

        await script.Sleep(49_900);
        Assert.Equal(1, script.Stack.Counters.Tcp.Connections);
        await script.Sleep(110);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
        peer.Send(FinAck, 1, 2);
        await peer.Expect(TcpFlags.Rst, 2);
    });

    [Fact]
    public void Text_for_a_closed_connection_is_reset() => Script.Run(async script =>
    {
        // RFC 9293 §3.6.1.
        var (peer, flow) = await script.AcceptAsync();
        (await flow.CloseAsync()).ThrowIfFailed();
        await peer.Expect(FinAck, 1, 1);
        peer.Send(Ack, 1, 2, text: "late");
        await peer.Expect(TcpFlags.Rst | Ack, 2);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
    });

    [Fact]
    public void What_was_accepted_is_sent_after_the_close() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(window: 1000);
        (await flow.WriteAsync(new byte[3000])).ThrowIfFailed();
        (await flow.CloseAsync()).ThrowIfFailed();
        var received = 0L;
        while (true)
        {
            var sent = await peer.Next();
            received = Math.Max(received, sent.Seq - 1 + sent.Payload.Length);
            var fin = (sent.Flags & TcpFlags.Fin) != 0;
            peer.Send(Ack, 1, 1 + received + (fin ? 1 : 0), window: 1000);
            if (fin)
            {
                break;
            }
        }

        Assert.Equal(3000, received);
    });

    [Fact]
    public void A_peer_that_keeps_its_window_closed_does_not_hold_a_closed_connection() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(window: 0);
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        (await flow.CloseAsync()).ThrowIfFailed();
        Sent sent;
        do
        {
            sent = await peer.Next();
            peer.Send(Ack, 1, 1, window: 0);
        }
        while ((sent.Flags & TcpFlags.Rst) == 0 && sent.At < 1_000_000);

        Assert.InRange(sent.At, 120_000, 190_000);
        await script.Sleep(1);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void Aborting_resets_and_ends_what_is_pending() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        await flow.AbortAsync();
        await peer.Expect(TcpFlags.Rst | Ack, 1, 1);
        Assert.True((await reading).Error.Kind is ErrorKind.Closed or ErrorKind.Reset);
        await flow.AbortAsync();
        await script.Sleep(1);
        await peer.ExpectNothing();
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
    });

    [Fact]
    public void A_second_pending_read_throws_and_the_first_goes_on() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await flow.ReadAsync(new byte[1]));
        peer.Send(Ack, text: "x");
        Assert.Equal(1, (await reading).Count);
    });

    [Fact]
    public void A_cancelled_read_loses_nothing() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        using var source = new CancellationTokenSource();
        var reading = flow.ReadAsync(new byte[1], source.Token).AsTask();
        Script.Cancel(source);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        peer.Send(Ack, text: "x");
        Assert.Equal(1, (await flow.ReadAsync(new byte[1])).Count);
    });

    [Fact]
    public void A_read_that_was_completed_is_not_cancelled_any_more() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        using var source = new CancellationTokenSource();
        var reading = flow.ReadAsync(new byte[1], source.Token);
        peer.Send(Ack, text: "xy");
        await script.Sleep(1);
        Script.Cancel(source);
        await script.Sleep(1);
        Assert.Equal(1, (await reading).Count);

        // Its outcome was not taken until now; the next one is its own.
        using var other = new CancellationTokenSource();
        Assert.Equal(1, (await flow.ReadAsync(new byte[1], other.Token)).Count);
        var pending = flow.ReadAsync(new byte[1], other.Token).AsTask();
        peer.Send(Ack, 3, text: "z");
        Assert.Equal(1, await pending.ContinueWith(x => x.Result.Count, TaskScheduler.FromCurrentSynchronizationContext()));
    });

    [Fact]
    public void A_write_that_is_cancelled_half_way_resets() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(window: 100);
            using var source = new CancellationTokenSource();
            var writing = flow.WriteAsync(new byte[3000], source.Token).AsTask();
            await peer.Expect(Ack, 1, 1, 100);
            Script.Cancel(source);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
            await peer.Expect(TcpFlags.Rst | Ack, 101);
            Assert.Equal(ErrorKind.Reset, (await flow.WriteAsync(new byte[1])).Error.Kind);
            _ = await flow.CloseAsync();
            await script.Sleep(1);
            Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
        },
        new TcpSettings { SendBuffer = 1000 });

    [Fact]
    public void A_flow_of_an_earlier_use_is_stale() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(TcpFlags.Rst, 1);
        await script.Sleep(1);
        Assert.Equal(ErrorKind.Reset, (await flow.CloseAsync()).Error.Kind);
        await script.Sleep(1);

        // The object is used again.
        var (second, again) = await script.AcceptAsync();
        Assert.Equal(ErrorKind.Closed, (await flow.ReadAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await flow.WriteAsync(new byte[1])).Error.Kind);
        await flow.AbortAsync();
        (await again.WriteAsync(new byte[1])).ThrowIfFailed();
        await second.Expect(Ack, 1, 1, 1);
    });

    [Fact]
    public void Disconnecting_resets_every_connection() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        await script.Stack.DisconnectAsync();
        await peer.Expect(TcpFlags.Rst | Ack, 1);
        Assert.True((await reading).IsError);
        _ = await flow.CloseAsync();
    });
}
