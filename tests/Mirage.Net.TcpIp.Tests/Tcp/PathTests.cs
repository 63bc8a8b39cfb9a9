using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Network;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>ICMP errors in TCP (RFC 1122 §4.2.3.9, RFC 5927), path MTU (RFC 1191, RFC 8201), black holes (RFC 2923, RFC 4821).</summary>
public class PathTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    private static readonly TcpOptions _mss = new() { MaximumSegmentSize = 1460 };

    [Fact]
    public void RFC_1191_what_was_too_large_leaves_again_at_once_in_smaller_segments() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(Peer.Bytes(4380))).ThrowIfFailed();
        var first = await peer.Expect(Ack, 1, 1, 1460);
        await peer.Expect(Ack, 1461, 1, 1460);
        await peer.Expect(Ack, 2921, 1, 1460);
        var window = Statistics(flow).CongestionWindow;
        script.SendError(Quote(first, 1500), Icmpv4Type.DestinationUnreachable, 4, 1000);
        for (var i = 0; i < 4; i++)
        {
            var sent = await peer.Expect(Ack, 1 + (i * 960), 1, 960, at: first.At);
            Assert.Equal(Peer.Bytes(960, i * 960), sent.Payload);
        }

        await peer.Expect(Ack, 3841, 1, 540);

        // RFC 1191 §6.5: it is no sign of congestion.
        Assert.Equal((960, window), (Statistics(flow).MaximumSegmentSize, Statistics(flow).CongestionWindow));
        peer.Send(Ack, 1, 4381);
        await peer.ExpectNothing(1000);
    });

    [Fact]
    public void Other_connections_to_the_same_host_follow_and_the_size_comes_back_after_ten_minutes() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        var (other, second) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        var first = await peer.Expect(Ack, 1, 1, 1460);
        script.SendError(Quote(first, 1500), Icmpv4Type.DestinationUnreachable, 4, 1300);
        await peer.Expect(Ack, 1, 1, 1260);
        await peer.Expect(Ack, 1261, 1, 200);
        peer.Send(Ack, 1, 1461);
        (await second.WriteAsync(new byte[1460])).ThrowIfFailed();
        await other.Expect(Ack, 1, 1, 1260);
        other.Send(Ack, 1, 1261);
        await other.Expect(Ack, 1261, 1, 200);
        other.Send(Ack, 1, 1461);

        // RFC 1191 §6.3.
        await script.Sleep(600_001);
        (await second.WriteAsync(new byte[1460])).ThrowIfFailed();
        await other.Expect(Ack, 1461, 1, 1460);
    });

    [Theory]
    [InlineData(-1, 1000)]
    [InlineData(1460, 1000)]
    [InlineData(0, 1500)]
    [InlineData(0, 1600)]
    public void RFC_5927_a_message_about_what_is_not_outstanding_or_fits_is_refused(int offset, int mtu) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 1, 1, 1460);
        script.SendError(Quote(sent with { RawSequence = sent.RawSequence + (uint)offset }, 1500), Icmpv4Type.DestinationUnreachable, 4, (uint)mtu);
        await peer.ExpectNothing(150);
        Assert.Equal((1460, 1L), (Statistics(flow).MaximumSegmentSize, script.Stack.Counters.Tcp.ErrorsRefused));
    });

    [Fact]
    public void RFC_2923_after_three_time_outs_smaller_segments_are_tried_and_soon_the_full_size_again() => Script.Run(async script =>
    {
        // RFC 4821 §7: an outage of 1.4 s looks like a black hole until it ends.
        var (peer, flow) = await AcceptUntilSmallerSegmentsAsync(script);
        peer.Send(Ack, 1, 1461);
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        await peer.Expect(Ack, 1461, 1, 1024);
        peer.Send(Ack, 1, 2485);
        await peer.Expect(Ack, 2485, 1, 436);
        peer.Send(Ack, 1, 2921);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Tcp.BlackHolesSuspected, script.Stack.Counters.Tcp.BlackHoles));

        // What is sent after that is a probe, and the only one of its size until it is acknowledged.
        await script.Sleep(200);
        (await flow.WriteAsync(new byte[3508])).ThrowIfFailed();
        await peer.Expect(Ack, 2921, 1, 1460);
        await peer.Expect(Ack, 4381, 1, 1024);
        peer.Send(Ack, 1, 4381);
        await peer.Expect(Ack, 5405, 1, 1024);
        peer.Send(Ack, 1, 6429);
        await script.Sleep(1);
        Assert.Equal((1460, 0L), (Statistics(flow).MaximumSegmentSize, script.Stack.Counters.Tcp.BlackHoles));
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        await peer.Expect(Ack, 6429, 1, 1460);
    });

    [Fact]
    public void RFC_2923_each_further_time_out_tries_a_smaller_size_as_long_as_nothing_arrives() => Script.Run(async script =>
    {
        var (peer, flow) = await AcceptUntilSmallerSegmentsAsync(script);
        await peer.Expect(Ack, 1, 1, 512, at: 3000);
        await peer.Expect(Ack, 513, 1, 512, at: 3000);
        await peer.Expect(Ack, 1025, 1, 436, at: 3000);
        for (var i = 0; i < 5; i++)
        {
            await peer.Expect(Ack, 1 + (i * 256), 1, 256, at: 6200);
        }

        await peer.Expect(Ack, 1281, 1, 180, at: 6200);
        await peer.Expect(Ack, 1, 1, 256, at: 12_600);
    });

    [Fact]
    public void A_handshakes_third_segment_goes_ahead_of_a_full_one_and_with_a_short_one() => Script.Run(async script =>
    {
        foreach (var length in new[] { 1460, 100 })
        {
            var (peer, connecting) = script.Connect();
            var writing = WriteAsync(connecting, length);
            await peer.Expect(TcpFlags.Syn, 0);
            peer.Send(TcpFlags.Syn | Ack, 0, 1, options: _mss);
            if (length == 1460)
            {
                await peer.Expect(Ack, 1, 1, 0);
            }

            await peer.Expect(Ack, 1, 1, length);
            peer.Send(Ack, 1, 1 + length);
            await writing;
        }

        // In the turn in which the SYN-ACK comes.
        static async Task WriteAsync(Task<Result<TcpFlow>> connecting, int length)
            => (await (await connecting).ThrowIfFailed().WriteAsync(new byte[length])).ThrowIfFailed();
    });

    [Fact]
    public void RFC_8899_a_black_hole_is_believed_when_three_probes_are_lost_among_what_arrives_and_tried_again_later() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(_mss with { SackPermitted = true });
            (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
            long next = 1;
            var held = new SortedList<long, long>();
            var probes = new List<(double At, long End, long Window)>();

            // Something between drops what is larger than 1400 bytes.
            while (script.Now < 90_000)
            {
                if (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(100)) is not { } sent)
                {
                    (await flow.WriteAsync(new byte[6000])).ThrowIfFailed();
                    continue;
                }

                long start = sent.RawSequence - peer.StackIss;
                var end = start + sent.Payload.Length;
                if (sent.Payload.Length > 1360)
                {
                    if (next > 1)
                    {
                        probes.Add((sent.At, end, Statistics(flow).CongestionWindow));
                    }

                    continue;
                }

                var options = default(TcpOptions);
                if (start > next)
                {
                    options.AddSack(new(sent.RawSequence), new(sent.RawSequence + (uint)sent.Payload.Length));
                }

                held[start] = end;
                while (held.Count > 0 && held.GetKeyAtIndex(0) <= next)
                {
                    next = Math.Max(next, held.GetValueAtIndex(0));
                    held.RemoveAt(0);
                }

                peer.Send(Ack, 1, next, options: options);
                await script.Sleep(0.01);

                // RFC 4821 §3: that a probe is lost is no sign of congestion.
                Assert.True(probes.Count == 0 || next < probes[^1].End || Statistics(flow).CongestionWindow >= probes[^1].Window, $"{probes.Count} lost, {Statistics(flow)}");
            }

            var tcp = script.Stack.Counters.Tcp;
            Assert.Equal((1L, 1L), (tcp.BlackHolesSuspected, tcp.BlackHoles));

            // And one more after a minute.
            Assert.True(probes.Count == 4, $"{string.Join(", ", probes)}");
            Assert.InRange(probes[2].At, 0, 5_000);
            Assert.InRange(probes[3].At, probes[2].At + 60_000, probes[2].At + 61_000);
            Assert.True(next > 4_000_000, $"{next} bytes passed");
        },
        new TcpSettings { BlackHoleTime = TimeSpan.FromMinutes(1) });

    [Fact]
    public void RFC_9293_section_3_7_1_the_segment_size_that_is_offered_does_not_follow_the_path_in_the_other_direction() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        var first = await peer.Expect(Ack, 1, 1, 1460);
        script.SendError(Quote(first, 1500), Icmpv4Type.DestinationUnreachable, 4, 1000);
        await peer.Expect(Ack, 1, 1, 960);
        await peer.Expect(Ack, 961, 1, 500);
        peer.Send(Ack, 1, 1461);
        await script.Sleep(1);

        // RFC 6691: what arrives here comes another way.
        var (connected, _) = script.Connect();
        var syn = await connected.Expect(TcpFlags.Syn, 0);
        Assert.Equal(1460, syn.Options.MaximumSegmentSize);
        _ = script.Listen();
        var opening = script.NewPeer();
        opening.Send(TcpFlags.Syn, 0, options: _mss);
        Assert.Equal(1460, (await opening.Expect(TcpFlags.Syn | Ack, 0, 1)).Options.MaximumSegmentSize);
    });

    [Theory]
    [InlineData(3, ErrorKind.Refused)]
    [InlineData(2, ErrorKind.Unreachable)]
    [InlineData(13, ErrorKind.NotPermitted)]
    public void RFC_1122_a_hard_error_ends_an_attempt_to_connect(byte code, ErrorKind kind) => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect();
        var syn = await peer.Expect(TcpFlags.Syn, 0);
        script.SendError(Quote(syn, 60), Icmpv4Type.DestinationUnreachable, code);
        Assert.Equal(kind, (await connecting).Error.Kind);
        Assert.True(script.Now < 10);
    });

    [Fact]
    public void RFC_1122_a_soft_error_is_the_reason_when_nothing_else_comes() => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect(new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(5) });
        var syn = await peer.Expect(TcpFlags.Syn, 0);
        script.SendError(Quote(syn, 60), Icmpv4Type.DestinationUnreachable, 1);
        await peer.Expect(TcpFlags.Syn, 0, at: 1000);
        Assert.Equal(ErrorKind.Unreachable, (await connecting).Error.Kind);
        Assert.Equal(5000, script.Now, 2.0);
    });

    [Fact]
    public void RFC_5927_an_established_connection_survives_errors() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 1, 1, 100);
        foreach (var code in new byte[] { 0, 1, 2, 3, 5, 9, 10, 13 })
        {
            script.SendError(Quote(sent, 140), Icmpv4Type.DestinationUnreachable, code);
        }

        script.SendError(Quote(sent, 140), Icmpv4Type.TimeExceeded, 0);
        await peer.Expect(Ack, 1, 1, 100, at: 200);
        peer.Send(Ack, 1, 101, text: "alive");
        Assert.Equal(5, (await flow.ReadAsync(new byte[10])).Count);
        Assert.Equal(9, script.Stack.Counters.Tcp.ErrorsReceived);
    });

    private static TcpStatistics Statistics(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        return control.GetStatistics().ThrowIfFailed();
    }

    /// <summary>Accepts a connection, and writes a segment that is lost three times: then it is tried as two smaller ones.</summary>
    private static async Task<(Peer Peer, TcpFlow Flow)> AcceptUntilSmallerSegmentsAsync(Script script)
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1460);
        await peer.Expect(Ack, 1, 1, 1460, at: 200);
        await peer.Expect(Ack, 1, 1, 1460, at: 600);
        await peer.Expect(Ack, 1, 1, 1024, at: 1400);
        await peer.Expect(Ack, 1025, 1, 436, at: 1400);
        return (peer, flow);
    }

    private static byte[] Quote(Sent sent, int length)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(header, sent.From);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), sent.To);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), sent.RawSequence);
        var packet = Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Tcp, header);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)length);
        return packet;
    }
}
