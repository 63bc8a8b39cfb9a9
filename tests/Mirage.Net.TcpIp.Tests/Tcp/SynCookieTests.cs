using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 4987 §3.6: a SYN of which nothing is kept.</summary>
public class SynCookieTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    private static readonly TcpSettings _always = new() { SynCookies = SynCookieUse.Always };

    [Theory]
    [InlineData(0, 536)]
    [InlineData(100, 64)]
    [InlineData(536, 536)]
    [InlineData(1400, 1360)]
    [InlineData(1440, 1440)]
    [InlineData(1460, 1460)]
    [InlineData(9000, 1460)]
    public void RFC_4987_the_segment_size_comes_back_with_the_cookie(int offered, int expected) => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = (ushort)offered });
            Assert.Equal((1L, 1L), (script.Stack.Counters.Tcp.CookiesSent, script.Stack.Counters.Tcp.CookiesAccepted));
            (await flow.WriteAsync(new byte[expected + 1])).ThrowIfFailed();
            await peer.Expect(Ack, 1, 1, expected);
        },
        _always);

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 7)]
    [InlineData(true, 14)]
    [InlineData(false, 9)]
    [InlineData(true, -1)]
    public void RFC_7323_scale_and_SACK_come_back_with_the_timestamp(bool sack, int scale) => Script.Run(
        async script =>
        {
            var options = new TcpOptions
            {
                MaximumSegmentSize = 1460, HasTimestamp = true, TimestampValue = 500, SackPermitted = sack, HasWindowScale = scale >= 0, WindowScale = (byte)Math.Max(0, scale),
            };
            var (_, flow) = await script.AcceptAsync(options, window: 3);
            Assert.True(flow.TryGet<TcpControl>(out var control));
            var statistics = control.GetStatistics().ThrowIfFailed();
            Assert.Equal((sack, true, scale >= 0), (statistics.SelectiveAcknowledgement, statistics.Timestamps, statistics.WindowScaling));
            Assert.Equal(3L << Math.Max(0, scale), statistics.SendWindow);
        },
        _always);

    [Fact]
    public void Without_timestamps_neither_is_agreed_on() => Script.Run(
        async script =>
        {
            _ = script.Listen();
            var peer = script.NewPeer();
            peer.Send(TcpFlags.Syn, 0, options: new TcpOptions { MaximumSegmentSize = 1460, SackPermitted = true, HasWindowScale = true, WindowScale = 7 });
            Assert.Equal("2", (await peer.Expect(SynAck, 0, 1)).OptionKinds);
        },
        _always);

    [Fact]
    public void The_marked_timestamp_is_never_ahead_of_what_follows() => Script.Run(
        async script =>
        {
            // Else PAWS at the peer (RFC 7323 §5) would drop it.
            for (var i = 0; i < 70; i++)
            {
                var options = new TcpOptions { HasTimestamp = true, TimestampValue = 500, SackPermitted = i % 2 == 0, HasWindowScale = true, WindowScale = (byte)(i % 15) };
                var (peer, flow) = await script.AcceptAsync(options);
                var marked = peer.Echo;
                (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
                var sent = await peer.Next();
                Assert.InRange((int)(sent.Options.TimestampValue - marked), 0, 64);
                await flow.AbortAsync();
                _ = await peer.Next();
                await script.Sleep(1.3);
            }
        },
        _always);

    [Fact]
    public void Data_that_comes_first_opens_too() => Script.Run(
        async script =>
        {
            var accepted = script.Listen();
            var peer = script.NewPeer();
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
            Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
            peer.Send(Ack | TcpFlags.Fin, 1, 1, text: "all of it");
            await peer.Expect(Ack, 1, 11);
            Assert.Equal(9, (await (await accepted.NextAsync()).ReadAllAsync()).Length);
        },
        _always);

    [Theory]
    [InlineData(0, true)]
    [InlineData(63, true)]
    [InlineData(129, false)]
    [InlineData(2000, false)]
    public void A_cookie_is_good_for_one_to_two_minutes(int seconds, bool good) => Script.Run(
        async script =>
        {
            var accepted = script.Listen();
            var peer = script.NewPeer();
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
            await script.Sleep(seconds * 1000);

            // Others keep cookies in use, and with 17 minutes the key changes.
            var other = script.NewPeer();
            other.Send(TcpFlags.Syn, 0);
            await other.Expect(SynAck, 0, 1);
            peer.Send(Ack, 1, 1);
            if (good)
            {
                _ = await accepted.NextAsync();
                await peer.ExpectNothing();
            }
            else
            {
                await peer.Expect(TcpFlags.Rst, 1);
                Assert.Equal(1, script.Stack.Counters.Tcp.CookiesFailed);
            }

            other.Send(Ack, 1, 1);
            _ = await accepted.NextAsync();
        },
        _always);

    [Fact]
    public void A_key_that_was_changed_meanwhile_is_still_good() => Script.Run(
        async script =>
        {
            var accepted = script.Listen();
            var first = script.NewPeer();
            first.Send(TcpFlags.Syn, 0);
            await first.Expect(SynAck, 0, 1);
            await script.SleepUntil((16 * 64_000) - 1000);
            var before = script.NewPeer();
            before.Send(TcpFlags.Syn, 0);
            await before.Expect(SynAck, 0, 1);
            await script.Sleep(2000);
            var after = script.NewPeer();
            after.Send(TcpFlags.Syn, 0);
            await after.Expect(SynAck, 0, 1);
            before.Send(Ack);
            after.Send(Ack);
            _ = await accepted.NextAsync();
            _ = await accepted.NextAsync();
            Assert.Equal(2, script.Stack.Counters.Tcp.CookiesAccepted);
        },
        _always);

    [Fact]
    public void A_forged_acknowledgement_opens_nothing() => Script.Run(
        async script =>
        {
            var accepted = script.Listen();
            var peer = script.NewPeer();
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
            var random = new Random(1);
            for (var i = 0; i < 1000; i++)
            {
                peer.SendRaw(Ack, peer.Iss + 1, (uint)random.NextInt64(1L << 32), 1000, []);
            }

            // Neither does the right one with another's sequence number, or from another port.
            peer.SendRaw(Ack, peer.Iss + 2, peer.StackIss + 1, 1000, []);
            script.NewPeer().SendRaw(Ack, peer.Iss + 1, peer.StackIss + 1, 1000, []);
            await script.Sleep(10);
            Assert.Equal((0, 0L, 1002L), (accepted.Count, script.Stack.Counters.Tcp.PassiveOpens, script.Stack.Counters.Tcp.CookiesFailed));
        },
        _always);

    [Fact]
    public void Only_a_listener_that_sent_cookies_looks_for_them() => Script.Run(async script =>
    {
        _ = script.Listen();
        var peer = script.NewPeer();
        peer.Send(Ack, 1, 9);
        await peer.Expect(TcpFlags.Rst, 9);
        Assert.Equal(0, script.Stack.Counters.Tcp.CookiesFailed);
    });

    [Fact]
    public void A_full_backlog_answers_with_cookies_and_keeps_what_it_has() => Script.Run(async script =>
    {
        var accepted = script.Listen(options: new TcpListenOptions { Backlog = 2 });
        var peers = Enumerable.Range(0, 4).Select(_ => script.NewPeer()).ToArray();
        foreach (var peer in peers)
        {
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
        }

        Assert.Equal((2, 2L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.CookiesSent));
        foreach (var peer in peers.Reverse())
        {
            peer.Send(Ack);
            _ = await accepted.NextAsync();
        }

        Assert.Equal((0, 4L, 2L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.PassiveOpens, script.Stack.Counters.Tcp.CookiesAccepted));
    });

    [Fact]
    public void All_listeners_together_have_a_bound() => Script.Run(
        async script =>
        {
            for (ushort port = 81; port <= 84; port++)
            {
                _ = script.Listen(port);
                var peer = script.NewPeer(port);
                peer.Send(TcpFlags.Syn, 0);
                await peer.Expect(SynAck, 0, 1);
            }

            Assert.Equal((3, 1L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.CookiesSent));
        },
        limits: new StackLimits { MaxHalfOpen = 3 });
}
