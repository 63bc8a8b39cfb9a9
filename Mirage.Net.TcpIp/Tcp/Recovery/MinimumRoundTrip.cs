namespace Mirage.Net.TcpIp;

/// <summary>The least round-trip time of the last minutes (RFC 8985 §6.2 step 1): of this period and the one before, so that a path that became longer is noticed.</summary>
internal struct MinimumRoundTrip
{
    private const int PeriodSeconds = 150;
    private const long NanosecondsPerSecond = 1_000_000_000;

    // Whole microseconds, and the second in which the period began: there is one of these in every connection.
    private uint _current;
    private uint _previous;
    private uint _startedAt;

    /// <summary>In nanoseconds; 0 before the first measurement.</summary>
    public readonly long Value => (_previous == 0 ? _current : Math.Min(_current, _previous)) * 1000L;

    public void Measure(long nanoseconds, long now)
    {
        var sample = (uint)Math.Clamp(nanoseconds / 1000, 1, uint.MaxValue);
        var second = (uint)(now / NanosecondsPerSecond);
        if (_current == 0)
        {
            _startedAt = second;
            _current = sample;
        }
        else if (second - _startedAt >= PeriodSeconds)
        {
            _previous = _current;
            _current = sample;
            _startedAt = second;
        }
        else
        {
            _current = Math.Min(_current, sample);
        }
    }
}
