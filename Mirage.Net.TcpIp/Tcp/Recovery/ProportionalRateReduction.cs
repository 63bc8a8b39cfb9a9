namespace Mirage.Net.TcpIp;

/// <summary>
/// Proportional rate reduction (RFC 9937): in fast recovery what leaves follows what arrives, so that at its end as much is in flight as the slow start
/// threshold says, without a pause and without a burst.
/// </summary>
internal struct ProportionalRateReduction
{
    private long _flight;
    private long _delivered;
    private long _sent;

    /// <summary>How much may be in flight.</summary>
    public long Window { get; private set; }

    /// <summary>Recovery begins.</summary>
    /// <param name="flight">RecoverFS: what was outstanding before this acknowledgement, less what had been acknowledged selectively.</param>
    public void Start(long flight)
    {
        _flight = Math.Max(1, flight);
        _delivered = _sent = 0;
        Window = 0;
    }

    /// <summary>An acknowledgement, the first one included (§6.2).</summary>
    /// <param name="delivered">DeliveredData, in bytes.</param>
    /// <param name="inFlight">The pipe after it.</param>
    /// <param name="threshold">The slow start threshold.</param>
    /// <param name="isSafe">SafeACK: SND.UNA advances, and nothing more is found lost.</param>
    /// <param name="segmentSize">SMSS.</param>
    public void OnAcknowledged(long delivered, long inFlight, long threshold, bool isSafe, int segmentSize)
    {
        _delivered += delivered;
        long allowed;
        if (inFlight > threshold)
        {
            allowed = (((_delivered * threshold) + _flight - 1) / _flight) - _sent;
        }
        else
        {
            allowed = Math.Max(_delivered - _sent, delivered) + (isSafe ? segmentSize : 0);
            allowed = Math.Min(threshold - inFlight, allowed);
        }

        // The first retransmission leaves in any case.
        Window = inFlight + Math.Max(allowed, _sent == 0 ? segmentSize : 0);
    }

    /// <summary>Makes the window as large at least.</summary>
    public void Allow(long window) => Window = Math.Max(Window, window);

    public void OnSent(int bytes) => _sent += bytes;
}
