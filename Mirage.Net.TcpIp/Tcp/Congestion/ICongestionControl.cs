namespace Mirage.Net.TcpIp;

/// <summary>What a congestion control learns from an acknowledgement.</summary>
public readonly struct CongestionSample
{
    /// <summary>The present.</summary>
    public Instant Now { get; init; }

    /// <summary>How many bytes were newly acknowledged.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Bytes in flight before the acknowledgement.</summary>
    public long InFlight { get; init; }

    /// <summary>The round-trip time measured by this acknowledgement; zero if none was.</summary>
    public TimeSpan RoundTripTime { get; init; }

    /// <summary>The smoothed round-trip time; zero before the first measurement.</summary>
    public TimeSpan SmoothedRoundTripTime { get; init; }
}

/// <summary>
/// How much may be in flight (RFC 5681, RFC 5033). An implementation is a mutable struct that lives in its connection; it decides the
/// congestion window, and the connection decides what to send. Windows are in bytes.
/// </summary>
public interface ICongestionControl
{
    /// <summary>The congestion window.</summary>
    long Window { get; }

    /// <summary>The slow start threshold.</summary>
    long SlowStartThreshold { get; }

    /// <summary>A connection begins, and its maximum segment size is known; called before any data is sent.</summary>
    /// <param name="maximumSegmentSize">SMSS in bytes.</param>
    void Start(int maximumSegmentSize);

    /// <summary>New data was acknowledged, outside fast recovery.</summary>
    /// <param name="sample">What was learned.</param>
    void OnAcknowledged(in CongestionSample sample);

    /// <summary>A loss was found without a time-out; fast recovery begins (RFC 5681 §3.2, RFC 6675 §5).</summary>
    /// <param name="inFlight">Bytes in flight.</param>
    /// <param name="now">The present.</param>
    void OnLoss(long inFlight, Instant now);

    /// <summary>Fast recovery ends: everything that was outstanding at its beginning is acknowledged.</summary>
    /// <param name="inFlight">Bytes in flight.</param>
    /// <param name="now">The present.</param>
    void OnRecovered(long inFlight, Instant now);

    /// <summary>The retransmission timer expired (RFC 5681 §3.1).</summary>
    /// <param name="inFlight">Bytes in flight.</param>
    /// <param name="isFirst">Whether it is the first for this data; a further one does not lower the threshold again.</param>
    /// <param name="now">The present.</param>
    void OnTimeout(long inFlight, bool isFirst, Instant now);

    /// <summary>Data is sent after nothing was for a retransmission time-out (RFC 5681 §4.1).</summary>
    void OnRestart();
}
