using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Fragments on the link, of IPv4 (RFC 791 §3.2, RFC 1122 §3.3.2, RFC 6864).</summary>
public class FragmentTests
{
    private static readonly IpEndpoint Remote = new(Script.PeerAddress, 9);

    [Fact]
    public void Fragments_are_put_together_and_the_transport_checks_the_whole() => Script.Run(async script =>
    {
        var received = Listen(script);
        var text = Bytes(3000);
        var datagram = Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, text);
        Send(script, datagram, 1000);
        await script.Sleep(1);
        Assert.Equal(text, Assert.Single(received));

        datagram[2000] ^= 1;
        Send(script, datagram, 1000, identification: 2);
        await script.Sleep(1);
        Assert.Equal((1, 1L), (received.Count, script.Stack.Counters.Udp.BadChecksum));
        Assert.Equal((8L, 2L, 0L), (script.Stack.Counters.Ipv4.Fragments.Received, script.Stack.Counters.Ipv4.Fragments.Reassembled, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void The_largest_datagram_arrives() => Script.Run(async script =>
    {
        var received = Listen(script);
        Send(script, Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, Bytes(65_507)), 1480);
        await script.Sleep(1);
        Assert.Equal(Bytes(65_507), Assert.Single(received));
    });

    [Fact]
    public void RFC_1122_section_3_3_2_the_sender_of_what_is_incomplete_is_told_if_its_first_fragment_came() => Script.Run(async script =>
    {
        var datagram = Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, Bytes(100));
        Send(script, datagram, 48, only: 1);
        await script.SilentAsync(40_000);
        var sent = script.Now;
        Send(script, datagram, 48, only: 0);
        var error = await script.NextAsync(40_000);
        Assert.Equal(30_000, script.Now - sent, 0.001);
        Assert.Equal((11, 1), (error[20], error[21]));

        // It quotes the fragment.
        Assert.Equal(datagram[..48], error[48..]);
        Assert.Equal((2L, 0L), (script.Stack.Counters.Ipv4.Fragments.TimedOut, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void RFC_5722_also_on_IPv4_overlapping_fragments_give_nothing() => Script.Run(async script =>
    {
        var received = Listen(script);
        var datagram = Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, Bytes(100));
        SendPart(script, datagram.AsSpan(0, 48), 0, more: true);
        SendPart(script, datagram.AsSpan(40, 68), 40, more: false);
        SendPart(script, datagram.AsSpan(48), 48, more: false);
        await script.Sleep(1);
        Assert.Empty(received);
        Assert.Equal(1, script.Stack.Counters.Ipv4.Fragments.Overlapping);
    });

    [Theory]
    [InlineData(36, 1)]
    [InlineData(68, 1)]
    [InlineData(576, 1)]
    [InlineData(1500, 1)]
    [InlineData(1500, 65_507)]
    [InlineData(36, 10_000)]
    public void What_is_larger_than_a_packet_leaves_in_fragments(int mtu, int length)
        => Script.Run(
            async script =>
            {
                length = Math.Max(length, mtu * 3);
                script.Host.Sink = [];
                script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
                await script.Sleep(1);
                script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, Bytes(length)).ThrowIfFailed();
                await script.Sleep(1);
                var together = new byte[8 + length];
                var (offset, identification) = (0, -1);
                foreach (var packet in script.Host.Sink)
                {
                    Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var parsed));
                    Assert.InRange(packet.Length, 21, mtu);
                    Assert.Equal((offset, false), (parsed.FragmentOffset, parsed.DontFragment));
                    Assert.Equal(identification < 0 ? parsed.Identification : identification, parsed.Identification);
                    identification = parsed.Identification;
                    parsed.Payload.CopyTo(together.AsSpan(offset));
                    offset += parsed.Payload.Length;
                    Assert.Equal(offset < together.Length, parsed.MoreFragments);
                }

                Assert.Equal(Packets.Udp(Script.StackAddress, 7, Script.PeerAddress, 9, Bytes(length)), together);
                var counters = script.Stack.Counters.Ipv4.Fragments;
                Assert.Equal((1L, script.Host.Sink.Count, 0L, 0L), (counters.Fragmented, counters.Sent, counters.SendFailed, script.Stack.Counters.BuffersInUse));
            },
            mtu: mtu);

    [Fact]
    public void What_is_learnt_of_a_path_decides_the_size_of_fragments() => Script.Run(async script =>
    {
        script.Host.Sink = [];
        script.Stack.Ip.ReportPathMtu(Script.PeerAddress, 700);
        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, Bytes(2000)).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal([700, 700, 668], script.Host.Sink.Select(x => x.Length));
    });

