namespace Mirage.Net.TcpIp;

/// <summary>
/// CUBIC (RFC 9438): the window grows with the cube of the time since the last congestion, so that it is soon where it was then, stays about there, and then
/// looks for more. It starts with HyStart++ (RFC 9406) and the initial window of RFC 6928.
/// </summary>
public partial struct Cubic : ICongestionControl
{
    /// <summary>C: segments a second cubed (§4.6, §5.1).</summary>
    internal const double C = 0.4;

    /// <summary>The multiplicative decrease factor (§4.6).</summary>
    internal const double Beta = 0.7;

    /// <summary>The additive increase, in segments a round trip, with which <see cref="Beta"/> has Reno's average window (§4.3).</summary>
    internal const double Alpha = 3 * (1 - Beta) / (1 + Beta);

    private const double MaximumTarget = 1.5;
    private const double NanosecondsPerSecond = 1e9;

    private int _segment;
    private double _window;
    private Instant _heardAt;
    private Curve _curve;

    // Of these, one while there was no congestion, and the other from then on.
    private bool _hadCongestion;
    private Past _past;
    private WindowValidation _validation;

    // §4.9: the window before the last congestion, in case it was none; zero if there is nothing to restore.
    private float _windowBefore;

    /// <inheritdoc/>
    public readonly long Window => (long)_window;

    /// <inheritdoc/>
    public readonly long SlowStartThreshold => _curve.Threshold == uint.MaxValue ? long.MaxValue : _curve.Threshold;

    /// <inheritdoc/>
    public readonly long PacingRate => 0;

    /// <inheritdoc/>
    public void Start(int maximumSegmentSize)
    {
        _segment = maximumSegmentSize;
        _window = InitialWindow.For(maximumSegmentSize);
        _windowBefore = 0;
        _curve = default;
        _curve.Epoch = Instant.Never;
        _curve.Threshold = uint.MaxValue;
        _hadCongestion = false;
        _past = default;
        _validation = default;
        _past.SlowStart.Start();
    }

    /// <inheritdoc/>
    public void SetSegmentSize(int maximumSegmentSize)
    {
        _segment = maximumSegmentSize;
        _window = Math.Max(_window, _segment);
        if (_curve.Threshold != uint.MaxValue)
        {
            SetThreshold(_curve.Threshold);
        }
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
            if (_curve.Threshold != uint.MaxValue)
            {
                SetThreshold(Math.Max(_curve.Threshold, _window * 3 / 4));
            }

            _window = Math.Max(_window / 2, Math.Min(_window, InitialWindow.For(_segment)));
            _curve.Epoch = Instant.Never;
        }

        if (!sample.IsWindowLimited)
        {
            Pause(sample.Now);
            return;
        }

        _heardAt = sample.Now;
        if (_window < SlowStartThreshold)
        {
            GrowInSlowStart(sample);
            return;
        }

        if (_curve.Epoch.IsNever)
        {
            BeginEpoch(sample.Now);
        }

