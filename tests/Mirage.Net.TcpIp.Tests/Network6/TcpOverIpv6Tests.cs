using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>What of TCP depends on the family: cookies, the path's MTU, sizes of segments.</summary>
public class TcpOverIpv6Tests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;
    private const ushort PeerPort = 40_000;
    private const uint Iss = 1000;

    private static readonly Ipv6Address _router = Ipv6Address.Parse("2001:db8::99");

    [Theory]
    [InlineData(0, 1220)]
    [InlineData(1220, 1220)]
    [InlineData(1440, 1440)]
    [InlineData(9000, 1440)]
    public void RFC_4987_a_cookie_over_IPv6_opens_with_its_segment_size(int offered, int expected) => Script6.Run(
        async script =>
        {
            var accepted = new Accepted();
            script.Stack.ListenTcp(80, new Accepted.Handler(accepted)).ThrowIfFailed();
            Send(script, TcpFlags.Syn, Iss, 0, options: new TcpOptions { MaximumSegmentSize = (ushort)offered });
            var answer = await Next(script, SynAck);
            Assert.Equal((0, 1L, Iss + 1), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.CookiesSent, answer.Acknowledgement));

            // A guess opens nothing.
            Send(script, Ack, Iss + 1, answer.Sequence + 1 + 0x1234, data: [1, 2, 3]);
            _ = await Next(script, TcpFlags.Rst);
            Assert.Equal((0, 1L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.CookiesFailed));
            Send(script, Ack, Iss + 1, answer.Sequence + 1, data: [1, 2, 3]);
            var flow = await accepted.NextAsync();
            Assert.Equal((3, 1L), ((await flow.ReadAsync(new byte[10])).Count, script.Stack.Counters.Tcp.CookiesAccepted));
            Assert.Equal((new IpEndpoint(Script6.StackAddress, 80), new IpEndpoint(Script6.PeerAddress, PeerPort)), (flow.Local, flow.Remote));
            (await flow.WriteAsync(new byte[3000])).ThrowIfFailed();
            Segment sent;
            do
            {
                sent = await Next(script, Ack);
            }
            while (sent.Length == 0);

            Assert.Equal(expected, sent.Length);
        },
        Script6.Options with { Tcp = new TcpSettings { SynCookies = SynCookieUse.Always } });

    [Fact]
    public void RFC_8201_what_was_too_big_over_IPv6_leaves_again_at_once_in_smaller_segments() => Script6.Run(async script =>
    {
        var (flow, stackIss) = await AcceptAsync(script);
        (await flow.WriteAsync(Peer.Bytes(2880))).ThrowIfFailed();
        var first = await Next(script, Ack, segment => segment.Length == 1440);
        _ = await Next(script, Ack, segment => segment.Length == 1440);
        var window = Statistics(flow).CongestionWindow;
        var at = script.Now;

        // RFC 8201 §4: less than 1280 is not believed; RFC 5927 §4.1: nor what quotes something that is not outstanding.
        TooBig(script, first, 1279);
        first.Packet[Ipv6Packet.HeaderSize + 4] ^= 0x40;
        TooBig(script, first, 1400);
        first.Packet[Ipv6Packet.HeaderSize + 4] ^= 0x40;
        await script.Sleep(1);
        Assert.Equal((1440, 1L), (Statistics(flow).MaximumSegmentSize, script.Stack.Counters.Tcp.ErrorsRefused));

        TooBig(script, first, 1300);
        for (var i = 0; i < 2; i++)
        {
            var sent = await Next(script, Ack, segment => segment.Length > 0);
            Assert.Equal((stackIss + 1 + (uint)(i * 1240), 1240), (sent.Sequence, sent.Length));
            Assert.True(sent.At < at + 2, $"it leaves at {sent.At} ms");
            Assert.Equal(Peer.Bytes(1240, i * 1240), sent.Payload);
        }

        Assert.Equal(400, (await Next(script, Ack, segment => segment.Length > 0)).Length);
        Assert.Equal((1240, window), (Statistics(flow).MaximumSegmentSize, Statistics(flow).CongestionWindow));

        // RFC 9293 §3.7.1: what is offered to others is the link's.
        Send(script, TcpFlags.Syn, Iss, 0, port: 1, options: new TcpOptions { MaximumSegmentSize = 1440 });
        Assert.Equal(1440, (await Next(script, SynAck)).Options.MaximumSegmentSize);
        Send(script, Ack, Iss + 1, stackIss + 2881);
        await script.Sleep(1000);
        Assert.Equal((0L, 0L), (Statistics(flow).SendQueue, Statistics(flow).Lost));
    });

    private static async Task<(TcpFlow Flow, uint StackIss)> AcceptAsync(Script6 script)
    {
        var accepted = new Accepted();
        script.Stack.ListenTcp(80, new Accepted.Handler(accepted)).ThrowIfFailed();
        Send(script, TcpFlags.Syn, Iss, 0, options: new TcpOptions { MaximumSegmentSize = 1440 });
        var answer = await Next(script, SynAck);
        Assert.Equal(1440, answer.Options.MaximumSegmentSize);
        Send(script, Ack, Iss + 1, answer.Sequence + 1);
        return (await accepted.NextAsync(), answer.Sequence);
    }

    private static void TooBig(Script6 script, Segment quoted, uint mtu)
        => script.Host.SendIcmp(_router, Script6.StackAddress, Icmpv6Type.PacketTooBig, 0, mtu, quoted.Packet.AsSpan(0, 1232), 64);

    private static void Send(Script6 script, TcpFlags flags, uint sequence, uint acknowledgement, byte[]? data = null, TcpOptions options = default, ushort port = PeerPort)
    {
        var header = TcpSegment.HeaderSize + options.Length;
        byte[] segment = [.. new byte[header], .. data ?? []];
        TcpSegment.WriteHeader(segment, port, 80, new(sequence), new(acknowledgement), flags, 65_535, header);
        _ = options.Write(segment.AsSpan(TcpSegment.HeaderSize));
        var sum = InternetChecksum.Sum(segment, InternetChecksum.PseudoHeader(Script6.PeerAddress, Script6.StackAddress, IpProtocol.Tcp, segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), InternetChecksum.Finish(sum));
        script.Host.Send(Script6.PeerAddress, Script6.StackAddress, IpProtocol.Tcp, segment);
    }

    private static async Task<Segment> Next(Script6 script, TcpFlags flags, Func<Segment, bool>? wanted = null)
        => new(await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Tcp && new Segment(packet) is var segment
            && (segment.Flags & ~TcpFlags.Psh) == flags && (wanted is null || wanted(segment))));

    private static TcpStatistics Statistics(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        return control.GetStatistics().ThrowIfFailed();
    }

    private sealed record Segment
    {
        public Segment(Packet6 packet)
        {
            Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
            Assert.True(segment.VerifyChecksum(packet.Source, packet.Destination));
            (At, Packet, Flags, Sequence, Acknowledgement) = (packet.At, packet.Bytes, segment.Flags, segment.Sequence.Value, segment.Acknowledgement.Value);
            (Options, Payload) = (TcpOptions.Parse(segment.Options), segment.Payload.ToArray());
        }

        public double At { get; }

        public byte[] Packet { get; }

        public TcpFlags Flags { get; }

        public uint Sequence { get; }

        public uint Acknowledgement { get; }

        public TcpOptions Options { get; }

        public byte[] Payload { get; }

        public int Length => Payload.Length;
    }
}
