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
    public void RFC_2923_a_black_hole_is_found_after_three_time_outs_and_tried_again_later() => Script.Run(
        async script =>
        {
            var (peer, flow) = await script.AcceptAsync(_mss);
            (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
            await peer.Expect(Ack, 1, 1, 1460);
            await peer.Expect(Ack, 1, 1, 1460, at: 200);
            await peer.Expect(Ack, 1, 1, 1460, at: 600);
            await peer.Expect(Ack, 1, 1, 1024, at: 1400);
            peer.Send(Ack, 1, 1025);
            await peer.Expect(Ack, 1025, 1, 436);
            peer.Send(Ack, 1, 1461);
            (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
            await peer.Expect(Ack, 1461, 1, 1024);
            peer.Send(Ack, 1, 2485);
            await peer.Expect(Ack, 2485, 1, 436);
            peer.Send(Ack, 1, 2921);
            Assert.Equal(1, script.Stack.Counters.Tcp.BlackHoles);
            await script.Sleep(60_000);
            (await flow.WriteAsync(new byte[1460])).ThrowIfFailed();
            await peer.Expect(Ack, 2921, 1, 1460);
        },
        new TcpSettings { BlackHoleTime = TimeSpan.FromMinutes(1) });

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
