using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What waits for its handler, and how much of it may.</summary>
public class AcceptingTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    [Fact]
    public void Connections_wait_established_for_a_handler_and_keep_what_arrives() => Script.Run(async script =>
    {
        var accepted = script.Listen(options: new TcpListenOptions { MaxConcurrent = 1, Backlog = 2 });
        var peers = Enumerable.Range(0, 3).Select(_ => script.NewPeer()).ToArray();
        foreach (var peer in peers)
        {
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
            peer.Send(Ack, text: "hello");
            await peer.Expect(Ack, 1, 6);
        }

        var listeners = new List<TcpListenerInfo>();
        script.Stack.GetTcpListeners(listeners);
        var listener = Assert.Single(listeners);
        Assert.Equal((1, 2, 0, 3L), (listener.Running, listener.Waiting, listener.HalfOpen, listener.Counters.Accepted));
        Assert.StartsWith("LISTEN              2        2 *:80  half-open:0 running:1 accepted:3", listener.ToString());

        // A full queue: no SYN is answered.
        var late = script.NewPeer();
        late.Send(TcpFlags.Syn, 0);
        await late.ExpectNothing();
        Assert.Equal(1, script.Stack.Counters.Tcp.BacklogDropped);
        for (var i = 0; i < 3; i++)
        {
            var flow = await accepted.NextAsync();
            Assert.Equal(peers[i].Port, flow.Remote.Port);
            Assert.Equal(5, (await flow.ReadAsync(new byte[10])).Count);
            Assert.Equal(0, accepted.Count);
            accepted.Finish(flow);
            await peers[i].Expect(TcpFlags.Fin | Ack, 1, 6);
        }
    });

    [Fact]
    public void A_third_segment_that_finds_the_queue_full_counts_as_lost() => Script.Run(async script =>
    {
        var accepted = script.Listen(options: new TcpListenOptions { MaxConcurrent = 1, Backlog = 1 });
        var peers = Enumerable.Range(0, 3).Select(_ => script.NewPeer()).ToArray();
        peers[0].Send(TcpFlags.Syn, 0);
        await peers[0].Expect(SynAck);
        peers[0].Send(Ack);
        var first = await accepted.NextAsync();
        peers[1].Send(TcpFlags.Syn, 0);
        await peers[1].Expect(SynAck);

        // The backlog of half-open ones has one too: this is a cookie.
        peers[2].Send(TcpFlags.Syn, 0);
        await peers[2].Expect(SynAck);
        peers[1].Send(Ack);
        peers[2].Send(Ack);
        await peers[2].ExpectNothing();
        Assert.Equal(1, script.Stack.Counters.Tcp.AcceptOverflows);
        accepted.Finish(first);
        await peers[0].Expect(TcpFlags.Fin | Ack);
        _ = await accepted.NextAsync();

        // The peer thinks that it is established; its data opens it.
        peers[2].Send(Ack, text: "abc");
        await peers[2].Expect(Ack, 1, 4);
    });

    [Fact]
    public void Unlistening_resets_what_waits_and_forgets_what_is_half_open() => Script.Run(async script =>
    {
        var accepted = script.Listen(options: new TcpListenOptions { MaxConcurrent = 1 });
        var peers = Enumerable.Range(0, 3).Select(_ => script.NewPeer()).ToArray();
        foreach (var peer in peers)
        {
            peer.Send(TcpFlags.Syn, 0);
            await peer.Expect(SynAck, 0, 1);
            if (peer != peers[2])
            {
                peer.Send(Ack);
            }
        }

        var flow = await accepted.NextAsync();
        await script.Sleep(1);
        script.Stack.UnlistenTcp(80).ThrowIfFailed();
        await peers[1].Expect(TcpFlags.Rst | Ack, 1, 1);
        peers[2].Send(Ack);
        await peers[2].Expect(TcpFlags.Rst, 1);
        Assert.Equal((1, 0), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.HalfOpen));
        (await flow.WriteAsync(new byte[3])).ThrowIfFailed();
        await peers[0].Expect(Ack, 1, 1, 3);
    });

    [Fact]
    public void RFC_6191_a_SYN_after_TIME_WAIT_gets_a_later_sequence_number() => Script.Run(
        async script =>
        {
            // RFC 9293 §3.6.1. The initial sequence number is fixed here; the new one is beyond the last all the same.
            var at = await Reached.Reach(script, "TimeWait");
            at.Peer.Send(TcpFlags.Syn, 100);
            var answer = await at.Peer.Expect(SynAck, ack: 101);
            Assert.True(answer.Seq > at.StackNext, $"it begins at {answer.Seq}");
        },
        new TcpSettings { InitialSequence = 7 });
}
