using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>IPv4, ICMP and UDP as a raw host sees them.</summary>
public class Ipv4Tests
{
    private static readonly Ipv4Address Second = new(10, 0, 0, 5);

    [Fact]
    public void What_is_wrong_or_not_for_us_is_counted_and_dropped() => Script.Run(async script =>
    {
        SendUdp(script, edit: p => p[10] ^= 1);
        SendUdp(script, header => header with { Destination = new(10, 0, 0, 77) });
        SendUdp(script, header => header with { Destination = new(224, 0, 0, 5) });
        SendUdp(script, header => header with { Source = Ipv4Address.Broadcast });
        SendUdp(script, header => header with { Source = new(10, 0, 0, 255) });
        SendUdp(script, header => header with { Source = new(224, 0, 0, 1) });
        SendUdp(script, header => header with { Source = Ipv4Address.Loopback });
        SendUdp(script, header => header with { Source = Script.StackAddress });
        SendUdp(script, header => header with { Source = default });
        SendUdp(script, header => header with { MoreFragments = true });
        SendUdp(script, header => header with { FragmentOffset = 8 });
        SendUdp(script, header => header with { TotalLength = 9000 });
        SendSourceRouted(script);
        await script.Sleep(1);
        var counters = script.Stack.Counters.Ipv4;
        Assert.Equal((1L, 2L, 6L, 2L), (counters.BadChecksum, counters.NotForUs, counters.BadSource, counters.Fragments.Received));
        Assert.Equal((1L, 1L, 0L), (counters.Malformed, counters.SourceRouted, counters.Delivered));
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)));
    });

    [Fact]
    public void Every_address_is_answered_from() => Script.Run(
        async script =>
        {
            Ping(script, Second);
            var answer = await Answer(script);
            Assert.Equal((Second, Script.PeerAddress), (answer.Source, answer.Destination));
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 24), new IpNetwork(Second, 24)] });

    [Fact]
    public void RFC_1122_3_2_1_3_nothing_leaves_from_a_loopback_address() => Script.Run(async script =>
    {
        var sent = script.Stack.SendUdp(new IpEndpoint(Ipv4Address.Loopback, 9), new IpEndpoint(Script.PeerAddress, 9), new byte[1]);
        Assert.Equal(ErrorKind.Unreachable, sent.Error.Kind);
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(10)));
    });

    [Fact]
    public void An_address_that_gets_another_network_leaves_nothing_of_the_first() => Script.Run(
        script =>
        {
            script.Stack.Ip.AddAddress(new IpNetwork(Script.StackAddress, 8));
            script.Stack.Ip.AddAddress(new IpNetwork(Script.StackAddress, 24));
            Assert.Equal([24], script.Stack.Ip.V4.Routes.Select(route => route.Destination.PrefixLength));
            Assert.True(script.Stack.Ip.RemoveAddress(new IpNetwork(Script.StackAddress, 16)));
            Assert.Empty(script.Stack.Ip.V4.Routes);
            return Task.CompletedTask;
        },
        options: new DirectStackOptions());

    [Fact]
    public void How_many_errors_are_left_over_does_not_tell_how_many_others_got() => Script.Run(async script =>
    {
        var counts = new List<long>();
        for (var burst = 0; burst < 20; burst++)
        {
            var before = script.Stack.Counters.Icmp.ErrorsSent;
            for (var i = 0; i < 150; i++)
            {
                SendUdp(script);
            }

            await script.Sleep(1000);
            counts.Add(script.Stack.Counters.Icmp.ErrorsSent - before);
        }

        Assert.True(counts.Distinct().Count() > 5, string.Join(' ', counts));
        Assert.InRange(counts.Average(), 42, 58);
    });

    [Fact]
    public void RFC_1122_3_3_6_what_is_for_one_host_is_not_taken_from_a_frame_for_many() => Script.Run(async script =>
    {
        var packet = Packets.Ip(Script.PeerAddress, Script.StackAddress, IpProtocol.Udp, Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, "x"u8));
        script.Host.SendFrame(MacAddress.Broadcast, EtherType.Ipv4, packet);
        await script.Sleep(1);
        Assert.Equal((1L, 0L, 0L), (script.Stack.Counters.Ethernet.UnicastToMany, script.Stack.Counters.Ipv4.Received, script.Stack.Counters.Icmp.ErrorsSent));
        script.Host.SendFrame(MacAddress.Local(2), EtherType.Ipv4, packet);
        await script.Sleep(1);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Ipv4.Received, script.Stack.Counters.Icmp.ErrorsSent));
    });

    [Fact]
    public void What_fits_is_not_cut_even_if_it_comes_back_too() => Script.Run(
        async script =>
        {
            // 1005 - 20 bytes are no multiple of 8.
            var group = new Ipv4Address(239, 1, 2, 3);
            script.Stack.Ip.JoinGroup(group).ThrowIfFailed();
            script.Stack.SendUdp(default, new IpEndpoint(group, 9), new byte[977], new UdpSendOptions { DontFragment = true }).ThrowIfFailed();
            await script.Sleep(1);
            var packet = script.Host.TakePackets().Single(bytes => bytes[9] == (byte)IpProtocol.Udp);
            Assert.Equal((1005, 0x40, 0), (packet.Length, packet[6], packet[7]));
        },
        mtu: 1005);

    [Fact]
    public void A_link_that_carries_less_than_any_may_makes_sending_fail() => Script.Run(
        script =>
        {
            Assert.False(script.Stack.SendUdp(default, new IpEndpoint(Ipv4Address.Broadcast, 9), new byte[100]).IsDone);
            return Task.CompletedTask;
        },
        mtu: 27);

    [Fact]
    public void The_longest_prefix_decides_the_next_hop() => Script.Run(
        async script =>
        {
            foreach (var last in new byte[] { 100, 101 })
            {
                script.Host.Addresses.Add(new(10, 0, 0, last));
            }

            foreach (var (to, hop) in new[] { ("8.8.8.8", "10.0.0.100"), ("172.16.1.1", "10.0.0.101"), ("10.0.0.2", "10.0.0.2") })
            {
                script.Host.Arps.Clear();
                script.Stack.SendUdp(default, new IpEndpoint(IpAddress.Parse(to), 9), new byte[1]).ThrowIfFailed();
                Assert.Equal(Ipv4Address.Parse(to), (await Answer(script)).Destination);
                Assert.Equal(Ipv4Address.Parse(hop), Assert.Single(script.Host.Arps, x => x.Operation == ArpOperation.Request && x.Target != Script.StackAddress).Target);
            }
        },
        options: new DirectStackOptions
        {
            Addresses = [new IpNetwork(Script.StackAddress, 24)],
            Gateway = new Ipv4Address(10, 0, 0, 100),
            Routes = [new Route(IpNetwork.Parse("172.16.0.0/16"), new Ipv4Address(10, 0, 0, 101))],
        });

    [Fact]
    public void Without_a_route_nothing_is_sent() => Script.Run(script =>
    {
        Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(default, new IpEndpoint(new Ipv4Address(8, 8, 8, 8), 9), new byte[1]).Error.Kind);
        return Task.CompletedTask;
    });

    [Fact]
    public void An_echo_comes_back_as_it_was_and_a_broken_one_does_not() => Script.Run(async script =>
    {
        Ping(script, Script.StackAddress, corrupt: true);
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(10)));
        Assert.Equal(1, script.Stack.Counters.Icmp.Malformed);
        Ping(script, new Ipv4Address(10, 0, 0, 255));
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(10)));
        Ping(script, Script.StackAddress);
        var answer = await Answer(script);
        Assert.Equal((Icmpv4Type)0, (Icmpv4Type)answer.Payload[0]);
        Assert.Equal("\x12\x34\x00\x07hello"u8.ToArray(), answer.Payload[4..]);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Icmp.EchoesAnswered, script.Stack.Counters.Icmp.EchoesDropped));
    });

    [Fact]
    public void A_ping_is_measured_and_times_out() => Script.Run(async script =>
    {
        var pinging = script.Stack.Icmp.PingAsync(Script.PeerAddress, "hello"u8.ToArray(), TimeSpan.FromSeconds(2)).AsTask();
        var request = await Answer(script);
        await script.Sleep(30);
        var reply = request.Payload;
        Icmpv4Message.Write(reply, Icmpv4Type.EchoReply, 0, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4)));
        SendIp(script, IpProtocol.Icmp, reply, Script.StackAddress);
        Assert.Equal(30, (await pinging).ThrowIfFailed().TotalMilliseconds, 0.5);
        Assert.Equal(ErrorKind.TimedOut, (await script.Stack.Icmp.PingAsync(Script.PeerAddress, default, TimeSpan.FromSeconds(2))).Error.Kind);
    });

    [Theory]
    [InlineData(4, 7)]
    [InlineData(8, 0)]
    [InlineData(8, 4)]
    public void An_answer_that_differs_from_the_request_is_no_answer(int position, int wrongBit) => Script.Run(async script =>
    {
        // Identifier or data.
        var pinging = script.Stack.Icmp.PingAsync(Script.PeerAddress, "hello"u8.ToArray(), TimeSpan.FromSeconds(2)).AsTask();
        var reply = (await Answer(script)).Payload;
        reply[position] ^= (byte)(1 << wrongBit);
        Icmpv4Message.Write(reply, Icmpv4Type.EchoReply, 0, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4)));
        SendIp(script, IpProtocol.Icmp, reply, Script.StackAddress);
        Assert.Equal(ErrorKind.TimedOut, (await pinging).Error.Kind);
    });

    [Fact]
    public void A_closed_port_is_told_of_within_a_limit_and_never_to_everyone() => Script.Run(async script =>
    {
        SendUdp(script, header => header with { Destination = new(10, 0, 0, 255) });
        SendUdp(script, header => header with { Destination = Ipv4Address.Broadcast });
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)));
        for (var i = 0; i < 100; i++)
        {
            SendUdp(script);
        }

        await script.Sleep(0.5);
        Assert.InRange(script.Stack.Counters.Icmp.ErrorsSent, 30, 75);
        Assert.Equal(100, script.Stack.Counters.Icmp.ErrorsSent + script.Stack.Counters.Icmp.ErrorsLimited);
        var error = await Answer(script);
        Assert.Equal((3, 3), (error.Payload[0], error.Payload[1]));

        // RFC 792: it quotes the packet.
        Assert.Equal(0x45, error.Payload[8]);
        Assert.Equal(Script.PeerAddress, new Ipv4Address(error.Payload.AsSpan(8 + 12)));
    });

    [Fact]
    public void Another_protocol_is_unreachable() => Script.Run(async script =>
    {
        SendIp(script, (IpProtocol)99, new byte[8], Script.StackAddress);
        var error = await Answer(script);
        Assert.Equal((3, 2), (error.Payload[0], error.Payload[1]));
    });

    [Fact]
    public void UDP_checksums_are_checked_unless_absent() => Script.Run(async script =>
    {
        var received = new List<string>();
        script.Stack.ListenUdp(9, new Keep(received)).ThrowIfFailed();
        SendUdp(script, text: "good");
        SendUdp(script, text: "absent", checksum: 0);
        SendUdp(script, text: "bad", checksum: 0x1234);
        SendUdp(script, header => header with { Destination = new(10, 0, 0, 255) }, text: "everyone", checksum: 0);
        await script.Sleep(1);
        Assert.Equal(["good", "absent", "everyone"], received);
        Assert.Equal(1, script.Stack.Counters.Udp.BadChecksum);
    });

    [Fact]
    public void A_UDP_checksum_of_zero_is_sent_as_0xffff() => Script.Run(async script =>
    {
        // RFC 768. With zeros as text the checksum is what the text has to be for the sum to come out as zero.
        var text = new byte[2];
        var plain = await SendAsync([0, 0]);
        BinaryPrimitives.WriteUInt16BigEndian(text, plain);
        Assert.Equal(0xffff, await SendAsync(text));

        async Task<ushort> SendAsync(byte[] payload)
        {
            script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Script.PeerAddress, 9), payload).ThrowIfFailed();
            return BinaryPrimitives.ReadUInt16BigEndian((await Answer(script)).Payload.AsSpan(6));
        }
    });

    [Fact]
    public void A_host_reaches_itself() => Script.Run(async script =>
    {
        script.Stack.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
        var flow = (await script.Stack.ConnectTcpAsync(new IpEndpoint(Script.StackAddress, 7))).ThrowIfFailed();
        var writing = flow.WriteAsync(Peer.Bytes(300_000)).AsTask();
        var received = new byte[300_000];
        await flow.ReadExactlyAsync(received);
        (await writing).ThrowIfFailed();
        Assert.Equal(Peer.Bytes(300_000), received);
        (await flow.CloseAsync()).ThrowIfFailed();
        await script.Sleep(61_000);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
        Assert.True(script.Host.IsQuiet);
    });

    private static void Ping(Script script, Ipv4Address to, bool corrupt = false)
    {
        var message = "\0\0\0\0\x12\x34\x00\x07hello"u8.ToArray();
        Icmpv4Message.Write(message, Icmpv4Type.EchoRequest, 0, 0x1234_0007);
        message[^1] ^= (byte)(corrupt ? 1 : 0);
        SendIp(script, IpProtocol.Icmp, message, to);
    }

    private static void SendIp(Script script, IpProtocol protocol, byte[] payload, Ipv4Address to)
        => script.Host.SendIp(
            new Ipv4Header { TotalLength = (ushort)(20 + payload.Length), TimeToLive = 64, Protocol = protocol, Source = Script.PeerAddress, Destination = to }, payload);

    private static void SendUdp(Script script, Func<Ipv4Header, Ipv4Header>? with = null, Action<byte[]>? edit = null, string text = "x", int checksum = -1)
    {
        var header = new Ipv4Header
        {
            TotalLength = (ushort)(28 + text.Length), TimeToLive = 64, Protocol = IpProtocol.Udp, Source = Script.PeerAddress, Destination = Script.StackAddress,
        };
        header = with is null ? header : with(header);
        var datagram = new byte[8 + text.Length];
        UdpDatagram.WriteHeader(datagram, 5000, 9, (ushort)datagram.Length, 0);
        System.Text.Encoding.ASCII.GetBytes(text).CopyTo(datagram, 8);
        var sum = InternetChecksum.Sum(datagram, InternetChecksum.PseudoHeader(header.Source, header.Destination, IpProtocol.Udp, datagram.Length));
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), checksum < 0 ? UdpDatagram.ComputeChecksum(sum) : (ushort)checksum);
        var packet = new byte[20 + datagram.Length];
        Ipv4Packet.Write(packet, header);
        datagram.CopyTo(packet, 20);
        edit?.Invoke(packet);
        script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, packet);
    }

    private static void SendSourceRouted(Script script)
    {
        var packet = new byte[28];
        Ipv4Packet.Write(packet, new Ipv4Header { TotalLength = 28, TimeToLive = 64, Protocol = IpProtocol.Udp, Source = Script.PeerAddress, Destination = Script.StackAddress });
        packet[0] = 0x47;
        (packet[20], packet[21], packet[22]) = (131, 7, 4);
        packet.AsSpan(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Finish(InternetChecksum.Sum(packet)));
        script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, packet);
    }

    private static async Task<(Ipv4Address Source, Ipv4Address Destination, byte[] Payload)> Answer(Script script)
    {
        var packet = await script.Host.NextPacketAsync(TimeSpan.FromSeconds(10));
        Assert.NotNull(packet);
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var parsed));
        return (parsed.Source, parsed.Destination, parsed.Payload.ToArray());
    }

    private readonly struct Keep(List<string> received) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => received.Add(System.Text.Encoding.ASCII.GetString(payload));
    }
}
