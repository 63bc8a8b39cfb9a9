using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A forwarder is asked about a SYN that no listener takes, before there is an answer.</summary>
public class ForwardingTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    [Fact]
    public void It_knows_both_ends_and_answers_when_it_has_decided() => Script.Run(async script =>
    {
        var requests = Forward(script);
        var peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        var request = await requests.NextAsync();
        Assert.Equal(new IpEndpoint(Script.PeerAddress, peer.Port), request.Source);
        Assert.Equal(new IpEndpoint(Script.StackAddress, 7777), request.Destination);

        // Meanwhile the peer tries again, and nothing answers.
        await peer.ExpectNothing(1000);
        peer.Send(TcpFlags.Syn, 0);
        await peer.ExpectNothing(1000);
        var accepting = request.AcceptAsync().AsTask();
        await peer.Expect(SynAck, 0, 1, at: 2000);
        Assert.False(accepting.IsCompleted);
        peer.Send(Ack, text: "abc");
        var flow = (await accepting).ThrowIfFailed();
        await peer.Expect(Ack, 1, 4);
        Assert.Equal((request.Destination, request.Source), (flow.Local, flow.Remote));
        Assert.Equal(3, (await flow.ReadAsync(new byte[10])).Count);
        Assert.Equal(ErrorKind.Invalid, (await request.AcceptAsync()).Error.Kind);
        requests.Finish(request);
        await peer.Expect(TcpFlags.Fin | Ack, 1, 4);
    });

    [Fact]
    public void A_peer_that_cannot_be_reached_any_more_fails_the_acceptance() => Script.Run(async script =>
    {
        var requests = Forward(script);
        var peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        var request = await requests.NextAsync();
        Assert.True(script.Stack.RemoveAddress(new IpNetwork(Script.StackAddress, 24)));
        var accepting = request.AcceptAsync().AsTask();
        await script.Sleep(1);
        Assert.True(accepting.IsCompleted);
        Assert.Equal(ErrorKind.Unreachable, (await accepting).Error.Kind);
    });

    [Fact]
    public void A_refused_SYN_is_reset_and_a_dropped_one_is_not_answered() => Script.Run(async script =>
    {
        var requests = Forward(script);
        var peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        (await requests.NextAsync()).Refuse();
        var reset = await peer.Next();
        Assert.Equal((TcpFlags.Rst | Ack, 0u, 1L), (reset.Flags, reset.RawSequence, reset.Ack));
        peer.Send(TcpFlags.Syn, 0);
        var request = await requests.NextAsync();
        request.Drop();
        await peer.ExpectNothing(40_000);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);

        // The first decision counts.
        Assert.Equal(ErrorKind.Invalid, (await request.AcceptAsync()).Error.Kind);
    });

    [Fact]
    public void A_forwarder_that_returns_without_a_decision_or_throws_refuses() => Script.Run(async script =>
    {
        script.Stack.ForwardTcp(new Undecided()).ThrowIfFailed();
        var peer = script.NewPeer(1);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(TcpFlags.Rst | Ack);
        peer = script.NewPeer(2);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(TcpFlags.Rst | Ack);
        Assert.Equal((0, 1L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.HandlerFailed));
    });

    [Fact]
    public void A_peer_that_gives_up_ends_the_wait() => Script.Run(async script =>
    {
        var requests = Forward(script);
        var peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        var request = await requests.NextAsync();
        peer.Send(TcpFlags.Rst, 1);
        await script.Sleep(1);
        Assert.Equal(ErrorKind.Reset, (await request.AcceptAsync()).Error.Kind);

        // Or says nothing more.
        peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        request = await requests.NextAsync();
        await script.Sleep(30_001);
        Assert.Equal(ErrorKind.TimedOut, (await request.AcceptAsync()).Error.Kind);

        // Or after the answer.
        peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        request = await requests.NextAsync();
        Assert.Equal(ErrorKind.TimedOut, (await request.AcceptAsync()).Error.Kind);
        Assert.Equal(0, script.Stack.Counters.Tcp.Connections);
    });

    [Fact]
    public void Attempts_that_wait_for_a_decision_have_a_bound() => Script.Run(async script =>
    {
        var requests = Forward(script, new TcpListenOptions { Backlog = 3 });
        for (ushort port = 1; port <= 10; port++)
        {
            script.NewPeer(port).Send(TcpFlags.Syn, 0);
        }

        await script.Sleep(1);
        Assert.Equal((3, 7L, 3), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.BacklogDropped, requests.Count));
    });

    [Fact]
    public void Decisions_that_never_come_make_room_after_three_seconds_and_are_told_so() => Script.Run(async script =>
    {
        var requests = Forward(script, new TcpListenOptions { Backlog = 3 });
        for (ushort port = 1; port <= 3; port++)
        {
            script.NewPeer(port).Send(TcpFlags.Syn, 0);
        }

        var stuck = await requests.NextAsync();
        var other = await requests.NextAsync();
        var withdrawn = stuck.Withdrawn;

        // For three seconds the next one is dropped, and tries again.
        var peer = script.NewPeer(4);
        peer.Send(TcpFlags.Syn, 0);
        await script.Sleep(1000);
        peer.Send(TcpFlags.Syn, 0);
        await script.Sleep(1999);
        Assert.Equal((3, 2L, 0L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.BacklogDropped, script.Stack.Counters.Tcp.DecisionsWithdrawn));
        Assert.False(withdrawn.IsCancellationRequested);
        await script.Sleep(2);
        peer.Send(TcpFlags.Syn, 0);
        await script.Sleep(1);
        Assert.Equal((3, 3L, 1L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.BacklogDropped, script.Stack.Counters.Tcp.DecisionsWithdrawn));
        Assert.True(withdrawn.IsCancellationRequested);
        Assert.Equal(ErrorKind.TimedOut, (await stuck.AcceptAsync()).Error.Kind);
        _ = await requests.NextAsync();
        var accepting = (await requests.NextAsync()).AcceptAsync().AsTask();
        await peer.Expect(SynAck, 0, 1);
        peer.Send(Ack);
        _ = (await accepting).ThrowIfFailed();
        other.Drop();
    });

    [Fact]
    public void One_decision_that_never_comes_does_not_keep_what_was_answered_and_is_forged() => Script.Run(async script =>
    {
        var requests = Forward(script, new TcpListenOptions { Backlog = 2 });
        script.NewPeer(1).Send(TcpFlags.Syn, 0);
        _ = await requests.NextAsync();
        await script.Sleep(500);

        // Whoever forges SYNs that are accepted does not answer.
        var forged = script.NewPeer(2);
        forged.Send(TcpFlags.Syn, 0);
        _ = (await requests.NextAsync()).AcceptAsync().AsTask();
        await forged.Expect(SynAck, 0, 1);
        await script.Sleep(999);
        var peer = script.NewPeer(3);
        peer.Send(TcpFlags.Syn, 0);
        await script.Sleep(0.5);
        Assert.Equal((2, 0), (script.Stack.Counters.Tcp.HalfOpen, requests.Count));
        await script.Sleep(1);
        peer.Send(TcpFlags.Syn, 0);
        _ = await requests.NextAsync();
        var listeners = new List<TcpListenerInfo>();
        script.Stack.GetTcpListeners(listeners);
        Assert.Equal((2, 2, 3), (listeners[^1].HalfOpen, listeners[^1].Undecided, listeners[^1].Running));
    });

    [Fact]
    public void Requests_that_are_served_have_a_bound() => Script.Run(async script =>
    {
        var requests = Forward(script, new TcpListenOptions { MaxConcurrent = 2 });
        for (ushort port = 1; port <= 5; port++)
        {
            script.NewPeer(port).Send(TcpFlags.Syn, 0);
        }

        await script.Sleep(1);
        Assert.Equal((2, 3L), (requests.Count, script.Stack.Counters.Tcp.BacklogDropped));
        var request = await requests.NextAsync();
        request.Drop();
        requests.Finish(request);
        await script.Sleep(1);
        script.NewPeer(6).Send(TcpFlags.Syn, 0);
        await script.Sleep(1);
        Assert.Equal((2, 3L), (requests.Count, script.Stack.Counters.Tcp.BacklogDropped));
    });

    [Fact]
    public void Listeners_come_first_and_a_cancelled_wait_resets() => Script.Run(async script =>
    {
        var requests = Forward(script);
        _ = script.Listen();
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(SynAck);
        Assert.Equal(0, requests.Count);
        Assert.Equal(ErrorKind.InUse, script.Stack.ForwardTcp(new Undecided()).Error.Kind);

        peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        using var source = new CancellationTokenSource();
        var accepting = (await requests.NextAsync()).AcceptAsync(source.Token).AsTask();
        await peer.Expect(SynAck, 0, 1);
        Script.Cancel(source);
        await Assert.ThrowsAsync<OperationCanceledException>(() => accepting);
        await peer.Expect(TcpFlags.Rst | Ack, 1, 1);

        peer = script.NewPeer(7777);
        peer.Send(TcpFlags.Syn, 0);
        var request = await requests.NextAsync();
        script.Stack.UnforwardTcp().ThrowIfFailed();
        Assert.Equal(ErrorKind.NotFound, script.Stack.UnforwardTcp().Error.Kind);
        Assert.Equal(ErrorKind.Closed, (await request.AcceptAsync()).Error.Kind);
        peer.Send(TcpFlags.Syn, 0);
        await peer.Expect(TcpFlags.Rst | Ack);
    });

    private static Requests Forward(Script script, TcpListenOptions? options = null)
    {
        var requests = new Requests();
        script.Stack.ForwardTcp(new Requests.Handler(requests), options).ThrowIfFailed();
        return requests;
    }

    private readonly struct Undecided : ITcpForwarder
    {
        public ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
            => request.Destination.Port == 1 ? default : throw new InvalidOperationException("on purpose");
    }

    /// <summary>Requests that the test decides about.</summary>
    private sealed class Requests
    {
        private readonly Queue<TcpForwardRequest> _waiting = new();
        private readonly Dictionary<IpEndpoint, TaskCompletionSource> _served = [];
        private TaskCompletionSource? _arrived;

        public int Count => _waiting.Count;

        public async Task<TcpForwardRequest> NextAsync()
        {
            while (_waiting.Count == 0)
            {
                _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _arrived.Task;
            }

            return _waiting.Dequeue();
        }

        public void Finish(TcpForwardRequest request) => _served[request.Source].SetResult();

        public readonly struct Handler(Requests requests) : ITcpForwarder
        {
            public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
                where TRequest : struct, ITcpForwardRequest<TFlow>
                where TFlow : struct, IFlow
            {
                requests._waiting.Enqueue((TcpForwardRequest)(object)request);
                _ = requests._arrived?.TrySetResult();
                var served = new TaskCompletionSource();
                requests._served[request.Source] = served;
                await served.Task;
            }
        }
    }
}
