namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>What is common to the congestion controls: byte counting (RFC 3465), HyStart++ (RFC 9406), the end of recovery (RFC 6582), validation of the window (RFC 7661), other segment sizes.</summary>
public class CongestionWindowTests
{
    private const int Segment = 1000;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void RFC_3465_slow_start_counts_bytes_and_not_acknowledgements()
    {
        CountsBytes<Cubic>();
        CountsBytes<NewReno>();
    }

    [Fact]
    public void RFC_3465_congestion_avoidance_of_NewReno_counts_bytes_and_not_acknowledgements()
    {
        // §2.1: one segment for each window's worth, whether it is acknowledged in halves of segments or two at a time.
        foreach (var step in new[] { 500, 1000, 2000 })
        {
            var reno = Started<NewReno>();
            reno.OnCongestion(CongestionSignal.Loss, 10 * Segment, Instant.Never);
            reno.OnRecovered(10 * Segment, Instant.Never);
            Assert.Equal(5 * Segment, reno.Window);
            for (var acknowledged = 0; acknowledged < 4 * Segment; acknowledged += step)
            {
                reno.OnAcknowledged(Sample(step, reno.Window));
            }

            Assert.Equal(5 * Segment, reno.Window);
            reno.OnAcknowledged(Sample(Segment, reno.Window));
            Assert.Equal(6 * Segment, reno.Window);
        }
    }

    [Fact]
    public void RFC_9406_a_rise_that_was_jitter_resumes_slow_start()
    {
        // §4.2: in conservative slow start a round whose least round-trip time is below that of its beginning.
        var hybrid = default(HybridSlowStart);
        hybrid.Start();
        long position = 0;
        _ = Round(ref hybrid, ref position, 100);
        Assert.Equal(16 * Segment, Round(ref hybrid, ref position, 100));

        // The eighth sample shows that all of the round took 20 ms longer, and not the eighth of 100 ms that may be: from the next on it is a quarter.
        Assert.Equal((8 * Segment) + (8 * Segment / 4), Round(ref hybrid, ref position, 120));
        Assert.True(hybrid.IsActive);

        // 119 ms: not so long after all. With the eighth sample the pace is as before.
        Assert.Equal((8 * Segment / 4) + (8 * Segment), Round(ref hybrid, ref position, 119));
        Assert.Equal(16 * Segment, Round(ref hybrid, ref position, 119));
        Assert.True(hybrid.IsActive);
    }

    [Fact]
    public void RFC_9406_after_five_rounds_of_conservative_slow_start_it_ends()
    {
        // §4.2, CSS_ROUNDS: the one in which it begins is the first.
        var hybrid = default(HybridSlowStart);
        hybrid.Start();
        long position = 0;
        _ = Round(ref hybrid, ref position, 100);
        for (var i = 0; i < 5; i++)
        {
            _ = Round(ref hybrid, ref position, 120);
            Assert.True(hybrid.IsActive);
        }

        _ = Round(ref hybrid, ref position, 120);
        Assert.False(hybrid.IsActive);
    }

    [Fact]
    public void RFC_6582_what_is_in_flight_at_the_end_of_recovery_bounds_the_burst_that_leaves_then()
    {
        // §3.2 step 3: with a flight far below the threshold the window does not jump to it, and slow start goes on from there.
        EndsRecovery<Cubic>(700);
        EndsRecovery<NewReno>(500);
    }

    [Fact]
    public void RFC_7661_a_window_of_which_less_than_half_is_used_for_five_minutes_is_halved()
    {
        Validates<Cubic>();
        Validates<NewReno>();
    }

    [Fact]
    public void A_larger_segment_size_leaves_a_window_of_one_segment_and_a_threshold_of_two_at_least()
    {
        // RFC 5681 §3.1: the loss window is one segment, and the threshold not below two; of the new size, or nothing could leave.
        Resizes<Cubic>();
        Resizes<NewReno>();
    }

    [Fact]
    public void RFC_9438_after_a_pause_congestion_avoidance_begins_anew()
    {
        // §4.2: t is counted from the beginning of this stage of congestion avoidance, and W_est begins with its window. What both had reached before the pause is not jumped to.
        var cubic = Started<Cubic>();
        while (cubic.Window < 100 * Segment)
        {
            cubic.OnAcknowledged(Sample(Segment, cubic.Window) with { RoundTripTime = TimeSpan.Zero });
        }

        var now = new Instant(0);
        cubic.OnCongestion(CongestionSignal.Loss, 100 * Segment, now);
        cubic.OnRecovered(cubic.Window, now);
        while (cubic.Window < 150 * Segment)
        {
            now += RoundTrip / 100;
            cubic.OnAcknowledged(Sample(Segment, cubic.Window) with { Now = now });
        }

        now += TimeSpan.FromSeconds(10);
        cubic.OnRestart(now);
        Assert.Equal(10 * Segment, cubic.Window);
        while (cubic.Window < cubic.SlowStartThreshold)
        {
            now += RoundTrip / 100;
            cubic.OnAcknowledged(Sample(Segment, cubic.Window) with { Now = now });
        }

        var begun = cubic.Window;
        for (var i = 0; i < 70; i++)
        {
            now += RoundTrip / 100;
            cubic.OnAcknowledged(Sample(Segment, cubic.Window) with { Now = now });
        }

        Assert.InRange(cubic.Window, begun, begun + (4 * Segment));
    }

