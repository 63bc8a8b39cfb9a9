namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>CUBIC (RFC 9438) and HyStart++ (RFC 9406) alone, with acknowledgements of a path that has one round-trip time.</summary>
public class CubicTests
{
    private const int Segment = 1000;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    private long _now;
    private long _acknowledged;

    [Fact]
    public void The_constants_are_those_of_RFC_9438_and_RFC_9406()
    {
        Assert.Equal((0.4, 0.7), (Cubic.C, Cubic.Beta));
        Assert.Equal(3 * 0.3 / 1.7, Cubic.Alpha, 1e-12);
        Assert.Equal((4000u, 16_000u, 8), (HybridSlowStart.MinimumThreshold, HybridSlowStart.MaximumThreshold, HybridSlowStart.MinimumDivisor));
        Assert.Equal((8, 4, 5, 8), (HybridSlowStart.SamplesPerRound, HybridSlowStart.ConservativeDivisor, HybridSlowStart.ConservativeRounds, HybridSlowStart.BurstLimit));
    }

    [Fact]
    public void A_loss_leaves_seven_tenths_and_after_K_seconds_the_window_is_where_it_was()
    {
        var cubic = Grown(1000);
        cubic.OnCongestion(CongestionSignal.Loss, 1000 * Segment, At);
        cubic.OnRecovered(cubic.Window, At);
        Assert.Equal((700 * Segment, 700 * Segment), (cubic.Window, cubic.SlowStartThreshold));

        // §4.2: K = cbrt ((1000 - 700) / 0.4) = 9.09 s.
        var begin = _now;
        while (Seconds(begin) < 9.09)
        {
            Round(ref cubic);
        }

        Assert.InRange(cubic.Window, 985 * Segment, 1015 * Segment);

        // Convex from there: 0.4 * 5^3 = 50 segments more after five seconds.
        while (Seconds(begin) < 14.09)
        {
            Round(ref cubic);
        }

        Assert.InRange(cubic.Window, 1035 * Segment, 1065 * Segment);
    }

    [Fact]
    public void Who_had_less_than_before_leaves_more_to_others()
    {
        // §4.7: the second loss comes at 800, below W_max: it becomes 800 * 1.7 / 2 = 680, and K = cbrt ((680 - 560) / 0.4) = 6.69 s.
        var cubic = Grown(1000);
        cubic.OnCongestion(CongestionSignal.Loss, 1000 * Segment, At);
        cubic.OnRecovered(cubic.Window, At);
        while (cubic.Window < 800 * Segment)
        {
            Round(ref cubic);
        }

        var used = cubic.Window;
        cubic.OnCongestion(CongestionSignal.Loss, used, At);
        cubic.OnRecovered(cubic.Window, At);
        Assert.Equal(used * 7 / 10.0, cubic.Window, 2.0);
        var begin = _now;
        while (Seconds(begin) < 6.69)
        {
            Round(ref cubic);
        }

        Assert.InRange(cubic.Window, 670 * Segment, 700 * Segment);
    }

    [Fact]
    public void A_small_window_grows_as_Renos_would()
    {
        // §4.3: 0.529 segments each round trip up to the window of before, then one.
        var cubic = Grown(10);
        cubic.OnCongestion(CongestionSignal.Loss, 10 * Segment, At);
        cubic.OnRecovered(cubic.Window, At);
        for (var i = 0; i < 4; i++)
        {
            Round(ref cubic);
        }

        Assert.InRange(cubic.Window, 8.9 * Segment, 9.3 * Segment);
    }

    [Fact]
    public void What_was_no_congestion_is_undone()
    {
        // §4.9.
        var cubic = Grown(100);
        var threshold = cubic.SlowStartThreshold;
        cubic.OnTimeout(100 * Segment, isFirst: true, At);
        Assert.Equal((Segment, 70 * Segment), (cubic.Window, cubic.SlowStartThreshold));
        cubic.OnSpurious(At);
        Assert.Equal((100 * Segment, threshold), (cubic.Window, cubic.SlowStartThreshold));
    }

    [Fact]
    public void A_window_that_is_not_used_does_not_grow_and_neither_does_the_time_to_grow_in()
    {
        // §5.8.
        var cubic = Grown(1000);
        cubic.OnCongestion(CongestionSignal.Loss, 1000 * Segment, At);
        cubic.OnRecovered(cubic.Window, At);
        Round(ref cubic);
        var before = cubic.Window;
        for (var i = 0; i < 600; i++)
        {
            _now += RoundTrip.Ticks * 100;
            cubic.OnAcknowledged(Sample(Segment) with { IsWindowLimited = false });
        }

        Assert.Equal(before, cubic.Window);
        Round(ref cubic);
        Assert.InRange(cubic.Window, before, before + (20 * Segment));
    }

    [Fact]
    public void Slow_start_ends_when_round_trips_become_longer()
    {
        // RFC 9406 §4.2: 100 ms and an eighth, 12.5 ms, more; then five rounds at a quarter of the pace.
        var cubic = default(Cubic);
        cubic.Start(Segment);
        Round(ref cubic);
        Round(ref cubic);
        Assert.Equal(40 * Segment, cubic.Window);
        for (var i = 0; i < 20 && cubic.SlowStartThreshold == long.MaxValue; i++)
        {
            Round(ref cubic, TimeSpan.FromMilliseconds(120));
        }

        Assert.InRange(cubic.SlowStartThreshold, 41 * Segment, 400 * Segment);
        Assert.Equal(cubic.SlowStartThreshold, cubic.Window, (double)(3 * Segment));
    }

    private Instant At => new(_now);

    private double Seconds(long begin) => (_now - begin) / 1e9;

    private Cubic Grown(int segments)
    {
        // In slow start, a segment at a time, without measurements that could end it.
        var cubic = default(Cubic);
        cubic.Start(Segment);
        while (cubic.Window < segments * Segment)
        {
            cubic.OnAcknowledged(Sample(Segment) with { RoundTripTime = TimeSpan.Zero });
        }

        return cubic;
    }

    /// <summary>Acknowledges a window's worth, a segment at a time over a round trip.</summary>
    private void Round(ref Cubic cubic, TimeSpan? roundTrip = null)
    {
        var segments = (int)(cubic.Window / Segment);
        for (var i = 0; i < segments; i++)
        {
            _now += RoundTrip.Ticks * 100 / segments;
            _acknowledged += Segment;
            cubic.OnAcknowledged(Sample(Segment) with { RoundTripTime = roundTrip ?? RoundTrip, TotalSent = _acknowledged + (segments * Segment) });
        }
    }

    private CongestionSample Sample(int acknowledged) => new()
    {
        Now = At,
        Acknowledged = acknowledged,
        TotalAcknowledged = _acknowledged,
        TotalSent = _acknowledged,
        RoundTripTime = RoundTrip,
        SmoothedRoundTripTime = RoundTrip,
        IsWindowLimited = true,
    };
}
