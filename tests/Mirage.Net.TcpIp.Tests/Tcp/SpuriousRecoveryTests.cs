using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>
/// Recoveries that were not needed, found by timestamps (Eifel, RFC 3522) and by F-RTO with SACK (RFC 5682 §3.1), and what is given back (RFC 4015, RFC 9438 §4.9), on a path of 100 ms.
/// What is found without either, and by D-SACK, is in <see cref="RackTests"/>.
/// </summary>
public class SpuriousRecoveryTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    public void RFC_3522_an_echo_of_the_first_transmission_undoes_a_fast_recovery() => Script.Run(async script =>
    {
        var (peer, flow, timestamp) = await Send(script, 10);
        await script.SleepUntil(200);
        peer.Send(Ack, 1, 1, options: Echo(peer, timestamp, (1001, 4001)));
        var again = await peer.Expect(Ack, 1, 1, 1000);
        Assert.True(again.Options.TimestampValue > timestamp);
        Assert.Equal((7000L, 7000L), Window(flow));

        // The first had only been overtaken.
        peer.Send(Ack, 1, 10_001, options: Echo(peer, timestamp));
        await script.Sleep(1);
        Assert.Equal((10_000L, long.MaxValue), Window(flow));
        Assert.Equal((1L, 1L, 1L), (script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.SpuriousRecoveries, script.Stack.Counters.Tcp.Retransmissions));
    });

    [Fact]
    public void RFC_3522_an_echo_of_the_retransmission_undoes_nothing() => Script.Run(async script =>
    {
        var (peer, flow, timestamp) = await Send(script, 10);
        await script.SleepUntil(200);
        peer.Send(Ack, 1, 1, options: Echo(peer, timestamp, (1001, 4001)));
        var again = await peer.Expect(Ack, 1, 1, 1000);
        await script.SleepUntil(300);
        peer.Send(Ack, 1, 10_001, options: Echo(peer, again.Options.TimestampValue));
        await script.Sleep(1);
        Assert.Equal((7000L, 7000L), Window(flow));
        Assert.Equal(0, script.Stack.Counters.Tcp.SpuriousRecoveries);
    });

    [Fact]
    public void RFC_3522_an_echo_of_the_first_transmission_undoes_a_time_out() => Script.Run(async script =>
    {
        var (peer, flow, timestamp) = await Send(script, 5);
        await peer.Expect(Ack, 4001, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000);
        Assert.Equal((1000, 1), (Window(flow).Congestion, script.Stack.Counters.Tcp.RetransmissionTimeouts));
        peer.Send(Ack, 1, 3001, options: Echo(peer, timestamp));
        await peer.ExpectNothing(50);
        Assert.True(Window(flow) is { Congestion: >= 10_000, Threshold: long.MaxValue });
        Assert.Equal(1, script.Stack.Counters.Tcp.SpuriousRecoveries);
    });

    [Fact]
    public void RFC_5682_with_SACK_a_time_out_is_undone_by_what_was_sent_once_only() => Script.Run(async script =>
    {
        // §3.1 step 3b: besides the first, which was sent twice, the second is acknowledged, which was not.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        await Expect(peer, 5);
        await peer.Expect(Ack, 4001, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000);
        Assert.Equal(1000, Window(flow).Congestion);
        peer.Send(Ack, 1, 2001);
        await peer.ExpectNothing(50);
        Assert.True(Window(flow) is { Congestion: >= 10_000, Threshold: long.MaxValue });
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.RetransmissionTimeouts, script.Stack.Counters.Tcp.SpuriousRecoveries));
    });

    [Fact]
    public void RFC_5682_with_SACK_duplicates_after_a_time_out_undo_nothing() => Script.Run(async script =>
    {
        // §3.1 step 2a: what was sent after it has arrived, and the first has not.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true }, roundTrip: 100);
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        await Expect(peer, 5);
        await peer.Expect(Ack, 4001, 1, 1000);
        await peer.Expect(Ack, 1, 1, 1000);
        var options = default(TcpOptions);
        options.AddSack(new(peer.StackIss + 4001), new(peer.StackIss + 5001));
        peer.Send(Ack, 1, 1, options: options);
        peer.Send(Ack, 1, 2001, options: options);
        await script.Sleep(1);
        Assert.Equal(3500, Window(flow).Threshold);
        Assert.Equal(0, script.Stack.Counters.Tcp.SpuriousRecoveries);
    });

    private static async Task<(Peer Peer, TcpFlow Flow, uint Timestamp)> Send(Script script, int count)
    {
        var options = new TcpOptions { MaximumSegmentSize = 1012, SackPermitted = true, HasTimestamp = true, TimestampValue = 500 };
        var (peer, flow) = await script.AcceptAsync(options, roundTrip: 100);
        (await flow.WriteAsync(new byte[count * 1000])).ThrowIfFailed();
        await Expect(peer, count);
        return (peer, flow, peer.Echo);
    }

    private static async Task Expect(Peer peer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }
    }

    private static TcpOptions Echo(Peer peer, uint timestamp, params (int Start, int End)[] blocks)
    {
        var options = new TcpOptions { HasTimestamp = true, TimestampValue = 600, TimestampEcho = timestamp };
        foreach (var (start, end) in blocks)
        {
            options.AddSack(new(peer.StackIss + (uint)start), new(peer.StackIss + (uint)end));
        }

        return options;
    }

    private static (long Congestion, long Threshold) Window(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        return (statistics.CongestionWindow, statistics.SlowStartThreshold);
    }
}