    private static void CountsBytes<TCongestion>()
        where TCongestion : struct, ICongestionControl
    {
        // §2.2: half segments let the window grow by half segments; and at most by L = 8 (RFC 9406 §4.2) for one acknowledgement.
        var control = Started<TCongestion>();
        control.OnAcknowledged(Sample(500, control.Window));
        control.OnAcknowledged(Sample(500, control.Window));
        Assert.Equal(11 * Segment, control.Window);
        control.OnAcknowledged(Sample(2 * Segment, control.Window));
        Assert.Equal(13 * Segment, control.Window);
        control.OnAcknowledged(Sample(12 * Segment, control.Window));
        Assert.Equal(21 * Segment, control.Window);
    }

    private static void EndsRecovery<TCongestion>(int threshold)
        where TCongestion : struct, ICongestionControl
    {
        var control = Started<TCongestion>();
        while (control.Window < 1000 * Segment)
        {
            control.OnAcknowledged(Sample(Segment, control.Window) with { RoundTripTime = TimeSpan.Zero });
        }

        control.OnCongestion(CongestionSignal.Loss, 1000 * Segment, Instant.Never);
        control.OnRecovered(100 * Segment, Instant.Never);
        Assert.Equal((110 * Segment, threshold * Segment), (control.Window, control.SlowStartThreshold));
        control.OnAcknowledged(Sample(2 * Segment, control.Window));
        Assert.Equal(112 * Segment, control.Window);

        // As it usually is.
        control.OnRecovered(threshold * Segment, Instant.Never);
        Assert.Equal(threshold * Segment, control.Window);
    }

    private static void Validates<TCongestion>()
        where TCongestion : struct, ICongestionControl
    {
        var control = Started<TCongestion>();
        while (control.Window < 100 * Segment)
        {
            control.OnAcknowledged(Sample(Segment, control.Window) with { RoundTripTime = TimeSpan.Zero });
        }

        control.OnCongestion(CongestionSignal.Loss, 100 * Segment, new Instant(0));
        control.OnRecovered(control.SlowStartThreshold, new Instant(0));
        var (window, threshold) = (control.Window, control.SlowStartThreshold);

        // §4.3: with half of it used the window is valid, however little the program sends otherwise.
        var little = Sample(Segment, 5 * Segment) with { IsWindowLimited = false };
        control.OnAcknowledged(little with { Now = At(200), InFlight = (window / 2) + 1 });
        control.OnAcknowledged(little with { Now = At(499) });
        Assert.Equal((window, threshold), (control.Window, control.SlowStartThreshold));

        // §4.4.3.
        control.OnAcknowledged(little with { Now = At(500) });
        Assert.Equal((window / 2, Math.Max(threshold, window * 3 / 4)), (control.Window, control.SlowStartThreshold));

        // Again five minutes later, down to the initial window.
        control.OnAcknowledged(little with { Now = At(799) });
        Assert.Equal(window / 2, control.Window);
        for (var i = 0; i < 5; i++)
        {
            control.OnAcknowledged(little with { Now = At(800 + (300 * i)), InFlight = Segment });
        }

        Assert.Equal(10 * Segment, control.Window);
    }

    private static void Resizes<TCongestion>()
        where TCongestion : struct, ICongestionControl
    {
        var control = Started<TCongestion>();
        control.OnTimeout(2 * Segment, isFirst: true, Instant.Never);
        Assert.Equal((Segment, 2 * Segment), (control.Window, control.SlowStartThreshold));
        control.SetSegmentSize(8 * Segment);
        Assert.Equal((8 * Segment, 16 * Segment), (control.Window, control.SlowStartThreshold));

        // A smaller one changes nothing: the path carries as many bytes as before (RFC 4821 §5.3). Nor does a larger one make a threshold where there is none.
        control.SetSegmentSize(Segment);
        Assert.Equal((8 * Segment, 16 * Segment), (control.Window, control.SlowStartThreshold));
        control = Started<TCongestion>();
        control.SetSegmentSize(8 * Segment);
        Assert.Equal((10 * Segment, long.MaxValue), (control.Window, control.SlowStartThreshold));
    }

    private static TCongestion Started<TCongestion>()
        where TCongestion : struct, ICongestionControl
    {
        var control = default(TCongestion);
        control.Start(Segment);
        return control;
    }

    /// <summary>Sixteen acknowledgements, one for each segment.</summary>
    /// <returns>By how much the window grew.</returns>
    private static long Round(ref HybridSlowStart hybrid, ref long position, int milliseconds)
    {
        const int Acknowledgements = 16;
        var sent = position + (Acknowledgements * Segment);
        long growth = 0;
        for (var i = 0; i < Acknowledgements; i++)
        {
            position += Segment;
            growth += hybrid.Grow(
                Sample(Segment, Acknowledgements * Segment) with { TotalAcknowledged = position, TotalSent = sent + Segment, RoundTripTime = TimeSpan.FromMilliseconds(milliseconds) },
                Segment);
        }

        return growth;
    }

    private static Instant At(int seconds) => new(seconds * 1_000_000_000L);

    private static CongestionSample Sample(int acknowledged, long inFlight) => new()
    {
        Now = new Instant(0),
        Acknowledged = acknowledged,
        Delivered = acknowledged,
        InFlight = inFlight,
        SmoothedRoundTripTime = RoundTrip,
        IsWindowLimited = true,
    };
}
