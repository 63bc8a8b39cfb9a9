using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What a program can say about one connection, and what the stack tells of it.</summary>
public class ControlTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    private static readonly TcpOptions _mss = new() { MaximumSegmentSize = 1000 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RFC_5482_a_user_time_out_is_kept_to_the_moment(bool byOption) => Script.Run(async script =>
    {
        var limit = TimeSpan.FromSeconds(10);
        var (peer, flow) = await script.AcceptAsync(_mss, listen: new TcpListenOptions { UserTimeout = byOption ? limit : null });
        if (!byOption)
        {
            Control(flow).SetUserTimeout(limit).ThrowIfFailed();
        }

        await script.SleepUntil(5000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        Sent sent;
        do
        {
            sent = await peer.Next();
        }
        while ((sent.Flags & TcpFlags.Rst) == 0);

        Assert.Equal(15_000, sent.At, 2.0);
        Assert.Equal(ErrorKind.TimedOut, (await reading).Error.Kind);
    });

    [Fact]
    public void RFC_5482_a_window_that_stays_closed_reaches_the_user_time_out_though_the_peer_answers() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss, window: 0, listen: new TcpListenOptions { UserTimeout = TimeSpan.FromSeconds(30) });
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        Sent sent;
        do
        {
            sent = await peer.Next();
            peer.Send(Ack, 1, 1, window: 0);
        }
        while ((sent.Flags & TcpFlags.Rst) == 0);

