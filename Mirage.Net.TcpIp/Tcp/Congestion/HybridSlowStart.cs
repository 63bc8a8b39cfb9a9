namespace Mirage.Net.TcpIp;

/// <summary>
/// HyStart++ (RFC 9406): slow start that ends when round-trip times rise, before the queue that makes them rise overflows. Between the two lie some
/// rounds of conservative slow start, in which a rise that was only jitter is taken back.
/// </summary>
internal struct HybridSlowStart
{
    // RFC 9406 §4.3, in microseconds where they are times.
    internal const uint MinimumThreshold = 4000;
    internal const uint MaximumThreshold = 16_000;
    internal const int MinimumDivisor = 8;
    internal const int SamplesPerRound = 8;
    internal const int ConservativeDivisor = 4;
    internal const int ConservativeRounds = 5;
    internal const int BurstLimit = 8;

    private const uint None = uint.MaxValue;

    private long _roundEnd;
    private uint _lastMinimum;
    private uint _currentMinimum;
    private uint _baseline;
    private byte _samples;
    private byte _conservativeRounds;

    /// <summary>Whether it is in use: the first slow start of a connection only (§4.3), since later ones know a threshold.</summary>
    public bool IsActive { get; private set; }

    private readonly bool IsConservative => _baseline != None;

    public void Start()
    {
        IsActive = true;
        _roundEnd = 0;
        _lastMinimum = _currentMinimum = _baseline = None;
        _samples = _conservativeRounds = 0;
    }

    public void Stop() => IsActive = false;

    /// <summary>
    /// By how many bytes the window grows in a slow start that knows its threshold: as many as are acknowledged (RFC 3465 §2.2), but an acknowledgement of very much at once
    /// would let out as much at once, unless it is paced (§4.2).
    /// </summary>
    public static long Limit(in CongestionSample sample, int segmentSize)
        => sample.IsPaced ? sample.Acknowledged : Math.Min(sample.Acknowledged, BurstLimit * segmentSize);

    /// <summary>Takes an acknowledgement in slow start.</summary>
    /// <returns>By how many bytes the window grows. Afterwards <see cref="IsActive"/> says whether slow start goes on.</returns>
    public long Grow(in CongestionSample sample, int segmentSize)
    {
        var growth = Limit(sample, segmentSize);
        if (!IsActive)
        {
            return growth;
        }

        if (sample.TotalAcknowledged >= _roundEnd)
        {
            BeginRound(sample.TotalSent);
        }

        if (sample.RoundTripTime > TimeSpan.Zero)
        {
            _currentMinimum = (uint)Math.Min(_currentMinimum, (long)sample.RoundTripTime.TotalMicroseconds);
            _samples = (byte)Math.Min(_samples + 1, SamplesPerRound);
        }

        if (IsConservative)
        {
            growth /= ConservativeDivisor;
            if (_samples >= SamplesPerRound && _currentMinimum < _baseline)
            {
                // It was jitter.
                _baseline = None;
            }
        }
        else if (_samples >= SamplesPerRound && _lastMinimum != None)
        {
            var threshold = Math.Clamp(_lastMinimum / MinimumDivisor, MinimumThreshold, MaximumThreshold);
            if (_currentMinimum - (long)_lastMinimum >= threshold)
            {
                _baseline = _currentMinimum;
                _conservativeRounds = 0;
            }
        }

        return growth;
    }

    private void BeginRound(long end)
    {
        _roundEnd = end;
        _lastMinimum = _currentMinimum;
        _currentMinimum = None;
        _samples = 0;
        if (IsConservative && ++_conservativeRounds >= ConservativeRounds)
        {
            Stop();
        }
    }
}
