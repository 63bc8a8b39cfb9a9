namespace Mirage.Net.TcpIp;

/// <summary>The retransmission time-out (RFC 6298): how long to wait for an acknowledgement.</summary>
internal struct RetransmissionTimeout
{
    private const long ClockGranularity = 1_000_000;
    private const long NanosecondsPerTick = 100;
    private const int MaxShift = 16;

    private static readonly TimeSpan AfterSyn = TimeSpan.FromSeconds(3);

    // RTTVAR in nanoseconds; as a float, since there is one in every connection.
    private float _variation;
    private byte _backOff;
    private bool _isAfterRetransmittedSyn;

    /// <summary>SRTT in nanoseconds; 0 before the first measurement.</summary>
    public long Smoothed { get; private set; }

    /// <summary>RTTVAR in nanoseconds.</summary>
    public readonly long Variation => (long)_variation;

    /// <summary>RTO, with back-off.</summary>
    public readonly TimeSpan Value(TcpSettings settings)
    {
        var ticks = _isAfterRetransmittedSyn ? Math.Max(AfterSyn.Ticks, settings.InitialRetransmissionTimeout.Ticks) : settings.InitialRetransmissionTimeout.Ticks;
        if (Smoothed > 0)
        {
            // (2.2), (2.3), (2.4).
            ticks = (Smoothed + Math.Max(ClockGranularity, (long)(4 * _variation))) / NanosecondsPerTick;
            ticks = Math.Max(ticks, settings.MinimumRetransmissionTimeout.Ticks);
        }

        var maximum = settings.MaximumRetransmissionTimeout.Ticks;
        return new(Math.Min(maximum, Math.Min(maximum, ticks) << _backOff));
    }

    /// <summary>Takes a measurement (2.2), (2.3): of a segment that was sent once, or by timestamps; Karn's algorithm (3).</summary>
    /// <param name="nanoseconds">The round-trip time.</param>
    /// <param name="expectedSamples">How many measurements there are in a round trip, so that all together weigh as much as one (RFC 7323 appendix G).</param>
    public void Measure(long nanoseconds, int expectedSamples = 1)
    {
        var sample = Math.Max(nanoseconds, 1);
        if (Smoothed == 0)
        {
            Smoothed = sample;
            _variation = sample / 2;
        }
        else
        {
            _variation += (Math.Abs(Smoothed - sample) - _variation) / (4 * expectedSamples);
            Smoothed = Math.Max(1, Smoothed + ((sample - Smoothed) / (8 * expectedSamples)));
        }

        _backOff = 0;
    }

    /// <summary>The timer expired (5.5): the next one is twice as long.</summary>
    public void BackOff() => _backOff = (byte)Math.Min((int)_backOff + 1, MaxShift);

    /// <summary>The peer answers: what is sent next is a first attempt.</summary>
    public void ResetBackOff() => _backOff = 0;

    /// <summary>(5.7): the SYN was sent again, so data starts with three seconds unless a measurement says better.</summary>
    public void AfterRetransmittedSyn()
    {
        _backOff = 0;
        _isAfterRetransmittedSyn = true;
    }
}
