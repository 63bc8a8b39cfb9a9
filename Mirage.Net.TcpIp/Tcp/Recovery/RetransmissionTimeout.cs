namespace Mirage.Net.TcpIp;

/// <summary>The retransmission time-out (RFC 6298): how long to wait for an acknowledgement.</summary>
internal struct RetransmissionTimeout(TcpSettings settings)
{
    private const long ClockGranularity = 1_000_000;
    private const int MaxShift = 16;

    private readonly long _minimum = Nanoseconds(settings.MinimumRetransmissionTimeout);
    private readonly long _maximum = Nanoseconds(settings.MaximumRetransmissionTimeout);
    private long _base = Nanoseconds(settings.InitialRetransmissionTimeout);
    private long _variation;
    private int _backOff;

    /// <summary>SRTT in nanoseconds; 0 before the first measurement.</summary>
    public long Smoothed { get; private set; }

    /// <summary>RTTVAR in nanoseconds.</summary>
    public readonly long Variation => _variation;

    /// <summary>RTO, with back-off.</summary>
    public readonly TimeSpan Value => new(Math.Min(_maximum, _base << Math.Min(_backOff, MaxShift)) / 100);

    /// <summary>Takes a measurement (2.2), (2.3): of a segment that was sent once, or by timestamps; Karn's algorithm (3).</summary>
    /// <param name="nanoseconds">The round-trip time.</param>
    public void Measure(long nanoseconds)
    {
        var sample = Math.Max(nanoseconds, 1);
        if (Smoothed == 0)
        {
            Smoothed = sample;
            _variation = sample / 2;
        }
        else
        {
            _variation += (Math.Abs(Smoothed - sample) - _variation) / 4;
            Smoothed = Math.Max(1, Smoothed + ((sample - Smoothed) / 8));
        }

        _base = Math.Clamp(Smoothed + Math.Max(ClockGranularity, 4 * _variation), _minimum, _maximum);
        _backOff = 0;
    }

    /// <summary>The timer expired (5.5): the next one is twice as long.</summary>
    public void BackOff() => _backOff++;

    /// <summary>The peer answers: what is sent next is a first attempt.</summary>
    public void ResetBackOff() => _backOff = 0;

    /// <summary>(5.7): the SYN was sent again, so data starts with three seconds unless a measurement says better.</summary>
    public void AfterRetransmittedSyn()
    {
        _backOff = 0;
        if (Smoothed == 0)
        {
            _base = Math.Max(_base, Nanoseconds(TimeSpan.FromSeconds(3)));
        }
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * 100;
}
