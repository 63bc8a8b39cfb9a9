using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 9293 §3.8.6: windows that close, probes, silly windows on both sides.</summary>
public class WindowTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    private static readonly TcpOptions Mss1000 = new() { MaximumSegmentSize = 1000 };

    [Fact]
    public void A_closed_window_is_probed_at_doubling_times_for_as_long_as_the_peer_answers() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 0);
        (await flow.WriteAsync(Peer.Bytes(3000))).ThrowIfFailed();
        var at = 0.0;
        var wait = 200.0;
        for (var i = 0; i < 20; i++)
        {
            at += wait;
            wait = Math.Min(wait * 2, 60_000);
            var probe = await peer.Expect(Ack, 1, 1, 1, at: at);
            Assert.Equal(Peer.Bytes(1), probe.Payload);
            peer.Send(Ack, 1, 1, window: 0);
        }

        // Far longer than the limit of retransmissions. The window opens: what follows is not delayed by the probes' back-off.
        Assert.True(at > 600_000);
        Assert.Equal(20, script.Stack.Counters.Tcp.WindowProbes);
        peer.Send(Ack, 1, 1, window: 1000);
        var first = await peer.Expect(Ack, 1, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000, at: first.At + 200);
    });

    [Fact]
    public void A_peer_that_takes_the_probe_goes_on_from_there() => Script.Run(async script =>
    {
        // The update that opened its window was lost.
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 0);
        (await flow.WriteAsync(Peer.Bytes(2001))).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1, at: 200);
        peer.Send(Ack, 1, 2, window: 5000);
        var sent = await peer.Expect(Ack, 2, 1, 1000);
        Assert.Equal(Peer.Bytes(1000, 1), sent.Payload);
        await peer.Expect(Ack, 1002, 1, 1000);
        peer.Send(Ack, 1, 2002, window: 5000);
        await peer.ExpectNothing(5000);
        Assert.Equal(0, script.Stack.Counters.Tcp.Challenges);
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void A_probe_is_not_an_acknowledgement_of_more_than_itself() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 0);
        (await flow.WriteAsync(Peer.Bytes(2000))).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1);
        peer.Send(Ack, 1, 3, window: 5000);
        await peer.Expect(Ack, 1, 1, 0);
        Assert.Equal(1, script.Stack.Counters.Tcp.Challenges);
    });

    [Fact]
    public void A_window_that_was_closed_for_long_is_probed_before_the_connection_fails() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 100);
        peer.Send(Ack, 1, 101, window: 0);
        await script.Sleep(600_000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var probe = await peer.Expect(Ack, 101, 1, 1);
        Assert.Equal(600_200, probe.At, 2.0);
        peer.Send(Ack, 1, 101, window: 100);
        await peer.Expect(Ack, 101, 1, 100);
    });

    [Fact]
    public void A_peer_that_does_not_answer_probes_fails_the_connection() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 0);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        Sent sent;
        do
        {
            sent = await peer.Next();
        }
        while ((sent.Flags & TcpFlags.Rst) == 0 && sent.At < 1_000_000);

        Assert.InRange(sent.At, 120_000, 180_000);
        Assert.Equal(ErrorKind.TimedOut, (await flow.ReadAsync(new byte[1])).Error.Kind);
    });

    [Fact]
    public void A_window_that_shrinks_is_tolerated() => Script.Run(async script =>
    {
        // RFC 9293 §3.8.6: the sender must be robust against it.
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 5000);
        (await flow.WriteAsync(Peer.Bytes(8000))).ThrowIfFailed();
        for (var i = 0; i < 5; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        peer.Send(Ack, 1, 1001, window: 1000);
        await peer.ExpectNothing(100);
        peer.Send(Ack, 1, 5001, window: 0);
        await peer.Expect(Ack, 5001, 1, 1);
        peer.Send(Ack, 1, 5001, window: 3000);
        await peer.Expect(Ack, 5001, 1, 1000);
    });

    [Fact]
    public void RFC_9293_section_3_10_7_4_an_older_segment_does_not_change_the_window() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 5000);
        peer.Send(Ack, 11, 1, window: 3000, data: new byte[10]);
        await peer.Expect(Ack, 1, 1);

        // It was overtaken: its window is of before.
        peer.Send(Ack, 1, 1, window: 0, data: new byte[10]);
        await peer.Expect(Ack, 1, 21);
        (await flow.WriteAsync(new byte[2000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 21, 1000);
        await peer.Expect(Ack, 1001, 21, 1000);

        // Of two with the same number, the one that acknowledges more is newer.
        peer.Send(Ack, 21, 2001, window: 3000);
        peer.Send(Ack, 21, 1001, window: 0);
        await script.Sleep(1);
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        await peer.Expect(Ack, 2001, 21, 1000);
    });

    [Fact]
    public void A_little_room_is_not_filled_at_once() => Script.Run(async script =>
    {
        // RFC 9293 §3.8.6.2.1: less than a segment and than half of the largest window, until the override timer.
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 4000);
        (await flow.WriteAsync(new byte[6000])).ThrowIfFailed();
        for (var i = 0; i < 4; i++)
        {
            await peer.Expect(Ack, length: 1000);
        }

        peer.Send(Ack, 1, 4001, window: 300);
        await peer.Expect(Ack, 4001, 1, 300, at: 200);
        peer.Send(Ack, 1, 4301, window: 4000);
        await peer.Expect(Ack, 4301, 1, 1000);
    });

    [Fact]
    public void RFC_9293_section_3_8_6_2_1_half_of_the_largest_window_is_filled_at_once() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000, window: 1200);
        (await flow.WriteAsync(new byte[2000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000);
        peer.Send(Ack, 1, 1001, window: 600);
        await peer.Expect(Ack, 1001, 1, 600, at: script.Now);
    });

    [Fact]
    public void A_full_buffer_advertises_zero_and_reading_opens_it_by_a_segment() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(Mss1000);
            for (var i = 0; i < 4; i++)
            {
                peer.Send(Ack, 1 + (i * 1000), data: new byte[1000]);
                await peer.Expect(Ack, 1, 1001 + (i * 1000));
            }

            // A probe is answered, and its text not taken.
            peer.Send(Ack, 4001, text: "p");
            await peer.Expect(Ack, 1, 4001, window: 0);
            peer.Send(Ack, 4000, text: "p");
            await peer.Expect(Ack, 1, 4001, window: 0);

            // RFC 9293 §3.8.6.2.2.
            Assert.Equal(500, (await flow.ReadAsync(new byte[500])).Count);
            await peer.ExpectNothing(1000);
            Assert.Equal(600, (await flow.ReadAsync(new byte[600])).Count);
            await peer.Expect(Ack, 1, 4001, window: 1100);
            Assert.Equal(2900, (await flow.ReadAsync(new byte[5000])).Count);
            await peer.Expect(Ack, 1, 4001, window: 4000);
        },
        new TcpSettings { ReceiveBuffer = 4000 });

    [Theory]
    [InlineData(7)]
    [InlineData(999)]
    public void A_scaled_window_closes_and_its_edge_goes_no_further_than_the_buffer(int size) => Script.Run(
        async script =>
        {
            // RFC 7323 §2.4: the field has steps of 16 here.
            const int Buffer = 1_000_001;
            var (peer, _) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, HasWindowScale = true, WindowScale = 0 });
            var (sent, edge) = (0L, 60_000L);
            while (sent < edge)
            {
                var length = (int)Math.Min(edge - sent, sent < Buffer - 3000 ? 1000 : size);
                peer.Send(Ack, 1 + sent, data: new byte[length]);
                sent += length;
                Sent? last = null;
                while (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(41)) is { } answer)
                {
                    last = answer;
                }

                var acknowledged = (long)(last!.RawAcknowledgement - peer.Iss) - 1;
                Assert.Equal(sent, acknowledged);
                Assert.True(acknowledged + (last.Window << 4) >= edge - 15, "the window shrank");
                edge = Math.Max(edge, acknowledged + (last.Window << 4));
                Assert.InRange(edge, 0, Buffer);
            }

            Assert.InRange(sent, Buffer - 16, Buffer);
        },
        new TcpSettings { ReceiveBuffer = 1_000_001, InitialReceiveBuffer = 1_000_001 });

    [Fact]
    public void A_FIN_is_taken_while_the_window_is_closed_and_answered_each_time() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(Mss1000);
            peer.Send(Ack, 1, data: new byte[1000]);
            await peer.Expect(Ack, 1, 1001, window: 0);
            peer.Send(TcpFlags.Fin | Ack, 1001);
            await peer.Expect(Ack, 1, 1002);
            peer.Send(TcpFlags.Fin | Ack, 1001);
            await peer.Expect(Ack, 1, 1002);
            Assert.Equal(1000, (await flow.ReadAllAsync()).Length);
        },
        new TcpSettings { ReceiveBuffer = 1000 });

    [Fact]
    public void Shutting_down_the_read_side_opens_the_window() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(Mss1000);
            peer.Send(Ack, 1, data: new byte[1000]);
            await peer.Expect(Ack, 1, 1001, window: 0);
            (await flow.ShutdownAsync(FlowDirection.Read)).ThrowIfFailed();
            await peer.Expect(Ack, 1, 1001, window: 1000);
        },
        new TcpSettings { ReceiveBuffer = 1000 });

    [Fact]
    public void What_comes_after_the_read_side_was_shut_down_is_acknowledged_and_not_kept() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(Mss1000);
            (await flow.ShutdownAsync(FlowDirection.Read)).ThrowIfFailed();
            for (var i = 0; i < 20; i++)
            {
                peer.Send(Ack, 1 + (i * 1000), data: new byte[1000]);
                await script.Sleep(100);
                Assert.Equal(0, script.Stack.Counters.BuffersInUse);
            }

            Sent last;
            do
            {
                last = await peer.Next();
            }
            while (last.Ack != 20_001);

            Assert.Equal(5000, last.Window);
        },
        new TcpSettings { ReceiveBuffer = 5000 });

    [Fact]
    public void A_write_waits_for_room_and_goes_on() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(Mss1000);
            var writing = flow.WriteAsync(Peer.Bytes(5000)).AsTask();
            for (var i = 0; i < 5; i++)
            {
                await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
                Assert.Equal(i >= 3, writing.IsCompleted);
                peer.Send(Ack, 1, 1001 + (i * 1000));
                await script.Sleep(0.1);
            }

            (await writing).ThrowIfFailed();
            await script.Sleep(1);
            Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        },
        new TcpSettings { SendBuffer = 2000 });
}
