using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RACK's reordering window, and how it learns (RFC 8985 §6.2 step 4); what became of tail loss probes (§7.4), on a path of 100 ms.</summary>
public class ReorderingTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const long RoundTrip = 100_000_000;

    [Fact]
    public void RFC_8985_the_reordering_window_is_none_while_no_reordering_was_seen_and_losses_are_plain()
    {
        var reordering = default(Reordering);
        Assert.Equal(RoundTrip / 4, reordering.Window(isRecovering: false, sackedCount: 2, RoundTrip, RoundTrip));
        Assert.Equal(0, reordering.Window(isRecovering: false, sackedCount: 3, RoundTrip, RoundTrip));
        Assert.Equal(0, reordering.Window(isRecovering: true, sackedCount: 0, RoundTrip, RoundTrip));
        reordering.OnReordering();
        Assert.Equal(RoundTrip / 4, reordering.Window(isRecovering: true, sackedCount: 3, RoundTrip, RoundTrip));
    }

    [Fact]
    public void RFC_8985_the_reordering_window_grows_once_a_round_by_D_SACKs_up_to_a_round_trip_and_for_sixteen_recoveries()
    {
        var reordering = default(Reordering);
        reordering.OnReordering();
        for (var round = 1; round <= 5; round++)
        {
            reordering.OnDuplicate(new((uint)round * 1000));
            reordering.OnDuplicate(new((uint)round * 1000));
            Assert.Equal((1 + round, Math.Min(RoundTrip, (1 + round) * RoundTrip / 4)), (reordering.Multiplier, reordering.Window(true, 3, RoundTrip, RoundTrip)));
            reordering.OnAdvanced(new(((uint)round * 1000) - 1));
            reordering.OnDuplicate(new((uint)round * 1000));
            Assert.Equal(1 + round, reordering.Multiplier);
            reordering.OnAdvanced(new((uint)round * 1000));
        }

        for (var i = 0; i < 15; i++)
        {
            reordering.OnRecovered();
        }

        Assert.Equal(6, reordering.Multiplier);

        // Each D-SACK makes it sixteen again.
        reordering.OnDuplicate(new(10_000));
        for (var i = 0; i < 15; i++)
        {
            reordering.OnRecovered();
        }

        Assert.Equal(7, reordering.Multiplier);
        reordering.OnRecovered();
        Assert.Equal((1, RoundTrip / 4), (reordering.Multiplier, reordering.Window(true, 3, RoundTrip, RoundTrip)));
    }

    [Fact]
    public void RFC_8985_after_a_D_SACK_a_segment_may_be_overtaken_for_half_a_round_trip() => Script.Run(async script =>
    {
        var (peer, flow) = await Send(script, 3);
        Sack(peer, 1, (1001, 2001));
        Assert.InRange((await peer.Expect(Ack, 1, 1, 1000)).At, 225, 228);
        peer.Send(Ack, 1, 3001);
        Sack(peer, 3001, (1, 1001));
        await script.SleepUntil(500);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.DuplicatesReported, script.Stack.Counters.Tcp.SpuriousRecoveries));

        (await flow.WriteAsync(new byte[3000])).ThrowIfFailed();
        await Expect(peer, 3001, 3);
        await script.SleepUntil(600);
        Sack(peer, 3001, (4001, 5001));
        Assert.InRange((await peer.Expect(Ack, 3001, 1, 1000)).At, 650, 653);
    });

    [Fact]
    public void RFC_8985_segments_that_overtake_each_other_again_and_again_are_not_sent_again_and_the_window_grows() => Script.Run(async script =>
    {
        // Each round all that was sent in it arrives in the worst order, within 5 ms: the last first.
        var (peer, flow) = await Send(script, 3);
        Sack(peer, 1, (1001, 2001));
        peer.Send(Ack, 1, 3001);
        var writing = flow.WriteAsync(new byte[400_000]);
        var next = 3001;
        for (var round = 0; round < 4; round++)
        {
            var (una, before) = (next, Window(flow).Congestion);
            while (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(0.5)) is { } sent)
            {
                next = (int)(sent.RawSequence - peer.StackIss) + sent.Payload.Length;
            }

            await script.Sleep(100);
            var count = (next - una) / 1000;
            Assert.True(count >= 10);
            for (var i = count - 1; i > 0; i--)
            {
                Sack(peer, una, (una + (i * 1000), next));
                await script.Sleep(5.0 / count);
            }

            peer.Send(Ack, 1, next);
            await script.Sleep(0.5);
            Assert.True(Window(flow).Congestion > before);
        }

        Assert.False(writing.IsCompleted);
        Assert.Equal((0L, 0L, 0L), (script.Stack.Counters.Tcp.Retransmissions, script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.RetransmissionTimeouts));
        Assert.Equal(long.MaxValue, Window(flow).Threshold);
    });

    [Fact]
    public void RFC_8985_a_loss_that_the_tail_loss_probe_repaired_reduces_the_window() => Script.Run(async script =>
    {
        var (peer, flow) = await Send(script, 3);
        await peer.Expect(Ack, 2001, 1, 1000);
        peer.Send(Ack, 1, 3001);
        await script.Sleep(1);
        Assert.Equal(long.MaxValue, Window(flow).Threshold);

        // §7.4.2: what was sent after the probe is acknowledged, and no D-SACK came: one of the two was lost.
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        await Expect(peer, 3001, 1);
        peer.Send(Ack, 1, 4001);
        await script.Sleep(1);
        Assert.Equal((2000L, 2000L), Window(flow));
        Assert.Equal((1L, 0L, 0L), (script.Stack.Counters.Tcp.TailLossProbes, script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.RetransmissionTimeouts));
    });

    [Fact]
    public void RFC_8985_a_tail_loss_probe_that_arrived_twice_reduces_nothing() => Script.Run(async script =>
    {
        var (peer, flow) = await Send(script, 3);
        await peer.Expect(Ack, 2001, 1, 1000);
        peer.Send(Ack, 1, 3001);
        Sack(peer, 3001, (2001, 3001));
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        await Expect(peer, 3001, 1);
        peer.Send(Ack, 1, 4001);
        await script.Sleep(1);
        Assert.Equal(long.MaxValue, Window(flow).Threshold);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.TailLossProbes, script.Stack.Counters.Tcp.DuplicatesReported));
    });

    /// <summary>Segments of 1000 bytes have left, and 100 ms are over since; the clock is at 200 ms.</summary>
    private static async Task<(Peer Peer, TcpFlow Flow)> Send(Script script, int count)
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[count * 1000])).ThrowIfFailed();
        await Expect(peer, 1, count);
        await script.SleepUntil(200);
        return (peer, flow);
    }

    private static async Task Expect(Peer peer, int from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await peer.Expect(Ack, from + (i * 1000), 1, 1000);
        }
    }

    private static (long Congestion, long Threshold) Window(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        return (statistics.CongestionWindow, statistics.SlowStartThreshold);
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