    [Fact]
    public void What_must_not_be_fragmented_is_too_large() => Script.Run(script =>
    {
        var info = new IpPacketInfo { Source = Script.StackAddress, Destination = Script.PeerAddress, Protocol = IpProtocol.Udp, DontFragment = true };
        Assert.Equal(LendStatus.TooLarge, script.Stack.Ip.Rent(info, 1481, out _));
        Assert.Equal(LendStatus.Lent, script.Stack.Ip.Rent(info, 1480, out _));
        script.Stack.Ip.Return();

        // Except where a link carries less than is believed: there routers fragment.
        script.Stack.Ip.ReportPathMtu(Script.PeerAddress, 100);
        Assert.Equal(LendStatus.TooLarge, script.Stack.Ip.Rent(info, 533, out _));
        Assert.Equal(LendStatus.Lent, script.Stack.Ip.Rent(info, 532, out _));
        script.Stack.Ip.Return();
        Assert.Equal(ErrorKind.TooLarge, script.Stack.SendUdp(default, Remote, new byte[65_508]).Error.Kind);
        Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(default, new IpEndpoint(new Ipv4Address(8, 8, 8, 8), 9), new byte[3000]).Error.Kind);
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        return Task.CompletedTask;
    });

    [Fact]
    public void RFC_6864_identifications_differ_and_start_anywhere()
    {
        var starts = new HashSet<int>();
        for (ulong seed = 1; seed <= 8; seed++)
        {
            Script.Run(
                async script =>
                {
                    var seen = new HashSet<int>();
                    for (var i = 0; i < 100; i++)
                    {
                        script.Stack.SendUdp(new IpEndpoint(default, 7), Remote, "x"u8).ThrowIfFailed();
                        var packet = await script.NextAsync();
                        Assert.True(seen.Add((packet[4] << 8) | packet[5]));
                    }

                    _ = starts.Add(seen.First());
                },
                seed: seed);
        }

        Assert.True(starts.Count >= 6);
    }

    [Fact]
    public void The_largest_echo_comes_back_in_fragments() => Script.Run(async script =>
    {
        script.Host.Sink = [];
        var request = Packets.Icmp(Icmpv4Type.EchoRequest, 0, 7, Bytes(65_507));
        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
        Send(script, request, 1480, protocol: IpProtocol.Icmp);
        await script.Sleep(1);
        var reply = script.Host.Sink.SelectMany(x => x[20..]).ToArray();
        Assert.Equal(Packets.Icmp(Icmpv4Type.EchoReply, 0, 7, Bytes(65_507)), reply);
    });

    [Fact]
    public void A_host_reaches_itself_with_the_largest_datagram() => Script.Run(async script =>
    {
        var received = Listen(script);
        script.Stack.SendUdp(default, new IpEndpoint(Script.StackAddress, 9), Bytes(65_507)).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal(Bytes(65_507), Assert.Single(received));
        Assert.Equal(0, script.Stack.Counters.Ipv4.Fragments.Fragmented);
    });

    [Fact]
    public void What_a_host_sends_to_itself_is_bounded_in_bytes() => Script.Run(
        async script =>
        {
            var received = Listen(script);
            var results = Enumerable.Range(0, 10).Select(_ => script.Stack.SendUdp(default, new IpEndpoint(Script.StackAddress, 9), new byte[60_000]).Error.Kind).ToArray();
            Assert.Equal([.. Enumerable.Repeat(ErrorKind.None, 4), .. Enumerable.Repeat(ErrorKind.Full, 6)], results);
            await script.Sleep(1);
            Assert.Equal((4, 6L, 0L), (received.Count, script.Stack.Counters.Ipv4.LoopbackDropped, script.Stack.Counters.BuffersInUse));
        },
        limits: new StackLimits { MaxLoopbackBytes = 256 << 10 });

    [Fact]
    public void A_flood_of_fragments_stays_within_its_bound() => Script.Run(
        async script =>
        {
            for (var i = 0; i < 5000; i++)
            {
                SendPart(script, Bytes(1000), 8 * (i % 1000), more: true, identification: i);
                if (i % 100 == 0)
                {
                    await script.Sleep(0.1);
                    Assert.InRange(script.Stack.Counters.BuffersInUse, 0, 64 << 10);
                }
            }

            Assert.True(script.Stack.Counters.Ipv4.Fragments.Evicted > 4000);
            await script.Sleep(31_000);
            Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        },
        limits: new StackLimits { MaxReassemblyBytes = 256 << 10 });

    private static List<byte[]> Listen(Script script)
    {
        var received = new List<byte[]>();
        script.Stack.ListenUdp(9, (_, _, payload) => received.Add(payload.ToArray())).ThrowIfFailed();
        return received;
    }

    private static void Send(Script script, byte[] payload, int size, int identification = 1, int? only = null, IpProtocol protocol = IpProtocol.Udp)
    {
        for (var (offset, i) = (0, 0); offset < payload.Length; offset += size, i++)
        {
            if (only is null || only == i)
            {
                SendPart(script, payload.AsSpan(offset, Math.Min(size, payload.Length - offset)), offset, offset + size < payload.Length, identification, protocol);
            }
        }
    }

    private static void SendPart(Script script, ReadOnlySpan<byte> part, int offset, bool more, int identification = 1, IpProtocol protocol = IpProtocol.Udp)
        => script.SendIp(
            Script.PeerAddress, Script.StackAddress, protocol, part,
            header => header with { Identification = (ushort)identification, FragmentOffset = offset, MoreFragments = more });

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];
}
