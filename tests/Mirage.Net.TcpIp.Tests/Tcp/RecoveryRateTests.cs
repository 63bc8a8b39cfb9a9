using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What leaves in fast recovery and at its end (RFC 9937, RFC 6582), and that it reduces the window once, on a path of 100 ms.</summary>
public class RecoveryRateTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    public void RFC_9937_what_the_reordering_timer_finds_lost_in_recovery_leaves_in_no_burst() => Script.Run(async script =>
    {
        // The first three show a round trip of 100 ms, and reordering: from then on RACK waits for 25 ms more.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[3000])).ThrowIfFailed();
        await Expect(peer, 1, 3);
        await script.SleepUntil(200);
        Sack(peer, 1, (1001, 2001));
        peer.Send(Ack, 1, 3001);

        // Five leave now, five 10 ms later, and only the last arrives: the others are found lost at 325 ms and at 335 ms.
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        await Expect(peer, 3001, 5);
        await script.SleepUntil(210);
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        await Expect(peer, 8001, 5);
        await script.SleepUntil(310);
        Sack(peer, 3001, (12_001, 13_001));
        var first = await peer.Expect(Ack, 3001, 1, 1000);
        Assert.InRange(first.At, 325, 328);
        await script.SleepUntil(400);

        // Nine are lost, and what is in flight is one. Nothing has arrived in recovery, and so no more than the first leaves.
        Assert.Equal((1L, 1L, 0L), (script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.Retransmissions, script.Stack.Counters.Tcp.RetransmissionTimeouts));

        // Its arrival lets out as much, and one more as SND.UNA has advanced (SafeACK).
        await script.SleepUntil(425);
        Sack(peer, 4001, (12_001, 13_001));
        await Expect(peer, 4001, 2);
        await peer.ExpectNothing(20);
    });

    [Fact]
    public void RFC_6582_the_end_of_a_recovery_in_which_the_peers_window_held_data_back_makes_no_burst() => Script.Run(async script =>
    {
        // Slow start up to 40 segments, with a window of the peer's that ends where the flight does.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        var writing = flow.WriteAsync(new byte[200_000]);
        await Expect(peer, 1, 10);
        var una = 1;
        for (var next = 10_001; next < 60_001;)
        {
            await script.Sleep(100);
            for (var end = next; una < end; una += 2000)
            {
                peer.Send(Ack, 1, una + 2000);
            }

            while (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(1)) is { } sent)
            {
                next = Math.Max(next, (int)(sent.RawSequence - peer.StackIss) + sent.Payload.Length);
            }
        }

        var flight = Statistics(flow).CongestionWindow;
        await script.Sleep(100);
        var last = una + (int)flight;
        peer.Send(Ack, 1, una, window: (ushort)flight);
        Sack(peer, una, (ushort)flight, (una + 1000, last));
        await peer.Expect(Ack, una, 1, 1000);
        await peer.ExpectNothing(50);
        Assert.Equal(1, script.Stack.Counters.Tcp.FastRecoveries);

        // All has arrived, and the window opens: what leaves at once is an initial window, not the threshold.
        peer.Send(Ack, 1, last);
        await Expect(peer, last, 10);
        await peer.ExpectNothing(50);
        Assert.True(Statistics(flow).SlowStartThreshold > 20_000);

        // From there slow start goes on.
        peer.Send(Ack, 1, last + 2000);
        await Expect(peer, last + 10_000, 4);
        await peer.ExpectNothing(50);
        (await writing).ThrowIfFailed();
    });

    [Fact]
    public void RFC_6675_losses_found_later_in_recovery_reduce_the_window_no_further() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[10_000])).ThrowIfFailed();
        await Expect(peer, 1, 10);
        await script.SleepUntil(200);
        Sack(peer, 1, 65_535, (1001, 4001));
        await peer.Expect(Ack, 1, 1, 1000);
        Assert.Equal((7000L, 7000L), (Statistics(flow).CongestionWindow, Statistics(flow).SlowStartThreshold));
        Sack(peer, 1, 65_535, (1001, 4001), (5001, 10_001));
        await peer.Expect(Ack, 4001, 1, 1000);
        peer.Send(Ack, 1, 10_001);
        await peer.ExpectNothing(50);
        Assert.Equal((1L, 7000L, 7000L), (script.Stack.Counters.Tcp.FastRecoveries, Statistics(flow).CongestionWindow, Statistics(flow).SlowStartThreshold));
    });

    private static async Task Expect(Peer peer, int from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await peer.Expect(Ack, from + (i * 1000), 1, 1000);
        }
    }

    private static TcpStatistics Statistics(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        return control.GetStatistics().ThrowIfFailed();
    }

    private static void Sack(Peer peer, long ack, params (int Start, int End)[] blocks) => Sack(peer, ack, 65_535, blocks);

    private static void Sack(Peer peer, long ack, ushort window, params (int Start, int End)[] blocks)
    {
        var options = default(TcpOptions);
        foreach (var (start, end) in blocks)
        {
            options.AddSack(new(peer.StackIss + (uint)start), new(peer.StackIss + (uint)end));
        }

        peer.Send(Ack, 1, ack, window: window, options: options);
    }
}
