namespace Mirage.Net.TcpIp;

/// <summary>
/// How much may be in flight (RFC 5681, RFC 5033). An implementation is a mutable struct that lives in its connection and is the third type argument of
/// <see cref="DirectStack{TNetwork, TPlatform, TCongestion}"/>; it decides the congestion window, and the connection finds losses and decides what to
/// send. Windows are in bytes. Nothing may be allocated, and no clock but the one in the arguments be read.
/// </summary>
/// <remarks>
/// A window that never changes, for a path that is one's own:
/// <code>
/// struct Fixed : ICongestionControl
/// {
///     public long Window { get; private set; }
///     public long SlowStartThreshold => Window;
///     public long PacingRate => 0;
///     public void Start(int maximumSegmentSize) => Window = 64 * maximumSegmentSize;
///     public void SetSegmentSize(int maximumSegmentSize) { }
///     public void OnAcknowledged(in CongestionSample sample) { }
///     public void OnCongestion(CongestionSignal signal, long inFlight, Instant now) { }
///     public void OnRecovered(long inFlight, Instant now) { }
///     public void OnTimeout(long inFlight, bool isFirst, Instant now) { }
///     public void OnSpurious(Instant now) { }
///     public void OnRestart(Instant now) { }
/// }
/// </code>
/// </remarks>
public interface ICongestionControl
{
    /// <summary>The congestion window.</summary>
    long Window { get; }

    /// <summary>The slow start threshold. In fast recovery proportional rate reduction (RFC 9937) brings what is in flight down to it.</summary>
    long SlowStartThreshold { get; }

    /// <summary>How fast to send, in bytes a second, if what is sent is paced; 0 for what follows from window and round-trip time.</summary>
    long PacingRate { get; }

    /// <summary>A connection begins, and its maximum segment size is known; called before any data is sent.</summary>
    /// <param name="maximumSegmentSize">SMSS in bytes.</param>
    void Start(int maximumSegmentSize);

    /// <summary>
    /// The path's MTU has changed, and with it the segment size. The window in bytes stays, since the path carries as much as before (RFC 4821 §5.3), but for the least: a
    /// segment, and two for the threshold (RFC 5681 §3.1).
    /// </summary>
    /// <param name="maximumSegmentSize">SMSS in bytes.</param>
    void SetSegmentSize(int maximumSegmentSize);

    /// <summary>Data was acknowledged, cumulatively; in recovery too, as the sample says.</summary>
    /// <param name="sample">What was learned.</param>
    void OnAcknowledged(in CongestionSample sample);

    /// <summary>There is congestion: at a loss fast recovery begins (RFC 5681 §3.2, RFC 8985 §9), at a mark (RFC 3168 §6.1.2) sending goes on. At most once
    /// for each window of data.</summary>
    /// <param name="signal">How it shows itself.</param>
    /// <param name="inFlight">Bytes outstanding (FlightSize).</param>
    /// <param name="now">The present.</param>
    void OnCongestion(CongestionSignal signal, long inFlight, Instant now);

    /// <summary>
    /// Fast recovery ends: everything that was outstanding at its beginning is acknowledged. What is in flight now may be far less than the threshold, since the
    /// peer's window or the program held back what recovery would have let out; a window of the threshold would leave as one burst (RFC 6582 §3.2 step 3).
    /// </summary>
    /// <param name="inFlight">Bytes believed to be in the network (RFC 6675 §4, pipe).</param>
    /// <param name="now">The present.</param>
    void OnRecovered(long inFlight, Instant now);

    /// <summary>The retransmission timer expired (RFC 5681 §3.1).</summary>
    /// <param name="inFlight">Bytes outstanding.</param>
    /// <param name="isFirst">Whether it is the first for this data; a further one does not lower the threshold again.</param>
    /// <param name="now">The present.</param>
    void OnTimeout(long inFlight, bool isFirst, Instant now);

    /// <summary>The last congestion at a loss or a time-out was none: what was thought lost had only come late (RFC 4015 §3, RFC 9438 §4.9). The
    /// window that was before is restored.</summary>
    /// <param name="now">The present.</param>
    void OnSpurious(Instant now);

    /// <summary>Data is sent after nothing was for a retransmission time-out (RFC 5681 §4.1).</summary>
    /// <param name="now">The present.</param>
    void OnRestart(Instant now);
}
