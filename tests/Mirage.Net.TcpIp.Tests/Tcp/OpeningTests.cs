using Mirage.Net.TcpIp.Tests.Network;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 9293 §3.5: the handshake, what it agrees on, and how it fails.</summary>
public class OpeningTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    private static TcpOptions All => new()
    {
        MaximumSegmentSize = 1460, SackPermitted = true, HasTimestamp = true, TimestampValue = 500, HasWindowScale = true, WindowScale = 7,
    };

    [Fact]
    public void A_SYN_offers_everything_and_is_repeated_after_1_2_4_seconds_until_the_time_out() => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect(new TcpConnectOptions { Timeout = TimeSpan.FromSeconds(20) });
        foreach (var at in new[] { 0, 1000, 3000, 7000, 15_000 })
        {
            var syn = await peer.Expect(TcpFlags.Syn, 0, at: at, window: 65_535);
            Assert.Equal("2 4 8 3", syn.OptionKinds);
            Assert.Equal(1460, syn.Options.MaximumSegmentSize);
            Assert.Equal(0u, syn.Options.TimestampEcho);
        }

        Assert.Equal(ErrorKind.TimedOut, (await connecting).Error.Kind);
        Assert.Equal(20_000, script.Now, 1.5);
        await script.Sleep(1);
        Assert.Equal((0, 1L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.FailedOpens));
    });

    [Theory]
    [InlineData(false, false, false, "2")]
    [InlineData(true, false, false, "2 4")]
    [InlineData(false, true, false, "2 8")]
    [InlineData(false, false, true, "2 3")]
    [InlineData(true, true, true, "2 4 8 3")]
    public void A_SYN_ACK_has_what_was_offered_and_is_repeated_until_the_time_out(bool sack, bool timestamps, bool scale, string kinds) => Script.Run(async script =>
    {
        _ = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, options: new TcpOptions { SackPermitted = sack, HasTimestamp = timestamps, TimestampValue = 7, HasWindowScale = scale });
        foreach (var at in new[] { 0, 1000, 3000, 7000, 15_000 })
        {
            var answer = await peer.Expect(SynAck, 0, 1, at: at);
            Assert.Equal(kinds, answer.OptionKinds);
            Assert.Equal(timestamps ? 7u : 0, answer.Options.TimestampEcho);
        }

        await peer.ExpectNothing(16_000);
        Assert.Equal((0, 1L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.FailedOpens));
    });

    [Fact]
    public void A_repeated_SYN_gets_the_SYN_ACK_again() => Script.Run(async script =>
    {
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, options: All);
        var first = await peer.Expect(SynAck, 0, 1);
        peer.Send(TcpFlags.Syn, 0, options: All);
        var second = await peer.Expect(SynAck, 0, 1);
        Assert.Equal((first.RawSequence, first.OptionKinds), (second.RawSequence, second.OptionKinds));
        peer.HasTimestamps = true;
        peer.Send(Ack);
        _ = await accepted.NextAsync();
        Assert.Equal(1, script.Stack.Counters.Tcp.PassiveOpens);

        // RFC 9293 §3.10.7.4: once more it is old, and the acknowledgement of an established connection answers it.
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(Ack, 1, 1);
    });

    [Theory]
    [InlineData(0, 536)]
    [InlineData(100, 100)]
    [InlineData(1, 64)]
    [InlineData(9000, 1460)]
    public void The_peers_maximum_segment_size_is_kept(int offered, int expected) => Script.Run(async script =>
    {
        // RFC 9293 §3.7.1: 536 if it does not say.
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = (ushort)offered });
        (await flow.WriteAsync(new byte[expected + 1])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, expected);
    });

    [Fact]
    public void Timestamps_come_off_the_segment_and_windows_are_scaled() => Script.Run(async script =>
    {
        // RFC 6691; RFC 7323 §2.2: the window of a SYN is not scaled.
        var (peer, flow) = await script.AcceptAsync(All, window: 40);
        peer.Send(Ack, 1, 1, window: 40);
        (await flow.WriteAsync(new byte[6000])).ThrowIfFailed();
        for (var i = 0; i < 3; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1448), 1, 1448);
        }

        // 40 << 7 is 5120: the rest of the window, 776 bytes, is not worth a segment.
        await peer.ExpectNothing();
        Assert.True(flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        Assert.Equal((1448, 5120L, true, true, true), (statistics.MaximumSegmentSize, statistics.SendWindow, statistics.WindowScaling, statistics.Timestamps, statistics.SelectiveAcknowledgement));
    });

    [Fact]
    public void A_simultaneous_open_is_established_with_one_SYN_ACK_each() => Script.Run(async script =>
    {
        // RFC 9293 §3.5, figure 7.
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, 0);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck, 0, 1);
        peer.Send(SynAck, 0, 1);
        var flow = (await connecting).ThrowIfFailed();
        await peer.ExpectNothing();
        peer.Send(Ack, 1, 1, text: "abc");
        await peer.Expect(Ack, 1, 4);
        Assert.Equal(3, (await flow.ReadAsync(new byte[10])).Count);
    });

    [Fact]
    public void A_simultaneous_open_ends_with_the_acknowledgement_too() => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, 0);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck, 0, 1);
        peer.Send(Ack, 1, 1);
        (await connecting).ThrowIfFailed();

        // The peer has not seen our acknowledgement: its SYN-ACK again.
        peer.Send(SynAck, 0, 1);
        await peer.Expect(Ack, 1, 1);
    });

    [Fact]
    public void A_reset_of_a_simultaneous_open_refuses() => Script.Run(async script =>
    {
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, 0);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck, 0, 1);
        peer.Send(TcpFlags.Rst, 1);
        Assert.Equal(ErrorKind.Refused, (await connecting).Error.Kind);
    });

    [Fact]
    public void In_SYN_SENT_a_wrong_acknowledgement_is_reset() => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.3: an old connection's other half is told so.
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, 0);
        peer.Send(SynAck, 0, 90);
        await peer.Expect(TcpFlags.Rst, 90);
        peer.Send(Ack, 0, 0);
        await peer.Expect(TcpFlags.Rst, 0);
        peer.Send(Ack, 0, 1);
        await peer.ExpectNothing();
        peer.Send(SynAck, 0, 1);
        await peer.Expect(Ack, 1, 1);
        (await connecting).ThrowIfFailed();
    });

    [Fact]
    public void Data_opens_when_the_acknowledgement_before_it_was_lost() => Script.Run(async script =>
    {
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck, 0, 1);
        peer.Send(Ack | TcpFlags.Fin, 1, 1, text: "all of it");
        await peer.Expect(Ack, 1, 11);
        var flow = await accepted.NextAsync();
        Assert.Equal(9, (await flow.ReadAllAsync()).Length);
    });

    [Fact]
    public void What_a_SYN_carries_is_sent_again_by_the_peer() => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.2 allows to keep it; it is not acknowledged, so it comes again.
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, text: "early");
        await peer.Expect(SynAck, 0, 1);
        peer.Send(Ack, 1, 1, text: "early");
        await peer.Expect(Ack, 1, 6);
        Assert.Equal(5, (await (await accepted.NextAsync()).ReadAsync(new byte[10])).Count);
    });

    [Fact]
    public void A_full_backlog_drops_and_has_room_again() => Script.Run(
        async script =>
        {
            var accepted = script.Listen(options: new TcpListenOptions { Backlog = 2 });
            var peers = Enumerable.Range(0, 3).Select(_ => script.NewPeer()).ToArray();
            peers[0].Send(TcpFlags.Syn, 0);
            await peers[0].Expect(SynAck);
            peers[1].Send(TcpFlags.Syn, 0);
            await peers[1].Expect(SynAck);
            peers[2].Send(TcpFlags.Syn, 0);
            await peers[2].ExpectNothing();
            Assert.Equal(1, script.Stack.Counters.Tcp.BacklogDropped);
            peers[0].Send(Ack);
            _ = await accepted.NextAsync();
            peers[1].Send(TcpFlags.Rst, 1);
            peers[2].Send(TcpFlags.Syn, 0);
            await peers[2].Expect(SynAck);
        },
        new TcpSettings { SynCookies = SynCookieUse.Never });

    [Theory]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.1")]
    public void RFC_1122_section_4_2_3_10_a_SYN_to_many_is_ignored(string destination) => Script.Run(async script =>
    {
        // Neither where somebody listens nor where nobody does.
        _ = script.Listen();
        var to = Ipv4Address.Parse(destination);
        foreach (var port in new ushort[] { 80, 81 })
        {
            var segment = new byte[TcpSegment.HeaderSize];
            TcpSegment.WriteHeader(segment, 5000, port, new(1), default, TcpFlags.Syn, 1000, segment.Length);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(
                segment.AsSpan(16), InternetChecksum.Finish(InternetChecksum.Sum(segment, InternetChecksum.PseudoHeader(Script.PeerAddress, to, IpProtocol.Tcp, segment.Length))));
            script.SendIp(Script.PeerAddress, to, IpProtocol.Tcp, segment);
        }

        await script.Sleep(5000);
        Assert.True(script.Host.IsQuiet);
        Assert.Equal((2L, 0L, 0, 0L), (script.Stack.Counters.Tcp.SegmentsReceived, script.Stack.Counters.Tcp.SegmentsSent, script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.BadChecksum));
    });

    [Fact]
    public void Forged_SYNs_that_fill_the_backlog_give_way_after_a_second() => Script.Run(
        async script =>
        {
            var accepted = script.Listen(options: new TcpListenOptions { Backlog = 2 });
            var forged = Enumerable.Range(0, 2).Select(_ => script.NewPeer()).ToArray();
            foreach (var peer in forged)
            {
                peer.Send(TcpFlags.Syn, 0);
                await peer.Expect(SynAck);
            }

            var honest = script.NewPeer();
            honest.Send(TcpFlags.Syn, 0);
            await honest.ExpectNothing();

            // It repeats its SYN; meanwhile the stack has repeated its answers to the others.
            await script.SleepUntil(1100);
            await forged[0].Expect(SynAck);
            await forged[1].Expect(SynAck);
            honest.Send(TcpFlags.Syn, 0);
            await honest.Expect(SynAck);
            honest.Send(Ack);
            var flow = await accepted.NextAsync();

            // The oldest is forgotten, the other is not.
            forged[0].Send(Ack);
            await forged[0].Expect(TcpFlags.Rst, 1);
            forged[1].Send(Ack);
            _ = await accepted.NextAsync();
            Assert.Equal((2L, 1L), (script.Stack.Counters.Tcp.BacklogDropped, script.Stack.Counters.Tcp.FailedOpens));
            await flow.AbortAsync();
        },
        new TcpSettings { SynCookies = SynCookieUse.Never });

    [Fact]
    public void A_cancelled_connect_is_gone() => Script.Run(async script =>
    {
        using var source = new CancellationTokenSource();
        var (peer, connecting) = script.Connect(cancellation: source.Token);
        await peer.Expect(TcpFlags.Syn, 0);
        Script.Cancel(source);
        await Assert.ThrowsAsync<OperationCanceledException>(() => connecting);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
        peer.Send(SynAck, 0, 1);
        await peer.Expect(TcpFlags.Rst, 1);
    });

    [Fact]
    public void A_connect_to_nobody_is_unreachable_after_three_questions() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        var connected = await script.Stack.ConnectTcpAsync(new IpEndpoint(new Ipv4Address(10, 0, 0, 9), 80));
        Assert.Equal(ErrorKind.Unreachable, connected.Error.Kind);
        Assert.Equal(3000, script.Now, 1.5);
        connected = await script.Stack.ConnectTcpAsync(new IpEndpoint(new Ipv4Address(10, 0, 0, 9), 80));
        Assert.Equal((ErrorKind.Unreachable, true), (connected.Error.Kind, script.Now < 3002));
        connected = await script.Stack.ConnectTcpAsync(new IpEndpoint(new Ipv4Address(192, 168, 0, 9), 80));
        Assert.Equal(ErrorKind.Unreachable, connected.Error.Kind);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void A_port_is_used_once_for_one_remote_end() => Script.Run(async script =>
    {
        var options = new TcpConnectOptions { Local = new IpEndpoint(default, 5000) };
        var first = script.Stack.ConnectTcpAsync(new IpEndpoint(Script.PeerAddress, 1), options).AsTask();
        Assert.Equal(ErrorKind.InUse, (await script.Stack.ConnectTcpAsync(new IpEndpoint(Script.PeerAddress, 1), options)).Error.Kind);
        var other = script.Stack.ConnectTcpAsync(new IpEndpoint(Script.PeerAddress, 2), options).AsTask();
        await script.Sleep(1);
        Assert.False(first.IsCompleted || other.IsCompleted);
    });

    [Fact]
    public void Ports_run_out() => Script.Run(
        async script =>
        {
            script.Host.AnswersArp = false;
            var remote = new IpEndpoint(Script.PeerAddress, 1);
            var all = Enumerable.Range(0, 32_768).Select(_ => script.Stack.ConnectTcpAsync(remote).AsTask()).ToArray();
            Assert.Equal(ErrorKind.InUse, (await script.Stack.ConnectTcpAsync(remote)).Error.Kind);
            Assert.All(await Task.WhenAll(all), x => Assert.Equal(ErrorKind.Unreachable, x.Error.Kind));
            await script.Sleep(1);
            Assert.Equal(0, script.Stack.Counters.BuffersInUse);
        });

    [Fact]
    public void Too_many_connections_are_refused_here_and_dropped_from_there() => Script.Run(
        async script =>
        {
            var at = await Reached.Reach(script, "Established");
            Assert.Equal(ErrorKind.Full, (await script.Stack.ConnectTcpAsync(new IpEndpoint(Script.PeerAddress, 1))).Error.Kind);
            var peer = script.NewPeer(at.Peer.StackPort);
            peer.Send(TcpFlags.Syn, 0);
            await peer.ExpectNothing();
            Assert.Equal(2, script.Stack.Counters.Tcp.ConnectionsDropped);
        },
        limits: new StackLimits { MaxConnections = 1 });

    [Fact]
    public void Listeners_of_one_port_have_different_addresses() => Script.Run(
        async script =>
        {
            var second = new Ipv4Address(10, 0, 0, 5);
            var one = script.Listen(options: new TcpListenOptions { Address = Script.StackAddress });
            Assert.Equal(ErrorKind.InUse, script.Stack.ListenTcp(80, new EchoHandler()).Error.Kind);
            Assert.Equal(ErrorKind.InUse, script.Stack.ListenTcp(80, new EchoHandler(), new TcpListenOptions { Address = Script.StackAddress }).Error.Kind);
            Assert.Equal(ErrorKind.Invalid, script.Stack.ListenTcp(80, new EchoHandler(), new TcpListenOptions { Address = new Ipv4Address(10, 0, 0, 77) }).Error.Kind);
            var two = script.Listen(options: new TcpListenOptions { Address = second });
            var peer = script.NewPeer();
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck);
            peer.Send(Ack);
            Assert.Equal(Script.StackAddress, (await one.NextAsync()).Local.Address.V4);
            Assert.Equal(0, two.Count);
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 24), new IpNetwork(new Ipv4Address(10, 0, 0, 5), 24)] });

    [Fact]
    public void A_listener_that_is_closed_resets_what_it_had_not_accepted() => Script.Run(async script =>
    {
        var at = await Reached.Reach(script, "SynReceived");
        script.Stack.UnlistenTcp(80).ThrowIfFailed();
        at.Peer.Send(Ack, text: "abc");
        await at.Peer.Expect(TcpFlags.Rst, 1);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void A_connection_that_is_reset_before_its_handler_ran_is_given_to_it_and_then_gone() => Script.Run(async script =>
    {
        var accepted = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck);
        peer.Send(Ack, text: "abc");
        peer.Send(TcpFlags.Rst, 4);
        var flow = await accepted.NextAsync();
        Assert.Equal(ErrorKind.Reset, (await flow.ReadAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await flow.WriteAsync(new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.Reset, (await flow.CloseAsync()).Error.Kind);
        (await flow.CloseAsync()).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
    });
}
