using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Attacks;

/// <summary>What a hostile peer or a stranger can do to TCP: memory stays under its bound, others go on, counters tell. (The flood of SYNs is a scenario of its own.)</summary>
[Collection(AloneCollection.Name)]
public class TcpAttackTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const int Mebibyte = 1 << 20;

    private static readonly TcpOptions _mss = new() { MaximumSegmentSize = 1000, SackPermitted = true, HasWindowScale = true };

    [Fact]
    public void A_flood_of_acknowledgements_keeps_nothing_and_is_answered_in_measure() => Script.Run(async script =>
    {
        var honest = await Honest.Start(script);
        _ = script.Listen();
        var before = AloneCollection.LiveBytes();
        var random = new Random(1);
        const int Count = 200_000;
        for (var i = 0; i < Count; i++)
        {
            script.NewPeer(80, (ushort)random.Next(1024, 65_536)).SendRaw(Ack, (uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32), 1000, []);
            if (i % 500 == 0)
            {
                await script.Sleep(1);
                script.Host.Clear();
            }
        }

        await script.Sleep(1);
        script.Host.Clear();
        var tcp = script.Stack.Counters.Tcp;
        Assert.Equal((1, Count), (tcp.Connections, tcp.ResetsSent + tcp.ResetsLimited));
        Assert.InRange(tcp.ResetsSent, 1000, 6000);
        Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, Mebibyte);
        await honest.Check();
    });

    [Fact]
    public void A_port_scan_keeps_nothing() => Script.Run(async script =>
    {
        var honest = await Honest.Start(script);
        _ = script.Listen();
        var before = AloneCollection.LiveBytes();
        for (var port = 1; port < 65_536; port++)
        {
            var peer = script.NewPeer((ushort)port, 50_000);
            peer.Send(TcpFlags.Syn, 0);
            if (port == 80)
            {
                while (script.Host.IsQuiet || (await script.Host.NextSegmentAsync(TimeSpan.Zero))!.From != 79)
                {
                    await script.Sleep(0.1);
                }

                await peer.Expect(TcpFlags.Syn | Ack, 0, 1);
                peer.Send(TcpFlags.Rst, 1);
            }

            if (port % 10 == 0)
            {
                await script.Sleep(1);
                script.Host.Clear();
            }
        }

        await script.Sleep(1);
        script.Host.Clear();

        // Every port is seen to be closed but the two where somebody listens: 10 in a millisecond is below the limit. What is half-open goes by itself.
        Assert.Equal((1, 65_533L, 0L), (script.Stack.Counters.Tcp.HalfOpen, script.Stack.Counters.Tcp.ResetsSent, script.Stack.Counters.Tcp.ResetsLimited));
        await script.Sleep(30_000);
        Assert.Equal(1, script.Stack.Counters.Tcp.Connections);
        Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, Mebibyte);
        await honest.Check();
    });

    [Fact]
    public void A_flood_of_tiny_segments_takes_no_more_than_their_bytes() => Script.Run(async script =>
    {
        var honest = await Honest.Start(script);
        var (peer, _) = await script.AcceptAsync(_mss);
        for (var i = 0; i < 100_000; i++)
        {
            peer.Send(Ack, 1 + i, data: [7]);
            if (i % 500 == 0)
            {
                await script.Sleep(1);
                script.Host.Clear();
            }
        }

        Assert.InRange(script.Stack.Counters.BuffersInUse, 32_768, 65_536);
        await honest.Check();
    });

    [Fact]
    public void Tiny_segments_at_far_sequence_numbers_stay_under_the_bounds() => Script.Run(
        async script =>
        {
            var honest = await Honest.Start(script);
            var before = AloneCollection.LiveBytes();
            for (var connection = 0; connection < 100; connection++)
            {
                var (peer, _) = await script.AcceptAsync(_mss);
                for (var i = 0; i < 200; i++)
                {
                    peer.Send(Ack, 65_000 - (i * 100), data: [7]);
                }

                await script.Sleep(1);
                script.Host.Clear();
            }

            var tcp = script.Stack.Counters.Tcp;
            Assert.InRange(script.Stack.Counters.BuffersInUse, 0, (1 * Mebibyte) + 65_536);
            Assert.True(tcp.OutOfOrderDropped > 0 && tcp.BuffersExhausted > 0, $"{tcp}");

            // What is on the stack's side, with the program's and the test's part of 100 connections.
            Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, 3 * Mebibyte);
            await honest.Check();
        },
        limits: new StackLimits { MaxBuffered = Mebibyte });

    [Fact]
    public void Peers_that_do_not_read_hold_no_more_than_the_bound() => Script.Run(
        async script =>
        {
            var honest = await Honest.Start(script);
            for (var connection = 0; connection < 100; connection++)
            {
                var (_, flow) = await script.AcceptAsync(_mss, window: 0);
                var writing = flow.WriteAsync(new byte[Mebibyte]).AsTask();
                Assert.False(writing.IsCompleted);
            }

            await script.Sleep(1000);
            script.Host.Clear();
            Assert.InRange(script.Stack.Counters.BuffersInUse, Mebibyte, (2 * Mebibyte) + (100 * 16_384));
            await honest.Check();
        },
        limits: new StackLimits { MaxBuffered = 2 * Mebibyte });

    [Fact]
    public void Peers_that_never_close_hold_no_more_than_the_bound_and_not_for_ever() => Script.Run(
        async script =>
        {
            var honest = await Honest.Start(script);
            script.Stack.ListenTcp(80, default(Closing)).ThrowIfFailed();
            var before = AloneCollection.LiveBytes();
            for (var connection = 0; connection < 2000; connection++)
            {
                var peer = script.NewPeer(80);
                peer.Send(TcpFlags.Syn, 0, options: _mss);
                await peer.Expect(TcpFlags.Syn | Ack, 0, 1);
                peer.Send(Ack);
                await peer.Next();

                // Half of them take the end and go on without one of their own; the others say nothing more.
                if (connection % 2 == 0)
                {
                    peer.Send(Ack, 1, 2);
                }

                await script.Sleep(0.1);
                script.Host.Clear();
            }

            Assert.Equal((500, 1500L), (script.Stack.Counters.Tcp.Orphans, script.Stack.Counters.Tcp.OrphansDropped));
            Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, Mebibyte);
            await honest.Check();
            await script.Sleep(240_000);
            Assert.Equal((0, 0), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.Tcp.Orphans));
        },
        limits: new StackLimits { MaxOrphans = 500, MaxPooledConnections = 500 });

    [Fact]
    public void A_flood_of_SYNs_takes_a_bounded_number_of_entries() => Script.Run(async script =>
    {
        var honest = await Honest.Start(script);
        var accepted = script.Listen();
        var before = AloneCollection.LiveBytes();
        await Flood(script, 80, 100_000);
        var tcp = script.Stack.Counters.Tcp;
        Assert.Equal(512, tcp.HalfOpen);
        Assert.True(tcp.CookiesSent > 90_000, $"{tcp}");
        Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, Mebibyte);
        var peer = script.NewPeer();
        peer.Send(TcpFlags.Syn, 0, options: _mss);
        await peer.Expect(TcpFlags.Syn | Ack, 0, 1);
        peer.Send(Ack);
        _ = await accepted.NextAsync();
        await honest.Check();
    });

    [Fact]
    public void A_flood_of_SYNs_to_a_forwarder_that_does_not_decide_takes_a_bounded_number_of_requests() => Script.Run(async script =>
    {
        var honest = await Honest.Start(script);
        script.Stack.ForwardTcp(default(Stuck), new TcpListenOptions { Backlog = 256, MaxConcurrent = 1000 }).ThrowIfFailed();
        var before = AloneCollection.LiveBytes();

        // Thirty seconds: those that wait make room after three, but what the program holds of them it keeps.
        for (var second = 0; second < 30; second++)
        {
            await Flood(script, 7777, 3000);
            await script.Sleep(990);
        }

        var listeners = new List<TcpListenerInfo>();
        script.Stack.GetTcpListeners(listeners);
        var tcp = script.Stack.Counters.Tcp;
        Assert.Equal(1000, listeners[^1].Running);
        Assert.InRange(tcp.HalfOpen, 0, 256);
        Assert.True(tcp.DecisionsWithdrawn > 500 && tcp.BacklogDropped > 80_000, $"{tcp}");
        Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, 2 * Mebibyte);
        await honest.Check();
    });

    [Fact]
    public void A_window_that_is_closed_for_ever_does_not_keep_what_the_program_has_closed() => Script.Run(async script =>
    {
        // RFC 6429: the peer answers each probe. While the program has it, that is the program's matter.
        var (peer, flow) = await script.AcceptAsync(_mss, window: 0);
        (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
        for (var i = 0; i < 12; i++)
        {
            await peer.Expect(Ack, 1, 1, 1);
            peer.Send(Ack, 1, 1, window: 0);
        }

        Assert.True(script.Now > 120_000);
        var closedAt = script.Now;
        (await flow.CloseAsync()).ThrowIfFailed();
        Sent sent;
        do
        {
            sent = await peer.Next();
            peer.Send(Ack, 1, 1, window: 0);
        }
        while ((sent.Flags & TcpFlags.Rst) == 0);

        Assert.InRange(sent.At, closedAt, closedAt + 181_000);
        Assert.Equal((0, 0L), (script.Stack.Counters.Tcp.Connections, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void Blind_resets_SYNs_and_data_do_not_end_or_enter_a_connection() => Script.Run(async script =>
    {
        // RFC 5961: who does not see the traffic guesses sequence numbers.
        var honest = await Honest.Start(script);
        var (peer, flow) = await script.AcceptAsync(_mss);
        var random = new Random(1);
        for (var i = 0; i < 30_000; i++)
        {
            // Never the exact number, which a guesser meets once in 2^32.
            var sequence = (uint)(peer.Iss + 2 + random.NextInt64((1L << 32) - 2));
            var acknowledgement = (uint)(peer.StackIss + 2 + random.NextInt64((1L << 32) - 70_000));
            switch (i % 3)
            {
                case 0:
                    peer.SendRaw(TcpFlags.Rst, sequence, 0, 1000, []);
                    break;
                case 1:
                    peer.SendRaw(TcpFlags.Syn, sequence, 0, 1000, []);
                    break;
                default:
                    peer.SendRaw(Ack, sequence, acknowledgement, 1000, [1, 2, 3]);
                    break;
            }

            if (i % 500 == 0)
            {
                await script.Sleep(1);
                script.Host.Clear();
            }
        }

        await script.Sleep(5001);
        script.Host.Clear();
        var (sent, limited) = (script.Stack.Counters.Tcp.Challenges, script.Stack.Counters.Tcp.ChallengesLimited);
        Assert.True(sent is > 0 and <= 20 && limited > 1000, $"{sent} challenges, {limited} not sent");
        peer.Send(Ack, 1, 1, text: "still here");
        var buffer = new byte[100];
        Assert.Equal("still here", System.Text.Encoding.ASCII.GetString(buffer.AsSpan(0, (await flow.ReadAsync(buffer)).Count)));
        await honest.Check();
    });

    [Fact]
    public void Selective_acknowledgements_in_many_tiny_pieces_and_taken_back_end_well() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(_mss);
        var before = AloneCollection.LiveBytes();
        (await flow.WriteAsync(Peer.Bytes(10_000))).ThrowIfFailed();
        for (var i = 0; i < 5000; i++)
        {
            // One byte of two, in no order, and blocks that make no sense between.
            var options = new TcpOptions();
            var at = peer.StackIss + 2 + (uint)(i * 7919 % 4999 * 2);
            options.AddSack(new(at), new(at + 1));
            options.AddSack(new(at + 5), new(at));
            options.AddSack(new(at), new(at + 0x8000_0000));
            options.AddSack(new(at - 100_000), new(at - 90_000));
            peer.Send(Ack, 1, 1, options: options);
            if (i % 100 == 0)
            {
                await script.Sleep(0.1);
                script.Host.Clear();
            }
        }

        Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, Mebibyte);

        // RFC 2018 §8: the peer throws all of it away, and gets it again.
        var got = new byte[10_000];
        long next = 1;
        while (next <= 10_000)
        {
            var sent = await peer.Next();
            if (sent.Payload.Length > 0 && sent.Seq == next)
            {
                sent.Payload.CopyTo(got.AsSpan((int)next - 1));
                next += sent.Payload.Length;
                peer.Send(Ack, 1, next);
            }
        }

        Assert.Equal(Peer.Bytes(10_000), got);
        await script.Sleep(1);
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    private static async Task Flood(Script script, ushort port, int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            script.NewPeer(port, (ushort)random.Next(1024, 65_536), (uint)random.NextInt64(1L << 32)).Send(TcpFlags.Syn, 0);
            if (i % 300 == 0)
            {
                await script.Sleep(1);
                script.Host.Clear();
            }
        }

        await script.Sleep(1);
        script.Host.Clear();
    }

    /// <summary>Closes at once.</summary>
    private readonly struct Closing : IFlowHandler
    {
        public ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => default;
    }

    /// <summary>Never decides.</summary>
    private readonly struct Stuck : ITcpForwarder
    {
        public async ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
            => await new TaskCompletionSource().Task;
    }

    /// <summary>A connection that was there before, and goes on.</summary>
    private sealed record Honest(Script Script, Peer Peer, TcpFlow Flow)
    {
        public static async Task<Honest> Start(Script script)
        {
            var (peer, flow) = await script.AcceptAsync(_mss);
            return new(script, peer, flow);
        }

        public async Task Check()
        {
            await Script.Sleep(1);
            Script.Host.Clear();
            Peer.Send(Ack, 1, 1, data: Peer.Bytes(1000));
            var buffer = new byte[2000];
            Assert.Equal(1000, (await Flow.ReadAsync(buffer)).Count);
            (await Flow.WriteAsync(Peer.Bytes(500))).ThrowIfFailed();
            Sent sent;
            do
            {
                sent = await Script.Host.NextSegmentAsync(Script.Patience) ?? throw new InvalidOperationException("the honest connection does not go on");
            }
            while (sent.To != Peer.Port || sent.Payload.Length == 0);

            Assert.Equal(Peer.Bytes(500), sent.Payload);
        }
    }
}
