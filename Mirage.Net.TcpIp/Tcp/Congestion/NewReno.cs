namespace Mirage.Net.TcpIp;

/// <summary>Slow start and congestion avoidance of RFC 5681, with the initial window of RFC 6928, counted in bytes (RFC 3465).</summary>
public struct NewReno : ICongestionControl
{
    private const int InitialSegments = 10;
    private const int InitialBytes = 14_600;

    // RFC 9406 §4.3: without pacing, slow start grows by at most 8 segments for an acknowledgement, however many it covers.
    private const int SlowStartLimit = 8;

    private int _segment;
    private long _initial;
    private long _counted;

    /// <inheritdoc/>
    public long Window { get; private set; }

    /// <inheritdoc/>
    public long SlowStartThreshold { get; private set; }

    /// <inheritdoc/>
    public void Start(int maximumSegmentSize)
    {
        _segment = maximumSegmentSize;
        _counted = 0;

        // RFC 6928 §2: min (10*MSS, max (2*MSS, 14600)).
        _initial = Math.Min(InitialSegments * maximumSegmentSize, Math.Max(2 * maximumSegmentSize, InitialBytes));
        Window = _initial;
        SlowStartThreshold = long.MaxValue;
    }

    /// <inheritdoc/>
    public void OnAcknowledged(in CongestionSample sample)
    {
        // RFC 7661 §4.1: a window that was not used says nothing of the path, and does not grow.
        var isSlowStart = Window < SlowStartThreshold;
        if (sample.InFlight < (isSlowStart ? Window / 2 : Window - _segment))
        {
            return;
        }

        if (isSlowStart)
        {
            Window += Math.Min(sample.Acknowledged, SlowStartLimit * _segment);
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
    public void OnLoss(long inFlight, Instant now)
    {
        // RFC 5681 (4).
        SlowStartThreshold = Math.Max(inFlight / 2, 2 * _segment);
        Window = SlowStartThreshold;
        _counted = 0;
    }

    /// <inheritdoc/>
    public void OnRecovered(long inFlight, Instant now)
    {
        // RFC 6582 §3.2 step 3 (1): no burst of all that was held back.
        Window = Math.Min(SlowStartThreshold, Math.Max(inFlight, _segment) + _segment);
        _counted = 0;
    }

    /// <inheritdoc/>
    public void OnTimeout(long inFlight, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            SlowStartThreshold = Math.Max(inFlight / 2, 2 * _segment);
        }

        // RFC 5681 §3.1: the loss window.
        Window = _segment;
        _counted = 0;
    }

    /// <inheritdoc/>
    public void OnRestart()
    {
        Window = Math.Min(Window, _initial);
        _counted = 0;
    }
}
