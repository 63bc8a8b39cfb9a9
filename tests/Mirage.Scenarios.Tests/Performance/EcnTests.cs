namespace Mirage.Scenarios.Tests;

/// <summary>RFC 3168 on a path of 100 Mbit/s and 20 ms whose router marks when a quarter of what the path holds waits, long before its queue is full.</summary>
public class EcnTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);
    private static readonly Path Path = new(100_000_000, TimeSpan.FromMilliseconds(20));

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public void Marks_keep_the_queue_short_and_nothing_is_lost(IpFamily family)
    {
        var (marked, used) = Measure(family, EcnUse.Always);
        Assert.True(marked.Marked > 0);
        Assert.Equal(0, marked.QueueFull);

        // The first three seconds of thirty are IPv6's, which waits for its address.
        Assert.True(used > 0.85);

        // Without, the queue is full again and again.
        var (dropped, _) = Measure(family, EcnUse.Never);
        Assert.Equal(0, dropped.Marked);
        Assert.True(dropped.QueueFull > 0);
        Assert.True(marked.LongestQueue < dropped.LongestQueue);
    }

    private static (LinkCounters Link, double Used) Measure(IpFamily family, EcnUse use) => Simulation.Run(1, async platform =>
    {
        var options = Path.Hosts;
        var tcp = options.ClientTcp with { Ecn = use };
        var hosts = new Hosts<Cubic>(platform, options with { Family = family, Tcp = tcp, There = options.There with { MarkAt = Path.BandwidthDelay / 4 } });
        var flow = LongFlow.Start(hosts);
        await platform.SleepAsync(Time);
        Assert.Null(flow.Failure);
        Assert.True(flow.Flow.TryGet<TcpControl>(out var control));
        var statistics = control.GetStatistics().ThrowIfFailed();
        Assert.Equal((use != EcnUse.Never, use != EcnUse.Never), (statistics.CongestionNotification, statistics.MarkReactions > 0));
        Assert.Equal(use == EcnUse.Never, statistics.Retransmissions > 0);
        Assert.InRange(hosts.Server.Counters.Tcp.MarksReceived, use == EcnUse.Never ? 0 : 1, hosts.Link.OutboundCounters.Marked);
        var used = flow.Received / Time.TotalSeconds / Path.Capacity;
        Output.Write($"{family}, ECN {use}: used {used:0.0000}, longest queue {hosts.Link.OutboundCounters.LongestQueue} bytes, {hosts.Link.OutboundCounters.Marked} marks, {statistics.MarkReactions} reactions");
        return (hosts.Link.OutboundCounters, used);
    });
}
