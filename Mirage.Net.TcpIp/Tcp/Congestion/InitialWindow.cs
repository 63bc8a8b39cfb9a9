namespace Mirage.Net.TcpIp;

/// <summary>The window that a connection begins with (RFC 6928).</summary>
internal static class InitialWindow
{
    private const int Segments = 10;
    private const int Bytes = 14_600;

    /// <summary>§2: min (10*MSS, max (2*MSS, 14600)).</summary>
    public static long For(int segmentSize) => Math.Min(Segments * segmentSize, Math.Max(2 * segmentSize, Bytes));

    /// <summary>
    /// The window after fast recovery: RFC 6582 §3.2 step 3 has what is in flight and one segment more, from where slow start goes on to the threshold, so that no burst
    /// leaves. Here it may be as much as leaves at once at a connection's beginning, or after a pause (RFC 5681 §4.1).
    /// </summary>
    public static long After(long inFlight, int segmentSize) => inFlight + For(segmentSize);
}
