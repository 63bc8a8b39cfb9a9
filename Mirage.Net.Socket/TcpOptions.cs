using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>Options of the host's TCP.</summary>
internal static class TcpOptions
{
    // The limits of Linux (tcp(7)): MAX_TCP_KEEPIDLE, MAX_TCP_KEEPCNT.
    private const int MaxSeconds = 32_767;
    private const int MaxProbes = 127;

    public static bool IsValid(KeepAlive value)
        => value.After > TimeSpan.Zero && value.After.TotalSeconds <= MaxSeconds
            && value.Interval > TimeSpan.Zero && value.Interval.TotalSeconds <= MaxSeconds
            && value.Probes is >= 1 and <= MaxProbes;

    public static DeviceError Invalid(KeepAlive value)
        => new(ErrorKind.Invalid, $"{value}: the host takes times of up to {MaxSeconds} s and 1 to {MaxProbes} probes");

    /// <summary>Turns probing on; the host counts in seconds, and parts of one are rounded up.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static void SetKeepAlive(HostSocket socket, KeepAlive value)
    {
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Math.Ceiling(value.After.TotalSeconds));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)Math.Ceiling(value.Interval.TotalSeconds));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, value.Probes);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }
}
