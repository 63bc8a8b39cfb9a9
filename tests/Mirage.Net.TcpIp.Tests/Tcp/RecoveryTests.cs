using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Fast retransmit and recovery: RFC 5681 §3.2, RFC 6582 without SACK, RFC 8985 with it; limited transmit (RFC 3042) and rate reduction (RFC 9937).</summary>
public class RecoveryTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    public void Without_SACK_the_third_duplicate_sends_again_and_two_before_send_new_data() => Script.Run(async script =>
    {
        var (peer, flow) = await Ten(script, sack: false, more: 5000);
        peer.Send(Ack, 1, 1);
        await peer.Expect(Ack, 10_001, 1, 1000);
        peer.Send(Ack, 1, 1);
        await peer.Expect(Ack, 11_001, 1, 1000);
        peer.Send(Ack, 1, 1);
        await peer.Expect(Ack, 1, 1, 1000);
        await peer.ExpectNothing();
        Assert.Equal(1, script.Stack.Counters.Tcp.FastRecoveries);
        Assert.Equal(7000, Window(flow).Threshold);

        // RFC 6582 §3.2 (3): a partial acknowledgement sends what comes next, at once.
        peer.Send(Ack, 1, 3001);
        await peer.Expect(Ack, 3001, 1, 1000);
        peer.Send(Ack, 1, 12_001);
        await peer.Expect(Ack, 12_001, 1, 1000);
        Assert.Equal(7000, Window(flow).Congestion);
    });

    [Fact]
    public void Without_SACK_partial_acknowledgements_recover_a_window_of_which_little_arrived() => Script.Run(async script =>
    {
        // Seven of ten lost: only three duplicates, so the pipe looks full.
        var (peer, _) = await Ten(script, sack: false);
        for (var i = 0; i < 3; i++)
        {
            peer.Send(Ack, 1, 1);
        }

        for (var i = 0; i < 7; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000, at: 0);
            peer.Send(Ack, 1, i == 6 ? 10_001 : 1001 + (i * 1000));
        }

        await peer.ExpectNothing(5000);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.RetransmissionTimeouts));
    });

    [Fact]
    public void After_a_time_out_duplicates_of_what_was_sent_before_start_no_recovery() => Script.Run(async script =>
    {
        // RFC 6582 §3.2 (1) and §4: "recover".
        var (peer, _) = await Ten(script, sack: false, more: 5000);
        await peer.Expect(Ack, 1, 1, 1000, at: 200);
        peer.Send(Ack, 1, 10_001);
        await peer.Expect(Ack, 10_001, 1, 1000, at: 200);
        await script.Sleep(1);
        for (var i = 0; i < 5; i++)
        {
            peer.Send(Ack, 1, 10_001);
        }

        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.FastRecoveries);
    });

    [Fact]
    public void What_changes_the_window_or_has_text_is_no_duplicate() => Script.Run(async script =>
    {
        // RFC 5681 §2.
        var (peer, _) = await Ten(script, sack: false);
        for (var i = 0; i < 5; i++)
        {
            peer.Send(Ack, 1 + i, 1, window: (ushort)(60_000 + i));
            peer.Send(Ack, 1 + i, 1, window: (ushort)(60_000 + i), text: "x");
            await peer.Expect(Ack, 10_001, 2 + i);
        }

        Assert.Equal(0, script.Stack.Counters.Tcp.FastRecoveries);
    });

    [Fact]
    public void With_SACK_exactly_the_holes_are_sent_again() => Script.Run(async script =>
    {
        var (peer, _) = await Ten(script, sack: true);
        Sack(peer, 1, (5001, 10_001), (3001, 4001), (1001, 2001));
        foreach (var start in new[] { 1, 2001, 4001 })
        {
            await peer.Expect(Ack, start, 1, 1000, at: 0);
        }

        await peer.ExpectNothing(10);
        peer.Send(Ack, 1, 10_001);
        await peer.ExpectNothing(5000);
        Assert.Equal(3, script.Stack.Counters.Tcp.Retransmissions);
    });

    [Fact]
    public void With_SACK_as_much_leaves_as_arrives_until_the_threshold_is_reached() => Script.Run(async script =>
    {
        // RFC 3042: the first two that are acknowledged selectively let out new data.
        var (peer, flow) = await Ten(script, sack: true, more: 20_000, roundTrip: 100);
        Sack(peer, 1, (1001, 2001));
        await peer.Expect(Ack, 10_001, 1, 1000);
        Sack(peer, 1, (1001, 3001));
        await peer.Expect(Ack, 11_001, 1, 1000);
        Sack(peer, 1, (1001, 4001));
        await peer.Expect(Ack, 1, 1, 1000);
        await peer.ExpectNothing(1);
        Assert.Equal((7000, 1), (Window(flow).Threshold, script.Stack.Counters.Tcp.FastRecoveries));

        // RFC 9937 §6.2: of 10 that had not arrived 7 may leave, and one has: 0.7 for the first, 1.4 with the second. Then the pipe is at the threshold.
        foreach (var (arrived, leaves) in new[] { (4, 0), (5, 0), (6, 1), (7, 1) })
        {
            Sack(peer, 1, (1001, 1 + (1000 * (arrived + 1))));
            for (var i = 0; i < leaves; i++)
            {
                await peer.Expect(Ack, length: 1000);
            }

            await peer.ExpectNothing(1);
        }

        peer.Send(Ack, 1, 12_001);
        await script.Sleep(1);
        Assert.Equal(7000, Window(flow).Congestion);
    });

    [Fact]
    public void SACK_blocks_that_cannot_be_are_ignored() => Script.Run(async script =>
    {
        var (peer, _) = await Ten(script, sack: true, roundTrip: 100);
        Sack(peer, 1, (9001, 12_001), (5001, 4001), (-5000, 500));
        Sack(peer, 1, (1, 1001), (20_001, 30_001));
        await peer.ExpectNothing(10);
        peer.Send(Ack, 1, 10_001);
        await peer.ExpectNothing(5000);
    });

    [Fact]
    public void After_a_time_out_what_arrived_is_not_sent_again() => Script.Run(async script =>
    {
        // RFC 8985 §6.3.
        var (peer, _) = await Ten(script, sack: true, roundTrip: 100);
        Sack(peer, 1, (3001, 5001), (6001, 10_001));
        for (var i = 0; i < 4; i++)
        {
            await peer.Expect(Ack, length: 1000);
        }

        // The retransmissions are lost, all of them.
        var again = await peer.Expect(Ack, 1, 1, 1000);
        Assert.Equal(1, script.Stack.Counters.Tcp.RetransmissionTimeouts);
        await script.Sleep(again.At + 100 - script.Now);
        Sack(peer, 1001, (3001, 5001), (6001, 10_001));
        await peer.Expect(Ack, 1001, 1, 1000);
        await peer.Expect(Ack, 2001, 1, 1000);
        await script.Sleep(100);
        Sack(peer, 5001, (6001, 10_001));
        await peer.Expect(Ack, 5001, 1, 1000);
        await peer.ExpectNothing(50);
        peer.Send(Ack, 1, 10_001);
        await peer.ExpectNothing(5000);
    });

    [Fact]
    public void A_peer_that_throws_away_what_it_acknowledged_selectively_gets_it_again() => Script.Run(async script =>
    {
        // RFC 2018 §8: it has the segment that it says it has, and yet does not acknowledge it.
        var (peer, _) = await Ten(script, sack: true, roundTrip: 100);
        Sack(peer, 1, (1001, 10_001));
        await peer.Expect(Ack, 1, 1, 1000);
        await script.Sleep(100);
        peer.Send(Ack, 1, 1001);
        for (var i = 1; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
            peer.Send(Ack, 1, 1001 + (i * 1000));
        }

        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.Reneged, script.Stack.Counters.Tcp.RetransmissionTimeouts));
        await peer.ExpectNothing(5000);
    });

    [Fact]
    public void A_FIN_that_is_lost_in_recovery_is_sent_again() => Script.Run(async script =>
    {
        var (peer, flow) = await Ten(script, sack: true);
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await peer.Expect(TcpFlags.Fin | Ack, 10_001);
        Sack(peer, 1, (1001, 10_001));
        await peer.Expect(Ack, 1, 1, 1000);
        peer.Send(Ack, 1, 10_001);
        await peer.Expect(TcpFlags.Fin | Ack, 10_001);
    });

    /// <summary>Ten segments of 1000 bytes have left, and their round-trip time is over.</summary>
    private static async Task<(Peer Peer, TcpFlow Flow)> Ten(Script script, bool sack, int more = 0, double roundTrip = 0)
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = sack }, roundTrip: roundTrip);
        (await flow.WriteAsync(new byte[10_000 + more])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        await peer.ExpectNothing(Math.Max(0.1, roundTrip));
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

    private static (long Congestion, long Threshold) Window(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        return (statistics.CongestionWindow, statistics.SlowStartThreshold);
    }
}