        GrowInAvoidance(sample);
    }

    /// <inheritdoc/>
    public void OnCongestion(CongestionSignal signal, long inFlight, Instant now)
    {
        Keep(signal);
        Decrease(inFlight);
        _window = SlowStartThreshold;
    }

    /// <inheritdoc/>
    public void OnRecovered(long inFlight, Instant now) => _window = Math.Min(SlowStartThreshold, InitialWindow.After(inFlight, _segment));

    /// <inheritdoc/>
    public void OnTimeout(long inFlight, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            Keep(CongestionSignal.Loss);
            Decrease(inFlight);
        }

        // §4.8: the next congestion avoidance begins with K = 0, from the window that there is then.
        _curve.Maximum = 0;
        _curve.Epoch = Instant.Never;
        _window = _segment;
    }

    /// <inheritdoc/>
    public void OnSpurious(Instant now)
    {
        if (_windowBefore > 0)
        {
            _window = Math.Max(_window, _windowBefore);
            var threshold = Math.Max(_curve.Threshold, _past.Curve.Threshold);
            _curve = _past.Curve;
            _curve.Threshold = threshold;
            _windowBefore = 0;
        }
    }

    /// <inheritdoc/>
    public void OnRestart(Instant now)
    {
        Pause(now);
        var window = InitialWindow.For(_segment);
        if (window < _window)
        {
            // What slow start leads to is another stage of congestion avoidance, whose time begins there (§4.2).
            _window = window;
            _curve.Epoch = Instant.Never;
        }
    }

    private void GrowInSlowStart(in CongestionSample sample)
    {
        if (_hadCongestion)
        {
            _window += HybridSlowStart.Limit(sample, _segment);
            return;
        }

        var wasActive = _past.SlowStart.IsActive;
        _window += _past.SlowStart.Grow(sample, _segment);
        if (wasActive && !_past.SlowStart.IsActive)
        {
            // §4.10: from here with K = 0, as there was no congestion to remember.
            SetThreshold(_window);
            _curve.Maximum = 0;
        }
    }

    private void SetThreshold(double bytes) => _curve.Threshold = (uint)Math.Clamp(bytes, 2 * _segment, uint.MaxValue - 1);

    /// <summary>§4.2: W_max, K and the window at the beginning of congestion avoidance.</summary>
    private void BeginEpoch(Instant now)
    {
        _curve.Epoch = now;
        _curve.Estimate = _window;
        if (_curve.Maximum > _window)
        {
            _curve.K = (float)Math.Cbrt((_curve.Maximum - _window) / _segment / C);
        }
        else
        {
            _curve.K = 0;
            _curve.Maximum = (float)_window;
        }
    }

    private void GrowInAvoidance(in CongestionSample sample)
    {
        var segments = sample.Acknowledged / _window;

        // §4.3: what Reno would have; once it is where the window was before, with Reno's own increase.
        _curve.Estimate += (_curve.Estimate >= _curve.Prior ? 1 : Alpha) * _segment * segments;
        var elapsed = (sample.Now.Nanoseconds - _curve.Epoch.Nanoseconds) / NanosecondsPerSecond;
        if (At(elapsed) < _curve.Estimate)
        {
            _window = Math.Max(_window, _curve.Estimate);
            return;
        }

        // §4.4, §4.5: towards where the curve is one round trip later, and not faster than slow start at half its pace.
        var target = At(elapsed + sample.SmoothedRoundTripTime.TotalSeconds);
        target = Math.Min(Math.Max(target, _window), MaximumTarget * _window);
        _window += (target - _window) * segments;
    }

    /// <summary>W_cubic(t), equation 1 of §4.2, in bytes.</summary>
    private readonly double At(double seconds)
    {
        var distance = seconds - _curve.K;
        return (C * _segment * distance * distance * distance) + _curve.Maximum;
    }

    /// <summary>§4.6, multiplicative decrease, and §4.7, fast convergence: who had less than before leaves more to those who come.</summary>
    private void Decrease(long inFlight)
    {
        // Only what was used of the window has been tested; what limited transmit sent beyond it does not count.
        var used = (float)Math.Min(_window, inFlight);
        _curve.Prior = used;
        _curve.Maximum = used < _curve.Maximum ? used * (float)((1 + Beta) / 2) : used;
        _curve.Epoch = Instant.Never;
        SetThreshold(Math.Min(_window, inFlight) * Beta);
    }

    /// <summary>§5.8: the time in which the program sends too little does not count as time to grow in.</summary>
    private void Pause(Instant now)
    {
        if (!_curve.Epoch.IsNever)
        {
            _curve.Epoch = new Instant(_curve.Epoch.Nanoseconds + now.Nanoseconds - _heardAt.Nanoseconds);
        }

        _heardAt = now;
    }

    private void Keep(CongestionSignal signal)
    {
        // A mark is never spurious.
        _windowBefore = signal == CongestionSignal.Loss ? (float)_window : 0;
        _past.Curve = _curve;
        _hadCongestion = true;
    }
}
