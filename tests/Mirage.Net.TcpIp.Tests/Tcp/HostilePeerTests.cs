using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Peers and strangers that want more than is theirs, and marks that the sequence space goes past.</summary>
public class HostilePeerTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private static readonly TcpOptions Segments = new() { MaximumSegmentSize = 1000 };

    [Fact]
    public void More_duplicates_than_there_are_segments_let_nothing_more_out() => Script.Run(async script =>
    {
        // RFC 5681 §3.2: without SACK each stands for a segment that has arrived, and no more can have arrived than were sent.
        var (peer, flow) = await script.AcceptAsync(Segments, roundTrip: 100);
        (await flow.WriteAsync(new byte[60_000])).ThrowIfFailed();
        for (var i = 0; i < 10; i++)
        {
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        for (var i = 0; i < 100; i++)
        {
            peer.Send(Ack);
        }

        var count = 0;
        while (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(10)) is not null)
        {
            count++;
        }

        Assert.InRange(count, 3, 25);
    });

    [Fact]
    public void Challenges_to_half_open_connections_leave_enough_for_those_that_are_established() => Script.Run(async script =>
    {
        // RFC 5961 §7 limits challenges; RFC 9293 §3.8.4: a keep-alive probe needs its answer.
        var (peer, _) = await script.AcceptAsync();
        var stranger = script.NewPeer(peer.StackPort);
        stranger.Send(TcpFlags.Syn, 0);
        await stranger.Expect(TcpFlags.Syn | Ack, 0, 1);
        for (var i = 0; i < 200; i++)
        {
            stranger.Send(Ack, 1_000_000);
        }

        peer.Send(Ack, 0, 1);
        var answers = 0;
        while (await script.Host.NextSegmentAsync(TimeSpan.FromMilliseconds(1)) is { } sent)
        {
            answers += sent.To == peer.Port ? 1 : 0;
        }

        Assert.True(script.Stack.Counters.Tcp.ChallengesLimited > 0);
        Assert.Equal(1, answers);
    });

    [Fact]
    public void A_short_segment_long_ago_does_not_hold_one_back() => Script.Run(async script =>
    {
        // Half the sequence space later a mark that stayed behind would lie ahead (RFC 9293 §3.4).
        var (peer, flow) = await script.AcceptAsync(Segments);
        flow.Connection.ShortEnd = flow.Connection.SndUna - (int.MaxValue - 5000);
        for (var i = 0; i < 10; i++)
        {
            (await flow.WriteAsync(new byte[1000])).ThrowIfFailed();
            await peer.Expect(Ack, 1 + (i * 1000), 1, 1000, at: 0);
            peer.Send(Ack, 1, 1001 + (i * 1000));
            await script.Sleep(0.01);
        }

        (await flow.WriteAsync(new byte[10])).ThrowIfFailed();
        await peer.Expect(Ack, 10_001, 1, 10, at: 0);
    });
}
