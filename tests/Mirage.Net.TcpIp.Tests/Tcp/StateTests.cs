using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>RFC 9293 §3.10.7 and RFC 5961, in each state.</summary>
public class StateTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    public static TheoryData<string> Synchronized => [.. Reached.Synchronized];

    [Theory]
    [MemberData(nameof(Synchronized))]
    [InlineData("SynReceived")]
    public void An_exact_reset_ends_the_connection_except_in_TIME_WAIT(string state) => Script.Run(async script =>
    {
        var at = await Reached.Reach(script, state);
        Assert.Equal(1, script.Stack.Counters.Tcp.Connections);
        at.Peer.Send(TcpFlags.Rst, at.PeerNext);
        await script.Sleep(1);

        // RFC 1337: TIME-WAIT is not shortened.
        Assert.Equal(state == "TimeWait" ? 1 : 0, script.Stack.Counters.Tcp.Connections);
        await at.Peer.ExpectNothing();
    });

    [Theory]
    [MemberData(nameof(Synchronized))]
    [InlineData("SynReceived")]
    public void Another_reset_in_the_window_is_challenged(string state) => Script.Run(async script =>
    {
        // RFC 5961 §3.2.
        var at = await Reached.Reach(script, state);
        at.Peer.Send(TcpFlags.Rst, at.PeerNext + 1);
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
        Assert.Equal(1, script.Stack.Counters.Tcp.Challenges);
        at.Peer.Send(TcpFlags.Rst, at.PeerNext - 1);
        at.Peer.Send(TcpFlags.Rst, at.PeerNext + 70_000_000);
        await at.Peer.ExpectNothing();
        Assert.Equal(1, script.Stack.Counters.Tcp.Connections);
    });

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_SYN_is_challenged(string state) => Script.Run(async script =>
    {
        // RFC 5961 §4.2. In TIME-WAIT one that is not newer.
        var at = await Reached.Reach(script, state);
        at.Peer.Send(TcpFlags.Syn, state == "TimeWait" ? at.PeerNext : at.PeerNext + 5);
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
        at.Peer.Send(TcpFlags.Syn, 0);
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
        Assert.Equal(1, script.Stack.Counters.Tcp.Connections);
    });

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void An_acknowledgement_of_what_was_not_sent_is_answered_and_its_text_dropped(string state) => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.4 fifth, RFC 5961 §5.2.
        var at = await Reached.Reach(script, state);
        at.Peer.Send(Ack, at.PeerNext, at.StackNext + 1, text: "x");
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
        await at.Peer.ExpectNothing();
    });

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_segment_outside_of_the_window_is_answered_with_an_acknowledgement(string state) => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.4 first.
        var at = await Reached.Reach(script, state);
        at.Peer.Send(Ack, at.PeerNext + 70_000_000, at.StackNext, text: "x");
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
        at.Peer.Send(Ack, at.PeerNext - 1, at.StackNext);
        await at.Peer.Expect(Ack, at.StackNext, at.PeerNext);
    });

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_segment_without_ACK_is_dropped(string state) => Script.Run(async script =>
    {
        var at = await Reached.Reach(script, state);
        at.Peer.Send(TcpFlags.Psh, at.PeerNext, text: "x");
        await at.Peer.ExpectNothing();
    });

    [Fact]
    public void In_SYN_RECEIVED_a_wrong_acknowledgement_is_reset() => Script.Run(async script =>
    {
        var at = await Reached.Reach(script, "SynReceived");
        at.Peer.Send(Ack, 1, 77);
        await at.Peer.Expect(TcpFlags.Rst, 77);
        at.Peer.Send(Ack, 1, 0);
        await at.Peer.Expect(TcpFlags.Rst, 0);
    });

    [Fact]
    public void A_closed_port_answers_with_a_reset() => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.1.
        var peer = script.NewPeer(81);
        peer.Send(TcpFlags.Syn, 0, text: "abc");
        var answer = await peer.Next();
        Assert.Equal((TcpFlags.Rst | Ack, 0u, 4L), (answer.Flags, answer.RawSequence, answer.Ack));
        peer.Send(Ack | TcpFlags.Fin, 5, 100);
        answer = await peer.Next();
        Assert.Equal((TcpFlags.Rst, 100u), (answer.Flags, answer.RawSequence));
        peer.Send(TcpFlags.Rst, 5);
        await peer.ExpectNothing();
    });

    [Fact]
    public void A_listening_port_resets_what_does_not_open() => Script.Run(async script =>
    {
        // RFC 9293 §3.10.7.2.
        _ = script.Listen();
        var peer = script.NewPeer();
        peer.Send(Ack, 1, 9);
        await peer.Expect(TcpFlags.Rst, 9);
        peer.Send(TcpFlags.Syn | Ack, 1, 9);
        await peer.Expect(TcpFlags.Rst, 9);
        peer.Send(TcpFlags.Rst, 1);
        peer.Send(TcpFlags.Syn | TcpFlags.Rst, 1);
        await peer.ExpectNothing();
    });

    [Fact]
    public void A_blind_reset_in_SYN_SENT_is_ignored() => Script.Run(async script =>
    {
        // RFC 5961 §3.2 (the first of test_rfc5961's seven cases; two to seven follow).
        var (peer, connecting) = script.Connect();
        await peer.Expect(TcpFlags.Syn, 0);
        peer.Send(TcpFlags.Rst, 0);
        peer.Send(TcpFlags.Rst | Ack, 0, 5);
        await peer.ExpectNothing();
        Assert.False(connecting.IsCompleted);
        peer.Send(TcpFlags.Rst | Ack, 0, 1);
        Assert.Equal(ErrorKind.Refused, (await connecting).Error.Kind);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
    });

    [Fact]
    public void A_blind_reset_is_challenged_and_an_exact_one_is_read_as_an_error() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(TcpFlags.Rst, 100);
        await peer.Expect(Ack, 1, 1);
        var reading = flow.ReadAsync(new byte[1]).AsTask();
        Assert.False(reading.IsCompleted);
        peer.Send(TcpFlags.Rst, 1);
        Assert.Equal(ErrorKind.Reset, (await reading).Error.Kind);
    });

    [Fact]
    public void Data_with_an_acknowledgement_out_of_range_is_not_delivered_and_with_an_old_one_is() => Script.Run(async script =>
    {
        // RFC 5961 §5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT.
        var (peer, flow) = await script.AcceptAsync(window: 1000);
        (await flow.WriteAsync(new byte[500])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 500);
        peer.Send(Ack, 1, 501, window: 1000);
        peer.Send(Ack, 1, 501 - 1001, text: "no");
        await peer.Expect(Ack, 501, 1);
        peer.Send(Ack, 1, 502, text: "no");
        await peer.Expect(Ack, 501, 1);
        peer.Send(Ack, 1, 501 - 1000, text: "yes");
        await peer.Expect(Ack, 501, 4);
        var buffer = new byte[10];
        Assert.Equal(3, (await flow.ReadAsync(buffer)).Count);
        Assert.Equal((byte)'y', buffer[0]);
    });

    [Fact]
    public void Challenges_are_limited() => Script.Run(async script =>
    {
        // RFC 5961 §7: ten of each connection's in five seconds, and about a hundred at once of all together.
        var peers = new List<Peer>();
        for (var connection = 0; connection < 20; connection++)
        {
            peers.Add((await script.AcceptAsync()).Peer);
        }

        for (var i = 0; i < 10; i++)
        {
            peers.ForEach(peer => peer.Send(TcpFlags.Syn, 5));
        }

        await script.Sleep(0.5);
        Assert.InRange(script.Stack.Counters.Tcp.Challenges, 60, 160);
        Assert.Equal(200, script.Stack.Counters.Tcp.Challenges + script.Stack.Counters.Tcp.ChallengesLimited);
    });

    [Fact]
    public void RFC_5961_how_many_challenges_are_left_for_a_stranger_does_not_tell_how_many_others_had()
    {
        // CVE-2016-5696: who gets a hundred minus one in a second knows that what was forged has hit a connection.
        var left = new HashSet<long>();
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Script.Run(
                async script =>
                {
                    var peers = new List<Peer>();
                    for (var connection = 0; connection < 20; connection++)
                    {
                        peers.Add((await script.AcceptAsync()).Peer);
                    }

                    for (var i = 0; i < 10; i++)
                    {
                        peers.ForEach(peer => peer.Send(TcpFlags.Syn, 5));
                    }

                    await script.Sleep(0.5);
                    _ = left.Add(script.Stack.Counters.Tcp.Challenges);
                },
                seed: seed);
        }

        Assert.True(left.Count > 5, $"it is always one of {string.Join(", ", left)}");
        Assert.All(left, count => Assert.InRange(count, 60, 160));
    }

    [Fact]
    public void A_wrong_checksum_and_a_broken_header_are_counted_and_dropped() => Script.Run(async script =>
    {
        var (peer, _) = await script.AcceptAsync();
        peer.SendRaw(Ack, peer.Iss + 1, peer.StackIss + 1, 1000, [1], corrupt: true);
        await peer.ExpectNothing();
        Assert.Equal(1, script.Stack.Counters.Tcp.BadChecksum);
    });

    [Fact]
    public void Urgent_data_is_in_the_stream() => Script.Run(async script =>
    {
        // RFC 6093 §3.4.
        var (peer, flow) = await script.AcceptAsync();
        peer.Send(Ack | TcpFlags.Urg, 1, 1, text: "abc");
        var buffer = new byte[10];
        Assert.Equal(3, (await flow.ReadAsync(buffer)).Count);
    });
}
