using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What waits and for how long: acknowledgements (RFC 9293 §3.8.6.3), Nagle's algorithm (§3.7.4), keep-alive (§3.8.4).</summary>
public class DelayTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    public void An_acknowledgement_waits_40_ms_for_a_second_segment_or_data() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync();

        // At the start each is answered at once, so that the peer's window opens quickly.
        for (var i = 0; i < 16; i++)
        {
            peer.Send(Ack, 1 + i, text: "x");
            await peer.Expect(Ack, 1, 2 + i, at: 0);
        }

        peer.Send(Ack, 17, text: "x");
        await peer.Expect(Ack, 1, 18, at: 40);
        peer.Send(Ack, 18, text: "x");
        peer.Send(Ack, 19, text: "x");
        await peer.Expect(Ack, 1, 20, at: 40);

        // With data it needs no segment of its own.
        peer.Send(Ack, 20, text: "x");
        await script.Sleep(10);
        (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 21, 1, at: 50);
        peer.Send(Ack, 21, 2);
        await peer.ExpectNothing(1000);
    });

    [Fact]
    public void Small_writes_wait_for_the_acknowledgement_of_those_before() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000 });
        await Write("a");
        await peer.Expect(Ack, 1, 1, text: "a");
        await Write("b");
        await Write("c");
        await peer.ExpectNothing(10);

        // A full segment does not wait; what is left over does.
        await Write(new string('d', 1001));
        await peer.Expect(Ack, 2, 1, 1000);
        await peer.ExpectNothing(10);
        peer.Send(Ack, 1, 1002);
        var last = await peer.Expect(Ack, 1002, 1, text: "ddd");
        Assert.True((last.Flags & TcpFlags.Psh) != 0);
        await Write("e");

        // A FIN takes everything with it.
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        await peer.Expect(TcpFlags.Fin | Ack, 1005, 1, text: "e");

        async Task Write(string text) => (await flow.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text))).ThrowIfFailed();
    });

    [Fact]
    public void Without_delay_small_writes_leave_at_once() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(listen: new TcpListenOptions { NoDelay = true });
        (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
        await peer.Expect(Ack, 1, 1, 1);
        (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
        await peer.Expect(Ack, 2, 1, 1);
        Assert.True(flow.TryGet<TcpControl>(out var control));
        control.SetNoDelay(false).ThrowIfFailed();
        (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
        await peer.ExpectNothing(10);
        control.SetNoDelay(true).ThrowIfFailed();
        await peer.Expect(Ack, 3, 1, 1);
    });

    [Fact]
    public void The_last_segment_of_what_is_there_is_pushed() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(new TcpOptions { MaximumSegmentSize = 1000 });
        (await flow.WriteAsync(new byte[2500])).ThrowIfFailed();
        Assert.Equal(Ack, (await peer.Next()).Flags);
        Assert.Equal(Ack, (await peer.Next()).Flags);
        peer.Send(Ack, 1, 2001);
        Assert.Equal(Ack | TcpFlags.Psh, (await peer.Next()).Flags);
    });

    [Fact]
    public void A_silent_peer_is_probed_and_then_given_up() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(listen: KeepAlive);
        peer.Send(Ack, 1, text: "x");
        await peer.Expect(Ack, 1, 2);
        var reading = ReadTwice(flow);
        await script.Sleep(5000);
        peer.Send(Ack, 2, 1);
        foreach (var at in new[] { 15_000, 16_000, 17_000 })
        {
            await peer.Expect(Ack, 0, 2, at: at);
        }

        await peer.Expect(TcpFlags.Rst | Ack, 1, at: 18_000);
        Assert.Equal(ErrorKind.TimedOut, (await reading).Error.Kind);
        Assert.Equal((3L, 1L), (script.Stack.Counters.Tcp.KeepAliveProbes, script.Stack.Counters.Tcp.TimedOut));
    });

    [Fact]
    public void A_peer_that_answers_is_kept() => Script.Run(async script =>
    {
        var (peer, flow) = await script.AcceptAsync(listen: KeepAlive);
        for (var i = 0; i < 20; i++)
        {
            var probe = await peer.Expect(Ack, 0, 1);
            Assert.Equal(10_000 * (i + 1), probe.At, 30.0);
            peer.Send(Ack);
        }

        Assert.True(flow.TryGet<TcpControl>(out var control));
        control.SetKeepAlive(null).ThrowIfFailed();
        await peer.ExpectNothing(100_000);
    });

    [Fact]
    public void A_peers_probe_is_answered() => Script.Run(async script =>
    {
        var (peer, _) = await script.AcceptAsync();
        peer.Send(Ack, 0, 1);
        await peer.Expect(Ack, 1, 1);
        peer.Send(Ack, 0, 1, text: "x");
        await peer.Expect(Ack, 1, 1);
    });

    private static TcpListenOptions KeepAlive
        => new() { KeepAlive = new KeepAlive(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), 3) };

    private static async Task<FlowRead> ReadTwice(TcpFlow flow)
    {
        _ = await flow.ReadAsync(new byte[1]);
        return await flow.ReadAsync(new byte[1]);
    }
}
