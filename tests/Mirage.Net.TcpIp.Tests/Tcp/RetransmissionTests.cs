using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 6298: the retransmission time-out, and what it does to the congestion window (RFC 5681 §3.1).</summary>
public class RetransmissionTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    private static readonly TcpOptions Mss1000 = new() { MaximumSegmentSize = 1000 };

    [Fact]
    public void Data_is_sent_again_at_doubling_times_until_the_connection_fails() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        var at = 0.0;
        await peer.Expect(Ack, 1, 1, 100, at: at);
        for (var wait = 200.0; at + wait < 120_000; wait = Math.Min(wait * 2, 60_000))
        {
            at += wait;
            await peer.Expect(Ack, 1, 1, 100, at: at);
        }

        // 102.2 s was the last; the next time, 60 s later, is after the limit.
        await peer.Expect(TcpFlags.Rst | Ack, 101, at: at + 60_000);
        Assert.Equal(ErrorKind.TimedOut, (await reading).Error.Kind);
        Assert.Equal(ErrorKind.TimedOut, (await flow.CloseAsync()).Error.Kind);
        Assert.Equal(1, script.Stack.Counters.Tcp.TimedOut);
        await script.Sleep(1);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void The_time_out_is_what_RFC_6298_computes() => Script.Run(async script =>
    {
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, options: Mss1000);
        await peer.Expect(TcpFlags.Syn | Ack);
        await script.Sleep(100);
        peer.Send(Ack);
        var flow = await accepted.NextAsync();

        // (2.2): SRTT = 100, RTTVAR = 50.
        AssertTimes(flow, 100, 300);
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 10);
        await script.Sleep(200);
        peer.Send(Ack, 1, 11);
        await script.Sleep(1);

        // (2.3): RTTVAR = 3/4 * 50 + 1/4 * |100 - 200| = 62.5; SRTT = 7/8 * 100 + 1/8 * 200 = 112.5; RTO = 112.5 + 4 * 62.5.
        AssertTimes(flow, 112.5, 362.5);
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 11, 1, 10);
        await peer.Expect(Ack, 11, 1, 10, at: sent.At + 362.5);
        await peer.Expect(Ack, 11, 1, 10, at: sent.At + (3 * 362.5));

        // Karn's algorithm (3): nothing was measured, and the time-out stays backed off until something is (5.5).
        peer.Send(Ack, 1, 21);
        await script.Sleep(1);
        AssertTimes(flow, 112.5, 4 * 362.5);
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        await peer.Expect(Ack, 21, 1, 10);
        await script.Sleep(112.5);
        peer.Send(Ack, 1, 31);
        await script.Sleep(1);

        // RTTVAR = 3/4 * 62.5 = 46.875.
        AssertTimes(flow, 112.5, 112.5 + (4 * 46.875));
    });

    [Fact]
    public void What_waited_for_a_retransmission_measures_nothing() => Script.Run(async script =>
    {
        // RFC 6298 §3: the acknowledgement of both tells how long the first took to be repaired, not the round trip of the second, which was sent once.
        var (peer, flow) = await script.AcceptAsync(Mss1000, roundTrip: 100);
        AssertTimes(flow, 100, 300);
        (await flow.WriteAsync(new byte[2000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000);
        var second = await peer.Expect(Ack, 1001, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000, at: second.At + 300);
        await script.Sleep(50);
        peer.Send(Ack, 1, 2001);
        await script.Sleep(1);
        AssertTimes(flow, 100, 2 * 300);
    });

    [Fact]
    public void With_timestamps_retransmitted_data_is_measured() => Script.Run(async script =>
    {
        // RFC 7323 §4.1; Karn's algorithm does not apply.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, HasTimestamp = true, TimestampValue = 500 });
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 10);
        await peer.Expect(Ack, 1, 1, 10);
        await script.Sleep(80);
        peer.Send(Ack, 1, 11);
        await script.Sleep(1);

        // SRTT = 7/8 * 0 + 1/8 * 80; RTTVAR = 1/4 * 80: 10 + 80 is below the minimum.
        AssertTimes(flow, 10, 200);
    });

    [Theory]
    [InlineData(0, true)]
    [InlineData(199, true)]
    [InlineData(200, false)]
    [InlineData(201, false)]
    public void RFC_3522_a_time_out_was_spurious_if_the_first_acknowledgement_echoes_what_left_before_the_retransmission(int echo, bool isSpurious) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, HasTimestamp = true, TimestampValue = 500 });
        (await flow.WriteAsync(new byte[2964])).ThrowIfFailed();
        var first = await peer.Expect(Ack, 1, 1, 988);
        await peer.Expect(Ack, 989, 1, 988);
        await peer.Expect(Ack, 1977, 1, 988);
        var window = Statistics().CongestionWindow;
        var again = await peer.Expect(Ack, 1, 1, 988, at: 200);

        // §3.2 step 4: less than RetransmitTS, which is the first retransmission's; the second one's does not count.
        Assert.Equal(200u, again.Options.TimestampValue - first.Options.TimestampValue);
        await peer.Expect(Ack, 1, 1, 988, at: 600);
        peer.Echo = first.Options.TimestampValue + (uint)echo;
        peer.Send(Ack, 1, 989);
        await script.Sleep(1);
        Assert.Equal(isSpurious ? 1 : 0, script.Stack.Counters.Tcp.SpuriousRecoveries);

        // RFC 4015 §3.2: the window is as it was, and nothing else is sent again.
        Assert.Equal(isSpurious, Statistics().CongestionWindow >= window);
        if (isSpurious)
        {
            await peer.ExpectNothing(50);
        }
        else
        {
            await peer.Expect(Ack, 989, 1, 988, at: 600);
        }

        TcpStatistics Statistics()
        {
            Assert.True(flow.TryGet<TcpControl>(out var control));
            return control.GetStatistics().ThrowIfFailed();
        }
    });

    [Fact]
    public void After_a_SYN_that_was_sent_again_the_time_out_is_three_seconds() => Script.Run(async script =>
    {
        // (5.7).
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, at: 0);
        await peer.Expect(TcpFlags.Syn, at: 1000);
        peer.Send(TcpFlags.Syn | Ack, 0, 1);
        await peer.Expect(Ack);
        var flow = (await connecting).ThrowIfFailed();
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 1, 1, 10);
        await peer.Expect(Ack, 1, 1, 10, at: sent.At + 3000);
    });

    [Fact]
    public void After_a_SYN_that_was_sent_again_twice_the_window_is_one_segment() => Script.Run(async script =>
    {
        // RFC 6928 §2: one that was sent again once may have been late only.
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, at: 0);
        await peer.Expect(TcpFlags.Syn, at: 1000);
        await peer.Expect(TcpFlags.Syn, at: 3000);
        peer.Send(TcpFlags.Syn | Ack, 0, 1, options: new TcpOptions { MaximumSegmentSize = 1000 });
        await peer.Expect(Ack);
        var flow = (await connecting).ThrowIfFailed();
        (await flow.WriteAsync(new byte[10_000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000);
        await peer.ExpectNothing(100);
    });

    [Fact]
    public void After_an_answer_that_was_sent_again_twice_the_window_is_one_segment() => Script.Run(async script =>
    {
        // RFC 6928 §2, for the end that listens.
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, options: new TcpOptions { MaximumSegmentSize = 1000 });
        await peer.Expect(TcpFlags.Syn | Ack, 0, 1, at: 0);
        await peer.Expect(TcpFlags.Syn | Ack, 0, 1, at: 1000);
        await peer.Expect(TcpFlags.Syn | Ack, 0, 1, at: 3000);
        peer.Send(Ack);
        var flow = await accepted.NextAsync();
        (await flow.WriteAsync(new byte[10_000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000);
        await peer.ExpectNothing(100);
    });

    [Fact]
    public void What_was_lost_at_a_closed_window_does_not_wait_for_the_backed_off_time_out() => Script.Run(async script =>
    {
        // A peer that takes its window back drops what is under way; when it opens again what is lost is a first attempt.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000 });
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000, at: 0);
        peer.Send(Ack, 1, 1, window: 0);
        foreach (var at in new[] { 200, 600, 1400, 3000 })
        {
            await peer.Expect(Ack, 1, 1, 1000, at: at);
        }

        await script.Sleep(100);
        peer.Send(Ack, 1, 1, window: 60_000);
        await peer.Expect(Ack, 1, 1, 1000, at: 3300);
    });

    [Fact]
    public void New_data_that_Nagle_holds_back_is_none_for_F_RTO() => Script.Run(async script =>
    {
        // RFC 5682 §2.1 step 2b: without new data to send, what is lost is sent again.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000 });
        (await flow.WriteAsync(new byte[1500])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000, at: 0);
        await peer.Expect(Ack, 1001, 1, 500, at: 0);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000, at: 200);
        peer.Send(Ack, 1, 1001);
        await peer.Expect(Ack, 1001, 1, 500, at: 200);
    });

    [Fact]
    public void A_time_out_leaves_one_segment_and_slow_start_sends_the_rest_again() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[10_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await peer.Expect(Ack, 1, 1, 1000, at: 200);
        await peer.ExpectNothing(100);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        Assert.Equal((1000L, 7000L), (statistics.CongestionWindow, statistics.SlowStartThreshold));

        // A second time-out of the same data does not lower the threshold again (RFC 5681 §3.1).
        await peer.Expect(Ack, 1, 1, 1000, at: 600);
        Assert.Equal(7000, control.GetStatistics().ThrowIfFailed().SlowStartThreshold);
        peer.Send(Ack, 1, 1001);
        await peer.Expect(Ack, 1001, 1, 1000);
        await peer.Expect(Ack, 2001, 1, 1000);
        await peer.ExpectNothing(10);
        peer.Send(Ack, 1, 3001);
        for (var i = 3; i < 7; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }


        peer.Send(Ack, 1, 10_001);
        await peer.ExpectNothing(5000);
    });

    [Fact]
    public void RFC_3465_what_had_arrived_before_a_time_out_lets_the_window_grow_no_further() => Script.Run(async script =>
    {
        // §2.3: the acknowledgement covers ten segments, of which one was sent again; the window grows from one to two.
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[20_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await peer.Expect(Ack, 1, 1, 1000, at: 200);
        peer.Send(Ack, 1, 10_001);
        await peer.Expect(Ack, 10_001, 1, 1000);
        await peer.Expect(Ack, 11_001, 1, 1000);
        await peer.ExpectNothing(50);
    });

    [Fact]
    public void A_lost_FIN_is_sent_again_with_the_last_data() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[1500])).ThrowIfFailed();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1000);
        await peer.Expect(TcpFlags.Fin | Ack, 1001, 1, 500);
        peer.Send(Ack, 1, 1001);
        await peer.Expect(TcpFlags.Fin | Ack, 1001, 1, 500, at: 200);
        peer.Send(Ack, 1, 1501);
        var alone = await peer.Expect(TcpFlags.Fin | Ack, 1501, 1);
        Assert.InRange(alone.At, 300, 1000);
        peer.Send(Ack, 1, 1502);
        await peer.ExpectNothing(5000);
    });

    [Fact]
    public void An_idle_connection_starts_again_with_the_initial_window() => Script.Run(async script =>
    {
        // RFC 5681 §4.1.
        var (peer, flow) = await script.AcceptAsync(Mss1000);
        (await flow.WriteAsync(new byte[30_000])).ThrowIfFailed();
        for (var seen = 0; seen < 30_000;)
        {
            var sent = await peer.Next();
            seen += sent.Payload.Length;
            peer.Send(Ack, 1, 1 + seen);
        }

        Assert.True(flow.TryGet<TcpControl>(out var control));
        Assert.True(control.GetStatistics().ThrowIfFailed().CongestionWindow > 10_000);
        await script.Sleep(1000);
        (await flow.WriteAsync(new byte[30_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, length: 1000);
        }

        await peer.ExpectNothing(50);
    });

    private static void AssertTimes(TcpFlow flow, double roundTrip, double timeout)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        Assert.Equal(roundTrip, statistics.RoundTripTime.TotalMilliseconds, 0.6);
        Assert.Equal(timeout, statistics.RetransmissionTimeout.TotalMilliseconds, 2.5);
    }
}