        Assert.Equal(30_000, sent.At, 2.0);
        Assert.Equal(ErrorKind.TimedOut, (await flow.ReadAsync(new byte[1])).Error.Kind);
    });

    [Theory]
    [InlineData(2500, 4000)]
    [InlineData(4000, 2500)]
    public void RFC_5482_a_user_time_out_that_is_set_later_counts_from_when_data_became_outstanding(double setAt, double limit) => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        await script.SleepUntil(1000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        await script.SleepUntil(1000 + setAt);
        Control(flow).SetUserTimeout(TimeSpan.FromMilliseconds(limit)).ThrowIfFailed();
        Sent sent;
        do
        {
            sent = await peer.Next();
        }
        while ((sent.Flags & TcpFlags.Rst) == 0);

        // What is over by then fails the connection at once.
        Assert.Equal(1000 + Math.Max(setAt, limit), sent.At, 2.0);
        Assert.Equal(ErrorKind.TimedOut, (await reading).Error.Kind);
    });

    [Fact]
    public void RFC_5482_a_user_time_out_may_be_shorter_than_the_retransmission_time_out() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss, listen: new TcpListenOptions { UserTimeout = TimeSpan.FromMilliseconds(150) });
        await script.SleepUntil(5000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 100);
        await script.Sleep(100);

        // An answer of what is outstanding begins it anew, and nothing outstanding ends it.
        peer.Send(Ack, 1, 101);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        await peer.Expect(Ack, 101, 1, 100);
        await script.Sleep(100);
        peer.Send(Ack, 1, 201);
        await peer.ExpectNothing(60_000);
        (await flow.WriteAsync(new byte[100])).ThrowIfFailed();
        var last = await peer.Expect(Ack, 201, 1, 100);
        await peer.Expect(TcpFlags.Rst | Ack, at: last.At + 150);
    });

    [Fact]
    public void A_user_time_out_of_nothing_is_refused_and_none_is_the_stack_s() => Script.Run(async script =>
    {
        var (_, flow) = await script.AcceptAsync(_mss);
        Assert.Equal(ErrorKind.Invalid, Control(flow).SetUserTimeout(TimeSpan.Zero).Error.Kind);
        Control(flow).SetUserTimeout(null).ThrowIfFailed();
    });

    [Fact]
    public void A_cork_keeps_back_what_does_not_fill_a_segment() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss, listen: new TcpListenOptions { NoDelay = true });
        var control = Control(flow);
        control.SetCork(true).ThrowIfFailed();
        (await flow.WriteAsync(Peer.Bytes(300))).ThrowIfFailed();
        await peer.ExpectNothing(100);
        (await flow.WriteAsync(Peer.Bytes(900, 300))).ThrowIfFailed();
        var full = await peer.Expect(Ack, 1, 1, 1000);
        Assert.Equal(Peer.Bytes(1000), full.Payload);
        peer.Send(Ack, 1, 1001);
        await peer.ExpectNothing(100);
        control.SetCork(false).ThrowIfFailed();
        await peer.Expect(Ack, 1001, 1, 200);
        peer.Send(Ack, 1, 1201);

        // It is for parts of a message: no longer than a time-out. The end takes it out.
        control.SetCork(true).ThrowIfFailed();
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        var from = script.Now;
        await peer.Expect(Ack, 1201, 1, 10, at: from + 200);
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        (await flow.CloseAsync()).ThrowIfFailed();
        await peer.Expect(Ack | TcpFlags.Fin, 1211, 1, 10);
    });

    [Fact]
    public void What_a_cork_held_back_has_not_backed_off_the_time_out() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        Control(flow).SetCork(true).ThrowIfFailed();
        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        var sent = await peer.Expect(Ack, 1, 1, 10, at: 200);
        Assert.Equal((TimeSpan.FromMilliseconds(200), 0L), (Control(flow).GetStatistics().ThrowIfFailed().RetransmissionTimeout, script.Stack.Counters.Tcp.WindowProbes));
        await peer.Expect(Ack, 1, 1, 10, at: sent.At + 200);
    });

    [Fact]
    public void Keepalive_after_the_loop_stood_still_for_an_hour_sends_one_probe() => Script.Run(async script =>
    {
        var (peer, _) = await script.AcceptAsync(
            _mss, listen: new TcpListenOptions { KeepAlive = new KeepAlive(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), 5) });
        await script.Sleep(5000);
        script.Loop.Detach(script.Stack.Layers);
        await script.Sleep(3_600_000);
        script.Loop.Attach(script.Stack.Layers);
        await peer.Expect(Ack, 0, 1, at: 3_605_000);
        await peer.ExpectNothing(900);
        peer.Send(Ack, 1, 1);
        await peer.ExpectNothing(9000);
        Assert.Equal(1, script.Stack.Counters.Tcp.KeepAliveProbes);
        await peer.Expect(Ack, 0, 1);
    });

    [Fact]
    public void Keepalive_after_a_pause_does_not_catch_up() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(
            _mss, listen: new TcpListenOptions { KeepAlive = new KeepAlive(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), 5) });

        // A device that takes nothing is as good as a pause of the machine: the timers are due, and nothing leaves.
        peer.Send(Ack, 1, 1, text: "x");
        await peer.Expect(Ack, 1, 2);
        for (var i = 0; i < 3; i++)
        {
            var probe = await peer.Expect(Ack, 0, 2, at: 10_000 * (i + 1));
            Assert.Empty(probe.Payload);
            peer.Send(Ack, 2, 1);
            await peer.ExpectNothing(500);
        }

        // And none while there is traffic.
        for (var i = 0; i < 5; i++)
        {
            await script.Sleep(9000);
            peer.Send(Ack, 2 + i, 1, text: "y");
            await peer.Expect(Ack, 1, 3 + i);
        }

        // The cable is pulled: one probe, and then every second, five in all.
        var since = script.Now;
        for (var i = 0; i < 5; i++)
        {
            await peer.Expect(Ack, 0, 7, at: since + 10_000 + (i * 1000));
        }

        await peer.Expect(TcpFlags.Rst | Ack, 1, at: since + 15_000);
        Assert.Equal((8L, ErrorKind.TimedOut), (script.Stack.Counters.Tcp.KeepAliveProbes, (await ReadToError(flow)).Kind));
    });

    [Fact]
    public void RFC_5961_challenges_of_one_connection_are_limited_apart_from_others() => Script.Run(async script =>
    {
        var (attacked, _) = await script.AcceptAsync();
        var (other, _) = await script.AcceptAsync();
        for (var i = 0; i < 50; i++)
        {
            attacked.Send(TcpFlags.Syn, 5);
        }

        await script.Sleep(0.5);
        Assert.Equal((10L, 40L), (script.Stack.Counters.Tcp.Challenges, script.Stack.Counters.Tcp.ChallengesLimited));
        while (!script.Host.IsQuiet)
        {
            await attacked.Expect(Ack, 1, 1);
        }

        other.Send(TcpFlags.Syn, 5);
        await other.Expect(Ack, 1, 1);
        await script.Sleep(5000);
        attacked.Send(TcpFlags.Syn, 5);
        await attacked.Expect(Ack, 1, 1);
    });

    [Fact]
    public void Orphans_have_a_bound() => Script.Run(
        async script =>
        {
            var (first, flow) = await script.AcceptAsync(_mss);
            (await flow.CloseAsync()).ThrowIfFailed();
            await first.Expect(Ack | TcpFlags.Fin, 1, 1);
            first.Send(Ack, 1, 2);
            var (second, another) = await script.AcceptAsync(_mss);
            Assert.Equal(1, script.Stack.Counters.Tcp.Orphans);
            (await another.CloseAsync()).ThrowIfFailed();
            await second.Expect(TcpFlags.Rst | Ack, 1, 1);
            Assert.Equal((1, 1L), (script.Stack.Counters.Tcp.Orphans, script.Stack.Counters.Tcp.OrphansDropped));

            // A peer that never closes: FIN-WAIT-2 has an end too.
            await script.Sleep(60_001);
            Assert.Equal((0, 0), (script.Stack.Counters.Tcp.Orphans, script.Stack.Counters.Tcp.Connections));
        },
        limits: new StackLimits { MaxOrphans = 1 });

    [Fact]
    public void RFC_6191_a_local_port_in_TIME_WAIT_is_used_again_after_a_second_with_timestamps() => Script.Run(
        async script =>
        {
            var options = new TcpConnectOptions { Local = new IpEndpoint(default, 5000) };
            var remote = new IpEndpoint(Script.PeerAddress, 6000);
            var peer = script.NewPeer(5000, 6000);
            var connecting = script.Stack.ConnectTcpAsync(remote, options).AsTask();
            await peer.Expect(TcpFlags.Syn, 0);
            peer.HasTimestamps = true;
            peer.Send(TcpFlags.Syn | Ack, 0, 1, options: new TcpOptions { HasTimestamp = true, TimestampValue = 500, TimestampEcho = peer.Echo });
            await peer.Expect(Ack, 1, 1);
            (await (await connecting).ThrowIfFailed().CloseAsync()).ThrowIfFailed();
            await peer.Expect(Ack | TcpFlags.Fin, 1, 1);
            peer.Send(Ack | TcpFlags.Fin, 1, 2);
            await peer.Expect(Ack, 2, 2);
            Assert.Equal(1, script.Stack.Counters.Tcp.TimeWait);
            Assert.Equal(ErrorKind.InUse, (await script.Stack.ConnectTcpAsync(remote, options)).Error.Kind);
            await script.Sleep(1001);
            _ = script.Stack.ConnectTcpAsync(remote, options).AsTask();

            // It begins after the old one's end.
            var syn = await peer.Expect(TcpFlags.Syn);
            Assert.True(syn.Seq > 2, $"it begins at {syn.Seq}");
            Assert.Equal(0, script.Stack.Counters.Tcp.TimeWait);
        },
        new TcpSettings { InitialSequence = 77 });

    [Fact]
    public void RFC_9293_an_urgent_pointer_that_points_anywhere_changes_nothing() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        peer.Send(Ack | TcpFlags.Urg | TcpFlags.Psh, 1, 1, text: "abc");
        peer.Send(Ack | TcpFlags.Urg, 4, 1);
        peer.Send(Ack | TcpFlags.Urg | TcpFlags.Fin, 4, 1, text: "def");
        Assert.Equal("abcdef", System.Text.Encoding.ASCII.GetString(await flow.ReadAllAsync()));
    });

    [Fact]
    public void The_list_of_connections_shows_each_in_its_state() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        _ = script.Listen(81);
        var opening = script.NewPeer(81);
        opening.Send(TcpFlags.Syn, 0);
        await opening.Expect(TcpFlags.Syn | Ack);
        peer.Send(Ack, 1, 1, text: "hello");
        (await flow.WriteAsync(new byte[1500])).ThrowIfFailed();
        await peer.Expect(Ack, length: null);
        await peer.Expect(Ack, length: null);
        var rows = new List<TcpConnectionInfo>();
        script.Stack.GetTcpConnections(rows);
        Assert.Equal(["ESTABLISHED", "SYN-RECEIVED"], rows.Select(row => row.State));
        var row = rows[0];
        Assert.Equal((5, 1500, flow.Local, flow.Remote, false), (row.ReceiveQueue, row.SendQueue, row.Local, row.Remote, row.IsOrphan));
        Assert.Equal($"ESTABLISHED         5     1500 10.0.0.1:{flow.Local.Port} 10.0.0.2:{flow.Remote.Port}  rtt:0 rto:200 cwnd:{row.CongestionWindow} unacked:{row.InFlight} retrans:0 mss:1000 bytes_received:5 minrtt:0.001", row.ToString());
        Assert.False(row.Due.IsNever);

        var statistics = Control(flow).GetStatistics().ThrowIfFailed();
        Assert.Equal(statistics, row.Statistics);
        Assert.Equal(default, rows[1].Statistics);
        Assert.Equal((1500L, 5L, 0L, 65_536L, 131_072L), (statistics.SendQueue, statistics.ReceiveQueue, statistics.BytesAcknowledged, statistics.ReceiveBuffer, statistics.SendBuffer));
    });

    [Fact]
    public void Statistics_tell_what_is_lost_what_is_done_about_it_and_how_fast_it_goes() => Script.Run(async script =>
    {
        var options = new TcpOptions { MaximumSegmentSize = 1000, SackPermitted = true, HasWindowScale = true, WindowScale = 3 };
        var (peer, flow) = await script.AcceptAsync(options, roundTrip: 100);
        Assert.Equal((3, 7), (Get().SendWindowScale, Get().ReceiveWindowScale));
        (await flow.WriteAsync(new byte[5000])).ThrowIfFailed();
        for (var i = 0; i < 5; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        Assert.Equal((TcpCongestionState.Open, 0L), (Get().CongestionState, Get().DeliveryRate));
        await script.Sleep(100);
        var block = default(TcpOptions);
        block.AddSack(new(peer.StackIss + 1001), new(peer.StackIss + 2001));
        peer.Send(Ack, 1, 1, options: block);
        await script.Sleep(1);
        Assert.Equal((TcpCongestionState.Disorder, 1000L, 1000L, 0L), (Get().CongestionState, Get().SelectivelyAcknowledged, Get().BytesDelivered, Get().BytesAcknowledged));
        Assert.Equal(10_000, Get().DeliveryRate, 100.0);
        Assert.Equal(100, Get().MinimumRoundTripTime.TotalMilliseconds, 1.0);

        // RFC 8985 §6.2: after a fourth of the round trip it is lost.
        await peer.Expect(Ack, 1, 1, 1000, at: 225);
        Assert.Equal(TcpCongestionState.Recovery, Get().CongestionState);
        var rows = new List<TcpConnectionInfo>();
        script.Stack.GetTcpConnections(rows);
        Assert.Matches(" mss:1000 sacked:1000 minrtt:100 delivery_rate:[0-9]+ Recovery$", rows[0].ToString());
        await script.Sleep(75);
        peer.Send(Ack, 1, 5001);
        await script.Sleep(1);
        Assert.Equal((TcpCongestionState.Open, 5000L, 5000L, false), (Get().CongestionState, Get().BytesAcknowledged, Get().BytesDelivered, Get().ReorderingSeen));

        // What was sent again has told nothing of it; 3000 bytes in 100 ms do.
        Assert.Equal(10_000, Get().DeliveryRate, 100.0);
        (await flow.WriteAsync(new byte[3000])).ThrowIfFailed();
        await script.Sleep(100);
        script.Host.Clear();
        peer.Send(Ack, 1, 8001);
        await script.Sleep(1);
        Assert.Equal(30_000, Get().DeliveryRate, 500.0);
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        while (Get().CongestionState == TcpCongestionState.Open)
        {
            await script.Sleep(50);
        }

        Assert.Equal(TcpCongestionState.Loss, Get().CongestionState);

        TcpStatistics Get() => Control(flow).GetStatistics().ThrowIfFailed();
    });

    private static TcpControl Control(TcpFlow flow)
    {
        Assert.True(flow.TryGet<TcpControl>(out var control));
        return control;
    }

    private static async Task<DeviceError> ReadToError(TcpFlow flow)
    {
        FlowRead read;
        do
        {
            read = await flow.ReadAsync(new byte[100]);
        }
        while (read.HasData);

        return read.Error;
    }
}
