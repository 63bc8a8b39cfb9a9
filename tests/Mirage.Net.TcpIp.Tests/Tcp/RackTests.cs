using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RACK-TLP (RFC 8985), and recoveries that were not needed (RFC 5682, RFC 3522, RFC 3708), on a path of 100 ms.</summary>
public class RackTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    public void What_is_overtaken_for_a_quarter_of_the_round_trip_is_lost() => Script.Run(async script =>
    {
        // §6.2 steps 4 and 5: one segment has arrived after it, which three duplicates would not have told.
        var (peer, _) = await Send(script, 3);
        Sack(peer, 1, (1001, 2001));
        var again = await peer.Expect(Ack, 1, 1, 1000);
        Assert.InRange(again.At, 225, 228);
        Assert.Equal(1, script.Stack.Counters.Tcp.FastRecoveries);
    });

    [Fact]
    public void What_is_overtaken_for_less_is_not() => Script.Run(async script =>
    {
        var (peer, _) = await Send(script, 3);
        Sack(peer, 1, (1001, 2001));
        await script.Sleep(20);
        peer.Send(Ack, 1, 3001);
        await peer.ExpectNothing(5000);
        Assert.Equal((0L, 0L), (script.Stack.Counters.Tcp.Retransmissions, script.Stack.Counters.Tcp.FastRecoveries));
    });

    [Fact]
    public void A_retransmission_that_is_lost_is_found_by_what_was_sent_after_it() => Script.Run(async script =>
    {
        var (peer, flow) = await Send(script, 10);
        (await flow.WriteAsync(new byte[20_000])).ThrowIfFailed();
        Sack(peer, 1, (1001, 4001));
        var first = await peer.Expect(Ack, 1, 1, 1000);
        Sack(peer, 1, (1001, 8001));
        var later = await peer.Expect(Ack, 10_001, 1, 1000);
        await script.Sleep(101);
        Sack(peer, 1, (1001, 8001), (10_001, 11_001));
        var again = await peer.Next();
        while (again.Seq != 1)
        {
            again = await peer.Next();
        }

        Assert.True(later.At >= first.At && again.At - first.At < 140, $"again after {again.At - first.At} ms");
        Assert.Equal(0, script.Stack.Counters.Tcp.RetransmissionTimeouts);
    });

    [Fact]
    public void The_last_segment_of_several_is_probed_after_two_round_trips() => Script.Run(async script =>
    {
        // §7.2: 2 * SRTT, and what the timer takes; the probe is the last segment again, since there is nothing new.
        var (peer, _) = await Send(script, 3);
        var probe = await peer.Expect(Ack, 2001, 1, 1000);
        Assert.InRange(probe.At, 300, 304);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Tcp.TailLossProbes, script.Stack.Counters.Tcp.RetransmissionTimeouts));

        // What it tells repairs the rest without a time-out.
        await script.Sleep(101);
        Sack(peer, 1, (2001, 3001));
        await peer.Expect(Ack, 1, 1, 1000);
        Sack(peer, 1001, (2001, 3001));
        await peer.Expect(Ack, 1001, 1, 1000);
        peer.Send(Ack, 1, 3001);
        await peer.ExpectNothing(5000);
        Assert.Equal(0, script.Stack.Counters.Tcp.RetransmissionTimeouts);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Section_7_4_2_a_loss_that_only_the_probe_repaired_is_congestion(bool arrivedTwice) => Script.Run(async script =>
    {
        var (peer, flow) = await Send(script, 3);
        peer.Send(Ack, 1, 2001);
        await peer.Expect(Ack, 2001, 1, 1000);
        if (arrivedTwice)
        {
            Sack(peer, 3001, (2001, 3001));
        }
        else
        {
            peer.Send(Ack, 1, 3001);
        }

        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        await peer.Expect(Ack, 3001, 1, 1000);
        peer.Send(Ack, 1, 4001);
        await script.Sleep(1);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var window = control.GetStatistics().ThrowIfFailed().CongestionWindow;
        Assert.True(arrivedTwice ? window >= 10_000 : window < 5000, $"the window is {window}");
    });

    [Fact]
    public void A_time_out_that_was_not_needed_is_undone_by_the_second_acknowledgement() => Script.Run(async script =>
    {
        // RFC 5682 §2.1, without SACK: the first lets out new data, the second shows that the rest had not been lost.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000 }, roundTrip: 100);
        (await flow.WriteAsync(new byte[20_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await peer.Expect(Ack, 1, 1, 1000);
        peer.Send(Ack, 1, 1001);
        await peer.Expect(Ack, 10_001, 1, 1000);
        await peer.Expect(Ack, 11_001, 1, 1000);
        peer.Send(Ack, 1, 2001);
        await script.Sleep(1);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        Assert.True(control.GetStatistics().ThrowIfFailed().CongestionWindow >= 10_000);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.RetransmissionTimeouts, script.Stack.Counters.Tcp.SpuriousRecoveries));
        Assert.Equal(1, script.Stack.Counters.Tcp.Retransmissions);
    });

    [Fact]
    public void A_time_out_whose_retransmission_filled_the_hole_is_not_undone() => Script.Run(async script =>
    {
        // RFC 3522, RFC 5682 §3.1: the acknowledgement echoes the retransmission, whatever else it covers, of which earlier ones were lost.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1012, SackPermitted = true, HasTimestamp = true, TimestampValue = 500 }, roundTrip: 100);
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        for (var i = 0; i < 5; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await peer.Expect(Ack, 4001, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000);
        await script.Sleep(100);
        peer.Send(Ack, 1, 4001);
        await peer.Expect(Ack, 4001, 1, 1000);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Tcp.RetransmissionTimeouts, script.Stack.Counters.Tcp.SpuriousRecoveries));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RFC_3522_what_acknowledges_the_first_transmission_undoes_the_recovery(bool isOfRetransmission) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1012, SackPermitted = true, HasTimestamp = true, TimestampValue = 500 }, roundTrip: 100);
        (await flow.WriteAsync(new byte[10_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        // The first was late, not lost.
        var original = peer.Echo;
        await script.SleepUntil(200);
        var options = new TcpOptions { HasTimestamp = true, TimestampValue = peer.Timestamp, TimestampEcho = original };
        options.AddSack(new(peer.StackIss + 1001), new(peer.StackIss + 4001));
        peer.Send(Ack, 1, 1, options: options);
        await peer.Expect(Ack, 1, 1, 1000);
        Assert.True(peer.Echo > original);
        peer.Echo = isOfRetransmission ? peer.Echo : original;
        peer.Send(Ack, 1, 10_001);
        await script.Sleep(1);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        Assert.Equal(isOfRetransmission ? 7000 : 10_000, control.GetStatistics().ThrowIfFailed().CongestionWindow);
        Assert.Equal(isOfRetransmission ? 0 : 1, script.Stack.Counters.Tcp.SpuriousRecoveries);
    });

    [Fact]
    public void A_recovery_whose_retransmissions_all_arrived_twice_is_undone() => Script.Run(async script =>
    {
        // RFC 3708 §3, RFC 2883 §4.1.
        var (peer, flow) = await Send(script, 10);
        Sack(peer, 1, (1001, 4001));
        await peer.Expect(Ack, 1, 1, 1000);
        peer.Send(Ack, 1, 10_001);
        await script.Sleep(100);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        Assert.Equal(7000, control.GetStatistics().ThrowIfFailed().CongestionWindow);
        Sack(peer, 10_001, (1, 1001));
        await script.Sleep(1);
        Assert.Equal(10_000, control.GetStatistics().ThrowIfFailed().CongestionWindow);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.DuplicatesReported, script.Stack.Counters.Tcp.SpuriousRecoveries));
    });

    /// <summary>Segments of 1000 bytes have left, and 100 ms are over since; the clock is at 200 ms.</summary>
    private static async Task<(Peer Peer, TcpFlow Flow)> Send(Script script, int count)
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[count * 1000])).ThrowIfFailed();
        for (var i = 0; i < count; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await script.SleepUntil(200);
        return (peer, flow);
    }

    private static void Sack(Peer peer, long ack, params (int Start, int End)[] blocks)
    {
        var options = default(TcpOptions);
        foreach (var (start, end) in blocks)
        {
            options.AddSack(new(peer.StackIss + (uint)start), new(peer.StackIss + (uint)end));
        }

        peer.Send(Ack, 1, ack, options: options);
    }
}
