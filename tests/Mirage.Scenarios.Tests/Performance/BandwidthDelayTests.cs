using System.Diagnostics;

namespace Mirage.Scenarios.Tests;

/// <summary>
/// One flow over paths of every delay and bandwidth, for at least 20 round trips after slow start. What it uses is told for each. Paths that hold more than 64 MB
/// take gigabytes of memory and minutes: they run if <c>MIRAGE_LARGE</c> is set. Over IPv6 those that hold up to 4 MB: what is larger differs in nothing.
/// </summary>
public class BandwidthDelayTests
{
    private const long LargestInFlight = 64_000_000;
    private const long LargestInFlightOverIpv6 = 4_000_000;
    private const int Measured = 20;
    private const int SlowStartAtMost = 60;

    // Longer than a retransmission time-out, where round trips are short.
    private static readonly TimeSpan MeasuredAtLeast = TimeSpan.FromSeconds(0.5);

    private static bool WithLarge => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("MIRAGE_LARGE"));

    /// <summary>Rates in bits per second and round trips in milliseconds.</summary>
    public static TheoryData<IpFamily, long, int> Paths
    {
        get
        {
            var paths = new TheoryData<IpFamily, long, int>();
            foreach (var rate in new[] { 1_000_000L, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000 })
            {
                foreach (var delay in new[] { 1, 10, 50, 100, 300 })
                {
                    var inFlight = rate / 8 * delay / 1000;
                    if (WithLarge || inFlight <= LargestInFlight)
                    {
                        paths.Add(IpFamily.Ipv4, rate, delay);
                    }

                    if (inFlight <= LargestInFlightOverIpv6)
                    {
                        paths.Add(IpFamily.Ipv6, rate, delay);
                    }
                }
            }

            return paths;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_flow_uses_what_the_path_has(IpFamily family, long rate, int roundTripMilliseconds)
    {
        var path = new Path(rate, TimeSpan.FromMilliseconds(roundTripMilliseconds)) { Family = family };
        var start = Stopwatch.GetTimestamp();
        var (used, slowStart, bytes) = Simulation.Run(1, platform => MeasureAsync<Cubic>(platform, path));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Output.Write(
            $"{family}, {rate / 1e6:0} Mbit/s, {roundTripMilliseconds} ms: slow start of {slowStart} round trips, then used {used:0.000}; {bytes / 1e6:0} MB in {took:0.00} s, {bytes * 8 / 1e9 / took:0.0} Gbit/s of simulation");
        Assert.True(used > 0.9);
    }

    private static async Task<(double Used, int SlowStart, long Bytes)> MeasureAsync<TCongestion>(SimulatedPlatform platform, Path path)
        where TCongestion : struct, ICongestionControl
    {
        var hosts = new Hosts<TCongestion>(platform, path.Hosts);
        var flow = LongFlow.Start(hosts);
        while (flow.Flow.IsDefault && flow.Failure is null)
        {
            // Over IPv6 an address is used when nobody else has it.
            await platform.SleepAsync(path.RoundTrip);
        }

        // With a full queue a round trip takes twice as long, and no less than ten segments take to leave.
        var roundTrip = TimeSpan.FromSeconds(Math.Max(path.RoundTrip.TotalSeconds * 2, 20 * 1514 * 8.0 / path.Rate));
        var slowStart = 0;
        do
        {
            await platform.SleepAsync(roundTrip);
            slowStart++;
        }
        while (slowStart < SlowStartAtMost && IsInSlowStart(flow.Flow));

        var (begun, before) = (platform.Now, flow.Received);
        await platform.SleepAsync(roundTrip * Measured > MeasuredAtLeast ? roundTrip * Measured : MeasuredAtLeast);
        Assert.Null(flow.Failure);
        return ((flow.Received - before) / (platform.Now - begun).TotalSeconds / path.Capacity, slowStart, flow.Received);
    }

    private static bool IsInSlowStart(TcpFlow flow)
    {
        if (flow.IsDefault || !flow.TryGet<TcpControl>(out var control))
        {
            return true;
        }

        var statistics = control.GetStatistics().ThrowIfFailed();
        return statistics.CongestionWindow < statistics.SlowStartThreshold;
    }
}
