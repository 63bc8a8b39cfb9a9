using System.Text;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 9293 §3.10.7.4 seventh and eighth: text and FIN in and out of order, SACK (RFC 2018, 2883), timestamps (RFC 7323).</summary>
public class ReceivingTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    private static readonly TcpOptions Sack = new() { MaximumSegmentSize = 1000, SackPermitted = true };

    [Theory]
    [InlineData(1000u)]
    [InlineData(0x7fff_fffeu)]
    [InlineData(0xffff_fffeu)]
    public void What_arrives_out_of_order_is_acknowledged_with_blocks_the_latest_first(uint iss) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Sack, iss: iss);
        peer.Send(Ack, 11, text: "bbbbb");
        await Expect("11-16");
        peer.Send(Ack, 31, text: "ddddd");
        await Expect("31-36 11-16");
        peer.Send(Ack, 21, text: "ccccc");
        await Expect("21-26 31-36 11-16");
        peer.Send(Ack, 41, text: "eeeee");
        await Expect("41-46 31-36 21-26 11-16");

        // RFC 2883 §4.1: what came twice comes first, then the run that holds it.
        peer.Send(Ack, 22, text: "ccc");
        await Expect("22-25 21-26 41-46 31-36");
        peer.Send(Ack, 1, text: "0123456789");
        Assert.Equal("21-26 41-46 31-36", (await peer.Expect(Ack, 1, 16)).Sack(peer.Iss));
        peer.Send(Ack, 1, text: "0123456789");
        Assert.StartsWith("1-11 ", (await peer.Expect(Ack, 1, 16)).Sack(peer.Iss), StringComparison.Ordinal);
        peer.Send(Ack, 16, text: new string('x', 40));
        await peer.Expect(Ack, 1, 56);
        var buffer = new byte[100];
        Assert.Equal(55, (await flow.ReadAsync(buffer)).Count);
        Assert.Equal("0123456789bbbbb" + new string('x', 40), Encoding.ASCII.GetString(buffer, 0, 55));

        async Task Expect(string blocks) => Assert.Equal(blocks, (await peer.Expect(Ack, 1, 1)).Sack(peer.Iss));
    });

    [Fact]
    public void Six_segments_in_every_order_are_read_in_order() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        var next = 1;
        var buffer = new byte[100];
        foreach (var order in Permutations([0, 1, 2, 3, 4, 5]))
        {
            foreach (var index in order)
            {
                peer.Send(Ack, next + (index * 3), text: $"{index}{index}{index}");
            }

            await script.Sleep(0.01);
            Assert.Equal(18, (await flow.ReadAsync(buffer)).Count);
            Assert.Equal("000111222333444555", Encoding.ASCII.GetString(buffer, 0, 18));
            next += 18;
        }
    });

    [Fact]
    public void Data_segments_carry_SACK_blocks_and_are_not_too_long() => Script.Run(async script =>
    {
        // RFC 2018 §4 and RFC 6691: options come off the segment.
        var (peer, flow) = await script.AcceptAsync(Sack);
        peer.Send(Ack, 11, text: "bbbbb");
        await peer.Expect(Ack, 1, 1);
        (await flow.WriteAsync(new byte[2000])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 1, 1, 1000 - 12);
        Assert.Equal("11-16", sent.Sack(peer.Iss));
    });

    [Fact]
    public void A_FIN_out_of_order_waits_for_what_is_before_it() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(FinAck, 4, text: "def");
        await peer.Expect(Ack, 1, 1);
        peer.Send(Ack, 1, text: "abc");
        await peer.Expect(Ack, 1, 8);
        Assert.Equal("abcdef", Encoding.ASCII.GetString(await flow.ReadAllAsync()));
    });

    [Fact]
    public void There_is_no_text_after_the_FIN() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(FinAck, 4);
        await peer.Expect(Ack, 1, 1);
        peer.Send(Ack, 1, text: "abcdef");
        await peer.Expect(Ack, 1, 5);
        Assert.Equal("abc", Encoding.ASCII.GetString(await flow.ReadAllAsync()));
        peer.Send(Ack, 5, text: "more");
        await peer.Expect(Ack, 1, 5);
    });

    [Fact]
    public void A_FIN_before_text_that_has_arrived_is_not_believed() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(Ack, 4, text: "def");
        await peer.Expect(Ack, 1, 1);
        peer.Send(FinAck, 4);
        await peer.Expect(Ack, 1, 1);
        peer.Send(Ack, 1, text: "abc");
        await peer.Expect(Ack, 1, 7);
        peer.Send(FinAck, 7);
        await peer.Expect(Ack, 1, 8);
        Assert.Equal("abcdef", Encoding.ASCII.GetString(await flow.ReadAllAsync()));
    });

    [Fact]
    public void Runs_are_bounded_and_what_is_dropped_comes_again() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync();
            foreach (var start in new[] { 11, 31, 21 })
            {
                peer.Send(Ack, start, text: "x");
                await peer.Expect(Ack, 1, 1);
            }

            Assert.Equal((2L, 1L), (script.Stack.Counters.Tcp.OutOfOrder, script.Stack.Counters.Tcp.OutOfOrderDropped));
            peer.Send(Ack, 1, text: new string('y', 20));
            await peer.Expect(Ack, 1, 21);
            Assert.Equal(20, (await flow.ReadAsync(new byte[50])).Count);
        },
        limits: new StackLimits { MaxOutOfOrderRuns = 2 });

    [Fact]
    public void Text_beyond_the_window_is_cut_off() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync();
            peer.Send(Ack, 1, data: new byte[1400]);
            await peer.Expect(Ack, 1, 1001, window: 0);
            peer.Send(Ack, 1001, text: "zzz");
            await peer.Expect(Ack, 1, 1001, window: 0);
            Assert.Equal(1000, (await flow.ReadAsync(new byte[2000])).Count);
        },
        new TcpSettings { ReceiveBuffer = 1000 });

    [Fact]
    public void Timestamps_echo_the_segment_that_is_acknowledged_and_old_ones_are_dropped() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, HasTimestamp = true, TimestampValue = 500 });
        peer.Timestamp = 600;
        peer.Send(Ack, 1, text: "a");
        Assert.Equal(600u, (await peer.Expect(Ack, 1, 2)).Options.TimestampEcho);

        // RFC 7323 §4.3 (B): out of order, so not the one that moves the window's edge.
        peer.Timestamp = 700;
        peer.Send(Ack, 5, text: "e");
        Assert.Equal(600u, (await peer.Expect(Ack, 1, 2)).Options.TimestampEcho);

        // RFC 7323 §4.3 (C): what fills the hole.
        peer.Timestamp = 650;
        peer.Send(Ack, 2, text: "bcd");
        Assert.Equal(650u, (await peer.Expect(Ack, 1, 6)).Options.TimestampEcho);

        // PAWS (RFC 7323 §5.3 R1).
        peer.Timestamp = 640;
        peer.Send(Ack, 6, text: "old");
        await peer.Expect(Ack, 1, 6);
        Assert.Equal(1, script.Stack.Counters.Tcp.OldTimestamps);

        // RFC 7323 §3.2: without one it is dropped.
        peer.Send(Ack, 6, text: "none", options: default(TcpOptions));
        await peer.ExpectNothing();
        Assert.Equal(2, script.Stack.Counters.Tcp.OldTimestamps);
        Assert.Equal(5, (await flow.ReadAsync(new byte[50])).Count);

        // RFC 7323 §5.5: after 24 days it cannot be compared.
        await script.Sleep(25.0 * 24 * 3600 * 1000);
        peer.Send(Ack, 6, text: "again");
        await peer.Expect(Ack, 1, 11);
    });

    [Theory]
    [InlineData(23, true)]
    [InlineData(23, false)]
    [InlineData(25, true)]
    public void RFC_7323_section_5_5_after_24_idle_days_a_timestamp_is_too_old_to_compare_with(int days, bool isRight) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000, HasTimestamp = true, TimestampValue = 500 });
        await script.Sleep(TimeSpan.FromDays(days).TotalMilliseconds);

        // After 25 days a clock of milliseconds has gone further than half of its numbers, and seems to be behind.
        var elapsed = (uint)TimeSpan.FromDays(days).TotalMilliseconds;
        peer.Timestamp = isRight ? 500 + elapsed : 499;
        Assert.Equal(days > 24 || !isRight, (int)(peer.Timestamp - 500) < 0);
        peer.Send(Ack, 1, 1, text: "awake");
        await peer.Expect(Ack, 1, isRight ? 6 : 1);
        Assert.Equal(isRight ? 0 : 1, script.Stack.Counters.Tcp.OldTimestamps);
        if (isRight)
        {
            Assert.Equal(5, (await flow.ReadAsync(new byte[10])).Count);
            peer.Timestamp--;
            peer.Send(Ack, 6, 1, text: "old");
            await peer.Expect(Ack, 1, 6);
            Assert.Equal(1, script.Stack.Counters.Tcp.OldTimestamps);
        }
    });

    [Fact]
    public void After_a_burst_out_of_order_nothing_is_kept() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(Sack);
        for (var round = 0; round < 2; round++)
        {
            var from = 1 + (round * 210);
            for (var i = 100; i >= 1; i--)
            {
                peer.Send(Ack, from + (i * 2), text: "x");
            }

            await script.Sleep(1);
            script.Host.Clear();
            Assert.True(script.Stack.Counters.BuffersInUse > 0);
            peer.Send(Ack, from, data: new byte[210]);
            Assert.Equal(210, (await flow.ReadAsync(new byte[1000])).Count);
            await script.Sleep(1);
            script.Host.Clear();

            // Nor the list of what arrived, which is borrowed as the bytes are.
            Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        }
    });

    [Fact]
    public void A_reset_needs_no_timestamp_and_does_not_change_it() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { HasTimestamp = true, TimestampValue = 500 });
        peer.Send(TcpFlags.Rst, 1, options: default(TcpOptions));
        Assert.Equal(ErrorKind.Reset, (await flow.ReadAsync(new byte[50])).Error.Kind);
    });

    private static IEnumerable<int[]> Permutations(int[] items)
        => items.Length == 1
            ? [items]
            : items.SelectMany(first => Permutations([.. items.Where(x => x != first)]).Select(rest => (int[])[first, .. rest]));
}
