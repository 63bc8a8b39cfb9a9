namespace Mirage.Net.TcpIp;

/// <summary>The window that a connection begins with (RFC 6928).</summary>
internal static class InitialWindow
{
    private const int Segments = 10;
    private const int Bytes = 14_600;

    /// <summary>§2: min (10*MSS, max (2*MSS, 14600)).</summary>
    public static long For(int segmentSize) => Math.Min(Segments * segmentSize, Math.Max(2 * segmentSize, Bytes));
}
