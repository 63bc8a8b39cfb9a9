namespace Mirage.Net.TcpIp;

/// <summary>Slow start and congestion avoidance of RFC 5681, counted in bytes (RFC 3465), with HyStart++ (RFC 9406) and the initial window of RFC 6928.</summary>
public struct NewReno : ICongestionControl
{
    private int _segment;
    private long _counted;
    private long _windowBefore;
    private long _thresholdBefore;
    private HybridSlowStart _slowStart;
    private WindowValidation _validation;

    /// <inheritdoc/>
    public long Window { get; private set; }

    /// <inheritdoc/>
    public long SlowStartThreshold { get; private set; }

    /// <inheritdoc/>
    public readonly long PacingRate => 0;

    /// <inheritdoc/>
    public void Start(int maximumSegmentSize)
    {
        _segment = maximumSegmentSize;
        _counted = 0;
        _windowBefore = 0;
        _validation = default;
        Window = InitialWindow.For(maximumSegmentSize);
        SlowStartThreshold = long.MaxValue;
        _slowStart.Start();
    }

    /// <inheritdoc/>
    public void SetSegmentSize(int maximumSegmentSize)
    {
        _segment = maximumSegmentSize;
        Window = Math.Max(Window, _segment);
        SlowStartThreshold = Math.Max(SlowStartThreshold, 2 * _segment);
    }

    /// <inheritdoc/>
    public void OnAcknowledged(in CongestionSample sample)
    {
        if (sample.IsRecovering || sample.IsMarked)
        {
            return;
        }

        if (_validation.IsOverdue(sample, Window))
        {
            // RFC 7661 §4.4.3.
            SlowStartThreshold = Math.Max(SlowStartThreshold, Window * 3 / 4);
            Window = Math.Max(Window / 2, Math.Min(Window, InitialWindow.For(_segment)));
        }

        if (!sample.IsWindowLimited)
        {
            return;
        }

        if (Window < SlowStartThreshold)
        {
            var isHybrid = _slowStart.IsActive;
            Window += _slowStart.Grow(sample, _segment);
            if (isHybrid && !_slowStart.IsActive)
            {
                SlowStartThreshold = Window;
            }

            return;
        }

        // RFC 5681 §3.1 (3): one segment for each window acknowledged.
        _counted += sample.Acknowledged;
        if (_counted >= Window)
        {
            _counted -= Window;
            Window += _segment;
        }
    }

    /// <inheritdoc/>
    public void OnCongestion(CongestionSignal signal, long inFlight, Instant now)
    {
        Keep(signal);

        // RFC 5681 (4), RFC 3168 §6.1.2. What limited transmit (RFC 3042) sent beyond the window does not count (§3.2 (2)).
        SlowStartThreshold = Math.Max(Math.Min(inFlight, Window) / 2, 2 * _segment);
        Window = SlowStartThreshold;
    }

    /// <inheritdoc/>
    public void OnRecovered(long inFlight, Instant now) => Window = Math.Min(SlowStartThreshold, InitialWindow.After(inFlight, _segment));

    /// <inheritdoc/>
    public void OnTimeout(long inFlight, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            Keep(CongestionSignal.Loss);
            SlowStartThreshold = Math.Max(Math.Min(inFlight, Window) / 2, 2 * _segment);
        }

        // RFC 5681 §3.1: the loss window.
        Window = _segment;
    }

    /// <inheritdoc/>
    public void OnSpurious(Instant now)
    {
        Window = Math.Max(Window, _windowBefore);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _thresholdBefore);
    }

    /// <inheritdoc/>
    public void OnRestart(Instant now)
    {
        Window = Math.Min(Window, InitialWindow.For(_segment));
        _counted = 0;
    }

    private void Keep(CongestionSignal signal)
    {
        // A mark is never spurious.
        (_windowBefore, _thresholdBefore) = signal == CongestionSignal.Loss ? (Window, SlowStartThreshold) : (0, 0);
        _counted = 0;
        _slowStart.Stop();
    }
}
