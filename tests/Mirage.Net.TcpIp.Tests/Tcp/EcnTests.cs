using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>
/// RFC 3168, explicit congestion notification. What leaves and when, over IPv4 and IPv6, is in tests/Scripts/rfc3168; here is what needs cookies, statistics, or losses at the
/// same time.
/// </summary>
public class EcnTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Echo = TcpFlags.Ack | TcpFlags.Ece;
    private const TcpFlags Reduced = TcpFlags.Ack | TcpFlags.Cwr;
    private const TcpFlags Ask = TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;
    private const byte Capable = 0x02;
    private const byte Marked = 0x03;
    private const int Segment = 1000;

    private static readonly TcpOptions Plain = new() { MaximumSegmentSize = Segment };
    private static readonly TcpOptions Selective = new() { MaximumSegmentSize = Segment, SackPermitted = true };
    private static readonly TcpOptions Timestamps = new() { MaximumSegmentSize = Segment, HasTimestamp = true, TimestampValue = 500 };

    [Theory]
    [InlineData(EcnUse.Never, TcpFlags.Syn)]
    [InlineData(EcnUse.Accept, TcpFlags.Syn)]
    [InlineData(EcnUse.Always, Ask)]
    public void Section_6_1_1_who_connects_asks_only_where_the_settings_say_so(EcnUse use, TcpFlags flags) => Script.Run(
        async script =>
        {
            var (peer, connecting) = script.Connect();
            await peer.Expect(flags, 0);
            peer.Send(SynAck | TcpFlags.Ece, 0, 1, options: Plain);
            await peer.Expect(Ack, 1, 1);
            Assert.Equal(use == EcnUse.Always, Statistics((await connecting).ThrowIfFailed()).CongestionNotification);
        },
        new TcpSettings { Ecn = use });

    [Theory]
    [InlineData(EcnUse.Never, false)]
    [InlineData(EcnUse.Accept, true)]
    [InlineData(EcnUse.Always, true)]
    public void Section_6_1_1_a_listener_agrees_unless_the_settings_forbid_it(EcnUse use, bool agrees) => Script.Run(
        async script =>
        {
            var (peer, flow) = await OpenAsync(script, Plain, agrees);
            Assert.Equal(agrees, Statistics(flow).CongestionNotification);
            (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
            Assert.Equal(agrees ? Capable : 0, (await peer.Expect(Ack, 1, 1, 10)).TrafficClass);
        },
        new TcpSettings { Ecn = use });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Section_6_1_1_a_cookie_brings_it_back_with_the_timestamp(bool hasTimestamps) => Script.Run(
        async script =>
        {
            var (peer, flow) = await OpenAsync(script, hasTimestamps ? Timestamps : Plain, agrees: hasTimestamps);
            Assert.Equal(1, script.Stack.Counters.Tcp.CookiesAccepted);
            Assert.Equal(hasTimestamps, Statistics(flow).CongestionNotification);
            (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
            Assert.Equal(hasTimestamps ? Capable : 0, (await peer.Expect(Ack, 1, 1, 10)).TrafficClass);
        },
        new TcpSettings { SynCookies = SynCookieUse.Always });

    [Theory]
    [InlineData(EcnUse.Accept, true)]
    [InlineData(EcnUse.Never, false)]
    public void Section_6_1_1_a_cookie_that_claims_it_is_believed_only_where_it_may_be(EcnUse use, bool expected) => Script.Run(
        async script =>
        {
            var accepted = script.Listen();
            var peer = script.NewPeer();
            peer.HasTimestamps = true;
            peer.Send(TcpFlags.Syn, 0, options: Timestamps);
            await peer.Expect(SynAck, 0, 1);

            // The bit lies in what the peer echoes, which it may change.
            Assert.Equal(0u, peer.Echo & 0x20);
            peer.Echo |= 0x20;
            peer.Send(Ack);
            Assert.Equal(expected, Statistics(await accepted.NextAsync()).CongestionNotification);
        },
        new TcpSettings { SynCookies = SynCookieUse.Always, Ecn = use });

    [Theory]
    [InlineData(0, 40, Ack)]
    [InlineData(Capable, 40, Ack)]
    [InlineData(Marked, 0, Echo)]
    public void Section_6_1_3_a_mark_is_acknowledged_at_once(byte trafficClass, double delay, TcpFlags flags) => Script.Run(async script =>
    {
        var (peer, flow) = await OpenAsync(script, Plain);
        for (var i = 0; i < 16; i++)
        {
            // The first are all acknowledged at once.
            peer.Send(Ack, 1 + (i * 10), 1, data: new byte[10]);
            await peer.Expect(Ack, 1, 11 + (i * 10));
        }

        var sent = script.Now;
        peer.TrafficClass = trafficClass;
        peer.Send(Ack, 161, 1, data: new byte[10]);
        await peer.Expect(flags, 1, 171, at: sent + delay);
        var marks = trafficClass == Marked ? 1 : 0;
        Assert.Equal((marks, marks), (Statistics(flow).MarksReceived, script.Stack.Counters.Tcp.MarksReceived));
    });

    [Fact]
    public void Section_6_1_3_without_agreement_a_mark_is_nothing() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Plain);
        peer.TrafficClass = Marked;
        peer.Send(Ack, 1, 1, data: new byte[10]);
        await peer.Expect(Ack, 1, 11);
        Assert.Equal((0L, 0L), (Statistics(flow).MarksReceived, script.Stack.Counters.Tcp.MarksReceived));
    });

    [Fact]
    public void Section_6_1_2_a_mark_and_a_loss_in_one_window_reduce_it_once() => Script.Run(async script =>
    {
        var (peer, flow) = await SendAsync(script, Selective, 10);
        peer.Send(Echo, 1, 1001);
        await script.Sleep(1);
        Assert.Equal((7000L, 1L), (Statistics(flow).SlowStartThreshold, Statistics(flow).MarkReactions));

        Sack(peer, Echo, 1001, (2001, 5001));
        var again = await peer.Expect(Ack, 1001, 1, Segment);
        Assert.Equal(0, again.TrafficClass);
        peer.Send(Ack, 1, 10_001);
        await script.Sleep(1);
        Assert.Equal((7000L, 7000L), (Statistics(flow).SlowStartThreshold, Statistics(flow).CongestionWindow));
        Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.FastRecoveries, script.Stack.Counters.Tcp.MarkReactions));

        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        Assert.Equal(Capable, (await peer.Expect(Reduced, 10_001, 1, 10)).TrafficClass);
    });

    [Fact]
    public void Section_6_1_2_a_loss_and_then_a_mark_in_one_window_reduce_it_once() => Script.Run(async script =>
    {
        var (peer, flow) = await SendAsync(script, Selective, 10);
        Sack(peer, Ack, 1, (1001, 4001));
        await peer.Expect(Ack, 1, 1, Segment);
        peer.Send(Echo, 1, 10_001);
        await script.Sleep(1);
        Assert.Equal((7000L, 0L), (Statistics(flow).CongestionWindow, Statistics(flow).MarkReactions));

        // What is sent from now on is a new window.
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        await peer.Expect(Reduced, 10_001, 1, Segment);
        await peer.Expect(Ack, 11_001, 1, Segment);
        peer.Send(Echo, 1, 11_001);
        await script.Sleep(1);
        Assert.Equal((3500L, 1L, TcpCongestionState.Reduced), (Statistics(flow).CongestionWindow, Statistics(flow).MarkReactions, Statistics(flow).CongestionState));
    });

    [Theory]
    [InlineData(Ack, 10_000)]
    [InlineData(Echo, 7000)]
    public void RFC_4015_a_recovery_that_was_not_needed_is_undone_unless_there_was_a_mark(TcpFlags flags, long window) => Script.Run(async script =>
    {
        var (peer, flow) = await SendAsync(script, Selective, 10);
        Sack(peer, Ack, 1, (1001, 4001));
        await peer.Expect(Ack, 1, 1, Segment);
        peer.Send(flags, 1, 10_001);
        await script.Sleep(100);
        Sack(peer, Ack, 10_001, (1, 1001));
        await script.Sleep(1);
        Assert.Equal(window, Statistics(flow).CongestionWindow);
    });

    [Theory]
    [InlineData(Ack, 10_000, 1)]
    [InlineData(Echo, 2000, 0)]
    public void RFC_4015_a_time_out_that_was_not_needed_is_undone_unless_there_was_a_mark(TcpFlags flags, long window, long undone) => Script.Run(async script =>
    {
        // RFC 5682 §2.1, without SACK.
        var (peer, flow) = await SendAsync(script, Plain, 10, write: 20_000);
        await peer.Expect(Ack, 1, 1, Segment);
        peer.Send(Ack, 1, 1001);
        await peer.Expect(Reduced, 10_001, 1, Segment);
        await peer.Expect(Ack, 11_001, 1, Segment);
        peer.Send(flags, 1, 2001);
        await script.Sleep(1);
        Assert.InRange(Statistics(flow).CongestionWindow, window, window + 2000);
        Assert.Equal(undone, script.Stack.Counters.Tcp.SpuriousRecoveries);
    });

    [Fact]
    public void Section_6_1_2_with_a_window_of_one_segment_data_waits_for_the_retransmission_timer() => Script.Run(async script =>
    {
        var (peer, flow) = await OpenAsync(script, Plain);
        (await flow.WriteAsync(new byte[Segment])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, Segment, at: 0);
        await peer.Expect(Ack, 1, 1, Segment, at: 200);
        peer.Send(Echo, 1, 1001);
        await script.Sleep(1);
        Assert.Equal((long)Segment, Statistics(flow).CongestionWindow);

        // The time-out is backed off until something is measured (RFC 6298 (5.5)).
        var sent = script.Now - 1;
        (await flow.WriteAsync(new byte[3 * Segment])).ThrowIfFailed();
        await peer.Expect(Reduced, 1001, 1, Segment, at: sent + 400);
        await peer.ExpectNothing(50);
        peer.Send(Ack, 1, 2001);
        await peer.Expect(Ack, 2001, 1, Segment, at: sent + 450);
        await peer.Expect(Ack, 3001, 1, Segment);
    });

    [Fact]
    public void Section_6_1_2_what_was_held_and_is_nothing_holds_nothing_later() => Script.Run(async script =>
    {
        var (peer, flow) = await OpenAsync(script, Plain);
        (await flow.WriteAsync(new byte[Segment])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, Segment);
        await peer.Expect(Ack, 1, 1, Segment);
        peer.Send(Echo, 1, 1001);
        await script.Sleep(1000);
        var written = script.Now;
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        await peer.Expect(Reduced, 1001, 1, 10, at: written);
    });

    [Fact]
    public void Section_6_1_2_a_lost_CWR_is_told_again_after_the_recovery() => Script.Run(async script =>
    {
        var (peer, flow) = await SendAsync(script, Selective, 10, write: 30_000);
        peer.Send(Echo, 1, 10_001);
        await peer.Expect(Reduced, 10_001, 1, Segment);
        for (var i = 1; i < 7; i++)
        {
            await peer.Expect(Ack, 10_001 + (i * Segment), 1, Segment);
        }

        await script.Sleep(100);
        Sack(peer, Echo, 10_001, (11_001, 17_001));
        Assert.Equal(0, (await peer.Expect(Ack, 10_001, 1, Segment)).TrafficClass);
        var next = await peer.Next();
        Assert.Equal((17_001L, Reduced, Capable), (next.Seq, next.Flags & ~TcpFlags.Psh, next.TrafficClass));
    });

    [Fact]
    public void A_mark_halves_the_window_of_NewReno_and_is_never_undone()
    {
        var newReno = default(NewReno);
        newReno.Start(Segment);
        newReno.OnCongestion(CongestionSignal.Mark, 10 * Segment, default);
        Assert.Equal((5000L, 5000L), (newReno.Window, newReno.SlowStartThreshold));
        newReno.OnSpurious(default);
        Assert.Equal((5000L, 5000L), (newReno.Window, newReno.SlowStartThreshold));
        newReno.OnAcknowledged(new CongestionSample { Acknowledged = 10 * Segment, Delivered = 10 * Segment, IsWindowLimited = true, IsMarked = true });
        Assert.Equal(5000, newReno.Window);
    }

    [Fact]
    public void A_mark_leaves_seven_tenths_of_the_window_of_CUBIC_and_is_never_undone()
    {
        // RFC 9438 §4.6.
        var cubic = default(Cubic);
        cubic.Start(Segment);
        cubic.OnCongestion(CongestionSignal.Mark, 10 * Segment, default);
        Assert.Equal((7000L, 7000L), (cubic.Window, cubic.SlowStartThreshold));
        cubic.OnSpurious(default);
        Assert.Equal((7000L, 7000L), (cubic.Window, cubic.SlowStartThreshold));
        cubic.OnAcknowledged(new CongestionSample { Acknowledged = 10 * Segment, Delivered = 10 * Segment, IsWindowLimited = true, IsMarked = true });
        Assert.Equal(7000, cubic.Window);
    }

    private static async Task<(Peer Peer, TcpFlow Flow)> OpenAsync(Script script, TcpOptions options, bool agrees = true, double roundTrip = 0)
    {
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.HasTimestamps = options.HasTimestamp;
        peer.Send(Ask, 0, options: options);
        await peer.Expect(agrees ? SynAck | TcpFlags.Ece : SynAck, 0, 1);
        await script.Sleep(roundTrip);
        peer.Send(Ack);
        return (peer, await accepted.NextAsync());
    }

    /// <summary>So many segments have left, and a round trip of 100 ms is over since.</summary>
    private static async Task<(Peer Peer, TcpFlow Flow)> SendAsync(Script script, TcpOptions options, int count, int write = 0)
    {
        var (peer, flow) = await OpenAsync(script, options, roundTrip: 100);
        (await flow.WriteAsync(new byte[Math.Max(write, count * Segment)])).ThrowIfFailed();
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(Capable, (await peer.Expect(Ack, 1 + (i * Segment), 1, Segment)).TrafficClass);
        }

        await script.Sleep(100);
        return (peer, flow);
    }

    private static void Sack(Peer peer, TcpFlags flags, long ack, (uint Start, uint End) block)
    {
        var options = default(TcpOptions);
        options.AddSack(new(peer.StackIss + block.Start), new(peer.StackIss + block.End));
        peer.Send(flags, 1, ack, options: options);
    }

    private static TcpStatistics Statistics(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        return control.GetStatistics().ThrowIfFailed();
    }
}
