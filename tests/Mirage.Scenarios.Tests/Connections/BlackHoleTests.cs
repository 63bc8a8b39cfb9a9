namespace Mirage.Scenarios.Tests;

/// <summary>Paths that drop large packets without a word (RFC 2923, RFC 4821, RFC 8899), and outages, which look the same at first.</summary>
public class BlackHoleTests
{
    private static readonly LinkOptions Clean = new() { Delay = TimeSpan.FromMilliseconds(10), Rate = 50_000_000 };

    public static TheoryData<IpFamily, double> Outages
        => [.. Enum.GetValues<IpFamily>().SelectMany(_ => new[] { 0.3, 1.4, 3, 10, 40 }, (family, seconds) => (family, seconds))];

    public static TheoryData<IpFamily, int> Holes => [(IpFamily.Ipv4, 1400), (IpFamily.Ipv4, 1100), (IpFamily.Ipv4, 600), (IpFamily.Ipv6, 1400), (IpFamily.Ipv6, 1280)];

    [Theory]
    [MemberData(nameof(Outages))]
    public void After_an_outage_segments_are_of_the_full_size_within_seconds(IpFamily family, double seconds) => Seeds.ForEach(
        seed => Simulation.Run(seed, async platform =>
        {
            var hosts = new Hosts<Cubic>(platform, new HostsOptions { Both = Clean, Family = family });
            var received = 0L;
            hosts.Listen(new Reader(count => received += count));
            var flow = await hosts.ConnectAsync();
            Assert.True(flow.TryGet<TcpControl>(out var control));
            var full = control.GetStatistics().ThrowIfFailed().MaximumSegmentSize;
            using var stopping = new CancellationTokenSource();
            var writing = Write(flow, stopping.Token);
            await hosts.Sleep(TimeSpan.FromSeconds(1));
            hosts.Link.CutFor(TimeSpan.FromSeconds(seconds));
            await hosts.Sleep(TimeSpan.FromSeconds(seconds));
            var before = received;
            while (received == before)
            {
                await hosts.Sleep(TimeSpan.FromMilliseconds(10));
            }

            await hosts.Sleep(TimeSpan.FromSeconds(2));
            Assert.Equal((full, 0L), (control.GetStatistics().ThrowIfFailed().MaximumSegmentSize, hosts.Client.Counters.Tcp.BlackHoles));
            await stopping.CancelAsync();
            await flow.AbortAsync();
            await writing;
        }),
        count: 3);

    [Theory]
    [MemberData(nameof(Holes))]
    public void Through_a_black_hole_bytes_flow_and_go_on_flowing(IpFamily family, int mtu) => Seeds.ForEach(
        seed => Simulation.Run(seed, async platform =>
        {
            var hosts = new Hosts<Cubic>(platform, new HostsOptions
            {
                Both = Clean, Family = family, ClientTcp = new TcpSettings { BlackHoleTime = TimeSpan.FromSeconds(20) },
            });
            var received = 0L;
            hosts.Listen(new Reader(count => received += count));
            var flow = await hosts.ConnectAsync();
            var link = hosts.Link;
            link.Outbound = Clean with { Mtu = mtu };
            using var stopping = new CancellationTokenSource();
            var writing = Write(flow, stopping.Token);

            // Three time-outs for each size that does not pass, and then at no time a stop of more than a second: not for the probes, and not when they come again.
            var start = platform.Now;
            while (received == 0)
            {
                await hosts.Sleep(TimeSpan.FromMilliseconds(100));
            }

            Assert.True(platform.Now - start < TimeSpan.FromSeconds(mtu >= 1100 ? 3 : 30), $"nothing passed for {platform.Now - start}");
            await hosts.Sleep(TimeSpan.FromSeconds(5));
            for (var second = 0; second < 60; second++)
            {
                var before = received;
                await hosts.Sleep(TimeSpan.FromSeconds(1));
                Assert.True(received - before > 2_000_000, $"{received - before} bytes in second {second}");
            }

            Assert.Equal(1, hosts.Client.Counters.Tcp.BlackHoles);
            await stopping.CancelAsync();
            await flow.AbortAsync();
            await writing;
        }),
        count: 2);

    private static async Task Write(TcpFlow flow, CancellationToken stop)
    {
        var data = new byte[65_536];
        while (!stop.IsCancellationRequested && (await flow.WriteAsync(data, CancellationToken.None)).IsDone)
        {
        }
    }

    private readonly struct Reader(Action<int> received) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[65_536];
            while ((await flow.ReadAsync(buffer)) is { HasData: true } read)
            {
                received(read.Count);
            }
        }
    }
}
