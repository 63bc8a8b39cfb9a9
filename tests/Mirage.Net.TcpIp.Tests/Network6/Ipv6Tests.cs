using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>IPv6 (RFC 8200) and ICMPv6 (RFC 4443) as a raw host sees them.</summary>
public class Ipv6Tests
{
    private static readonly Ipv6Address Stack = Script6.StackAddress;
    private static readonly Ipv6Address Peer = Script6.PeerAddress;

    /// <summary>A destination-options header with nothing in it but padding.</summary>
    private static readonly byte[] Padding = [(byte)IpProtocol.Udp, 0, 1, 4, 0, 0, 0, 0];

    [Fact]
    public void What_is_wrong_or_not_for_us_is_counted_and_dropped() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, [1]);
        script.Host.Send(Peer, Ipv6Address.Parse("2001:db8::99"), IpProtocol.Udp, datagram);
        script.Host.Send(Peer, Ipv6Address.Parse("ff02::5"), IpProtocol.Udp, datagram, to: script.Host.StackMac);
        script.Host.Send(Ipv6Groups.AllNodes, Stack, IpProtocol.Udp, datagram);
        script.Host.Send(Ipv6Address.Loopback, Stack, IpProtocol.Udp, datagram);
        script.Host.Send(Stack, Stack, IpProtocol.Udp, datagram);
        script.Host.Send(default, Stack, IpProtocol.Udp, datagram);
        script.Host.Send(Ipv6Address.Map(new Ipv4Address(10, 0, 0, 1)), Stack, IpProtocol.Udp, datagram);
        script.Host.SendPacket(new byte[39]);
        script.Host.SendPacket([0x40, .. new byte[60]]);
        script.Host.SendPacket([0x60, 0, 0, 0, 0, 9, 17, 64, .. RawIpv6Host.Bytes(Peer), .. RawIpv6Host.Bytes(Stack), 1, 2, 3]);
        await script.Sleep(10);
        var counters = script.Stack.Counters.Ipv6;
        Assert.Equal((2L, 5L, 3L, 0L), (counters.NotForUs, counters.BadSource, counters.Malformed, counters.Delivered));
        Assert.Empty(received);
    });

    [Fact]
    public void Padding_after_the_payload_is_ignored() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, [1, 2]);
        script.Host.SendPacket([0x60, 0, 0, 0, 0, (byte)datagram.Length, 17, 64, .. RawIpv6Host.Bytes(Peer), .. RawIpv6Host.Bytes(Stack), .. datagram, 0, 0, 0, 0]);
        await script.Sleep(10);
        Assert.Equal([1, 2], Assert.Single(received));
    });

    [Fact]
    public void RFC_8200_8_1_a_datagram_without_checksum_is_refused() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, [1]);
        datagram[6] = datagram[7] = 0;
        script.Host.Send(Peer, Stack, IpProtocol.Udp, datagram);
        await script.Sleep(10);
        Assert.Empty(received);
        Assert.Equal(1, script.Stack.Counters.Udp.BadChecksum);
    });

    [Fact]
    public void Section_4_1_a_chain_of_headers_is_followed_to_its_end() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        byte[] hopByHop = [(byte)IpProtocol.DestinationOptions, 0, 5, 2, 0, 0, 1, 0];
        byte[] destination = [(byte)IpProtocol.Ipv6Routing, 1, 0x1e, 2, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] routing = [(byte)IpProtocol.Ipv6Fragment, 0, 4, 0, 0, 0, 0, 0];
        byte[] atomic = [(byte)IpProtocol.Udp, 0, 0, 0, 1, 2, 3, 4];
        script.Host.Send(Peer, Stack, IpProtocol.HopByHopOptions, [.. hopByHop, .. destination, .. routing, .. atomic, .. Script6.Datagram(Peer, Stack, [7])]);
        await script.Sleep(10);
        Assert.Equal([7], Assert.Single(received));
    });

    [Fact]
    public void A_chain_of_more_than_eight_headers_is_dropped() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        byte[] more = [(byte)IpProtocol.DestinationOptions, 0, 1, 4, 0, 0, 0, 0];
        foreach (var count in new[] { 7, 8 })
        {
            script.Host.Send(
                Peer, Stack, IpProtocol.DestinationOptions, [.. Enumerable.Repeat(more, count).SelectMany(x => x), .. Padding, .. Script6.Datagram(Peer, Stack, [(byte)count])]);
        }

        await script.Sleep(10);
        Assert.Equal([7], Assert.Single(received));
        Assert.Equal(1, script.Stack.Counters.Ipv6.Malformed);
    });

    /// <summary>RFC 8200 §4.2: what an unknown option's first two bits ask for: delivery, and the error's code and where it points.</summary>
    [Theory]
    [InlineData(0x1e, false, true, false)]
    [InlineData(0x5e, false, false, false)]
    [InlineData(0x9e, false, false, true)]
    [InlineData(0xde, false, false, true)]
    [InlineData(0x1e, true, true, false)]
    [InlineData(0x5e, true, false, false)]
    [InlineData(0x9e, true, false, true)]
    [InlineData(0xde, true, false, false)]
    public void Section_4_2_an_unknown_option_says_what_becomes_of_the_packet(byte option, bool toGroup, bool isDelivered, bool isTold) => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        await script.MeetAsync();
        var destination = toGroup ? Ipv6Groups.AllNodes : Stack;
        script.Host.Send(Peer, destination, IpProtocol.DestinationOptions, [(byte)IpProtocol.Udp, 0, 1, 0, option, 2, 0, 0, .. Script6.Datagram(Peer, destination, [1])]);
        var error = await script.Host.TryNextAsync(packet => packet.Icmp == Icmpv6Type.ParameterProblem, 10);
        Assert.Equal((isDelivered, isTold), (received.Count == 1, error is not null));
        if (error is not null)
        {
            Assert.Equal((2, 44u, Stack), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4)), error.Source));
        }
    });

    [Theory]
    [InlineData(0x1e, 5, 0)]
    [InlineData(0x1e, 4, 1)]
    [InlineData(0x01, 255, 0)]
    public void Section_4_2_an_option_that_reaches_beyond_its_header_is_malformed(byte option, byte length, int delivered) => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [(byte)IpProtocol.Udp, 0, option, length, 0, 0, 0, 0, .. Script6.Datagram(Peer, Stack, [1])]);
        await script.Sleep(10);
        Assert.Equal((delivered, 1L - delivered), (received.Count, script.Stack.Counters.Ipv6.Malformed));
    });

    [Fact]
    public void RFC_5095_a_route_of_type_0_is_refused_unless_it_is_at_its_end() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        await script.MeetAsync();
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Routing, [(byte)IpProtocol.Udp, 2, 0, 0, .. new byte[20], .. Script6.Datagram(Peer, Stack, [1])]);
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Routing, [(byte)IpProtocol.Udp, 2, 0, 1, .. new byte[20], .. Script6.Datagram(Peer, Stack, [2])]);
        var error = await script.Host.NextAsync(Icmpv6Type.ParameterProblem);
        Assert.Equal((0, 42u), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4))));
        Assert.Equal([1], Assert.Single(received));
    });

    [Fact]
    public void Section_4_an_unknown_header_is_pointed_at() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        script.Host.Send(Peer, Stack, (IpProtocol)99, new byte[8]);
        var error = await script.Host.NextAsync(Icmpv6Type.ParameterProblem);
        Assert.Equal((1, 6u), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4))));
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [99, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4]);
        error = await script.Host.NextAsync(Icmpv6Type.ParameterProblem);
        Assert.Equal((1, 40u), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4))));

        // §4.1: hop-by-hop options come first.
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0]);
        error = await script.Host.NextAsync(Icmpv6Type.ParameterProblem);
        Assert.Equal((1, 40u), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4))));

        // §4.7.
        script.Host.Send(Peer, Stack, IpProtocol.NoNextHeader, new byte[8]);
        await script.Sleep(10);
        Assert.Equal(1, script.Stack.Counters.Ipv6.NoNextHeader);
    });

    [Fact]
    public void RFC_4443_4_2_an_echo_comes_back_also_to_a_group_and_a_broken_one_does_not() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        script.Host.SendIcmp(Peer, Stack, Icmpv6Type.EchoRequest, 0, 0x1234_0007, "hello"u8, 64, corrupt: true);
        Assert.Null(await script.Host.TryNextAsync(packet => packet.Icmp == Icmpv6Type.EchoReply, 10));
        Assert.Equal(1, script.Stack.Counters.Icmpv6.Malformed);
        script.Host.SendIcmp(Peer, Stack, Icmpv6Type.EchoRequest, 0, 0x1234_0007, "hello"u8, 64);
        var answer = await script.Host.NextAsync(Icmpv6Type.EchoReply);
        Assert.Equal((Stack, "\x12\x34\x00\x07hello"), (answer.Source, System.Text.Encoding.Latin1.GetString(answer.Payload[4..])));
        script.Host.SendIcmp(Script6.PeerLinkLocal, Ipv6Groups.AllNodes, Icmpv6Type.EchoRequest, 0, 1, "all"u8, 64);
        Assert.Equal(script.LinkLocal, (await script.Host.NextAsync(Icmpv6Type.EchoReply)).Source);
    });

    [Fact]
    public void RFC_4443_2_4_a_closed_port_is_told_of_within_a_limit_never_to_a_group_and_with_what_fits() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        script.Host.Send(Peer, Ipv6Groups.AllNodes, IpProtocol.Udp, Script6.Datagram(Peer, Ipv6Groups.AllNodes, [1]));
        Assert.Null(await script.Host.TryNextAsync(packet => packet.Icmp == Icmpv6Type.DestinationUnreachable, 10));
        for (var i = 0; i < 100; i++)
        {
            script.Host.Send(Peer, Stack, IpProtocol.Udp, Script6.Datagram(Peer, Stack, Script6.Pattern(1400)));
        }

        await script.Sleep(0.5);
        Assert.InRange(script.Stack.Counters.Icmpv6.ErrorsSent, 30, 75);
        Assert.Equal(100, script.Stack.Counters.Icmpv6.ErrorsSent + script.Stack.Counters.Icmpv6.ErrorsLimited);
        var error = await script.Host.NextAsync(Icmpv6Type.DestinationUnreachable);
        Assert.Equal((4, 1280, Peer), (error.Payload[1], error.Bytes.Length, new Ipv6Address(error.Payload.AsSpan(8 + 8))));

        // (e.1): nothing about errors.
        script.Host.All.Clear();
        await script.Sleep(1000);
        script.Host.SendIcmp(Peer, Stack, (Icmpv6Type)100, 0, 0, new byte[60], 64);
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [(byte)IpProtocol.Icmpv6, 0, 1, 0, 0x9e, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        await script.Sleep(10);
        Assert.Empty(script.Host.Of(Icmpv6Type.ParameterProblem));
    });

    [Fact]
    public void RFC_4443_3_1_an_error_reaches_who_had_sent_the_packet() => Script6.Run(async script =>
    {
        var ping = script.Stack.Icmp.PingAsync(Peer, "hello"u8.ToArray(), TimeSpan.FromSeconds(5)).AsTask();
        var echo = await script.Host.NextAsync(Icmpv6Type.EchoRequest);
        script.Host.SendIcmp(Ipv6Address.Parse("2001:db8::99"), Stack, Icmpv6Type.DestinationUnreachable, 0, 0, echo.Bytes, 64);
        Assert.Equal(ErrorKind.Unreachable, (await ping).Error.Kind);

        var connecting = script.Stack.ConnectTcpAsync(new IpEndpoint(Peer, 80)).AsTask();
        var syn = await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Tcp);
        script.Host.SendIcmp(Peer, Stack, Icmpv6Type.DestinationUnreachable, 4, 0, syn.Bytes, 64);
        Assert.Equal(ErrorKind.Refused, (await connecting).Error.Kind);

        // What this host cannot have sent is nobody's.
        syn.Bytes[8 + 15] ^= 0xff;
        script.Host.SendIcmp(Peer, Stack, Icmpv6Type.DestinationUnreachable, 4, 0, syn.Bytes, 64);
        script.Host.SendIcmp(Peer, Stack, Icmpv6Type.DestinationUnreachable, 4, 0, syn.Bytes.AsSpan(0, 44), 64);
        await script.Sleep(1);
        Assert.Equal((2L, 2L), (script.Stack.Counters.Icmpv6.ErrorsReceived, script.Stack.Counters.Icmpv6.ErrorsRefused));
    });

    [Fact]
    public void RFC_8201_a_packet_too_big_makes_packets_smaller_for_ten_minutes_but_never_than_1280() => Script6.Run(async script =>
    {
        var revision = script.Stack.Ip.PathRevision;
        var ping = script.Stack.Icmp.PingAsync(Peer, new byte[1440], TimeSpan.FromSeconds(5)).AsTask();
        var echo = await script.Host.NextAsync(Icmpv6Type.EchoRequest);
        script.Host.SendIcmp(Ipv6Address.Parse("2001:db8::99"), Stack, Icmpv6Type.PacketTooBig, 0, 1400, echo.Bytes.AsSpan(0, 1232), 64);
        Assert.Equal(ErrorKind.TooLarge, (await ping).Error.Kind);
        Assert.Equal(1360, script.Stack.MaxPayload(Peer));
        Assert.NotEqual(revision, script.Stack.Ip.PathRevision);

        // The next one goes in fragments.
        ping = script.Stack.Icmp.PingAsync(Peer, new byte[1440], TimeSpan.FromSeconds(5)).AsTask();
        var first = await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Ipv6Fragment);
        Assert.Equal(1400, first.Bytes.Length);

        // §4: what says less than 1280 is discarded.
        script.Host.SendIcmp(Ipv6Address.Parse("2001:db8::99"), Stack, Icmpv6Type.PacketTooBig, 0, 1279, first.Bytes.AsSpan(0, 1232), 64);
        await script.Sleep(1);
        Assert.Equal(1360, script.Stack.MaxPayload(Peer));
        script.Host.SendIcmp(Ipv6Address.Parse("2001:db8::99"), Stack, Icmpv6Type.PacketTooBig, 0, 1280, first.Bytes.AsSpan(0, 1232), 64);
        await script.Sleep(1);
        Assert.Equal(1240, script.Stack.MaxPayload(Peer));
        await script.Sleep(600_000);
        Assert.Equal(1460, script.Stack.MaxPayload(Peer));
        Assert.Equal(ErrorKind.TooLarge, (await ping).Error.Kind);
    });

    [Fact]
    public void Packets_to_this_host_itself_are_bounded_in_bytes() => Script6.Run(
        script =>
        {
            var results = Enumerable.Range(0, 8).Select(_ => script.Stack.SendUdp(default, new IpEndpoint(Stack, 9), new byte[60_000]).IsDone).ToList();
            Assert.Equal(4, results.Count(isDone => isDone));
            Assert.Equal((4 * 65_536L, 4L), (script.Stack.Counters.BuffersInUse, script.Stack.Counters.Ipv6.LoopbackDropped));
            return Task.CompletedTask;
        },
        Script6.Options with { Limits = new StackLimits { MaxLoopbackBytes = 4 * 65_536 } });

    [Fact]
    public void RFC_4291_2_5_3_nothing_leaves_from_the_loopback_address() => Script6.Run(async script =>
    {
        Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(new IpEndpoint(Ipv6Address.Loopback, 9), new IpEndpoint(Peer, 9), [1]).Error.Kind);
        await script.Sleep(10);
        Assert.DoesNotContain(script.Host.All, packet => packet.Source.IsLoopback);
    });

    [Fact]
    public void RFC_6437_a_flow_has_a_label_of_its_own() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        var labels = new List<uint>();
        foreach (var (from, to) in new (ushort, ushort)[] { (1, 9), (1, 9), (2, 9), (1, 10) })
        {
            script.Stack.SendUdp(new IpEndpoint(default, from), new IpEndpoint(Peer, to), [1]).ThrowIfFailed();
            labels.Add((await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).FlowLabel);
        }

        Assert.Equal(labels[0], labels[1]);
        Assert.Equal(3, labels.Distinct().Count());
        Assert.DoesNotContain(0u, labels);
    });

    [Fact]
    public void A_host_reaches_itself() => Script6.Run(async script =>
    {
        script.Stack.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
        foreach (var own in new[] { Stack, script.LinkLocal, Ipv6Address.Loopback })
        {
            var flow = (await script.Stack.ConnectTcpAsync(new IpEndpoint(own, 7))).ThrowIfFailed();
            Assert.Equal(own, flow.Local.Address);
            (await flow.WriteAsync(Script6.Pattern(3000))).ThrowIfFailed();
            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
            Assert.Equal(Script6.Pattern(3000), await flow.ReadAllAsync());
            (await flow.CloseAsync()).ThrowIfFailed();
        }

        Assert.DoesNotContain(script.Host.All, packet => packet.NextHeader == IpProtocol.Tcp);
    });
}
