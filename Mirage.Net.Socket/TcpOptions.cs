using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mirage.Net.Socket;

/// <summary>Options of the host's TCP.</summary>
internal static class TcpOptions
{
    // The limits of Linux (tcp(7)): MAX_TCP_KEEPIDLE, MAX_TCP_KEEPCNT.
    private const int MaxSeconds = 32_767;
    private const int MaxProbes = 127;

    // Of the kernel's interface (linux/tcp.h); .NET has no names for them.
    private const int LinuxCork = 3;
    private const int LinuxUserTimeout = 18;

    public static bool IsValid(KeepAlive value)
        => value.After > TimeSpan.Zero && value.After.TotalSeconds <= MaxSeconds
            && value.Interval > TimeSpan.Zero && value.Interval.TotalSeconds <= MaxSeconds
            && value.Probes is >= 1 and <= MaxProbes;

    public static DeviceError Invalid(KeepAlive value)
        => new(ErrorKind.Invalid, $"{value}: the host takes times of up to {MaxSeconds} s and 1 to {MaxProbes} probes");

    /// <summary>Keeps back what does not fill a segment (tcp(7), TCP_CORK); Linux only.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static void SetCork(HostSocket socket, bool value) => SetRaw(socket, LinuxCork, value ? 1 : 0);

    /// <summary>Sets how long the peer may leave what is sent without an answer, zero for the host's own limit (tcp(7), TCP_USER_TIMEOUT); Linux only.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static void SetUserTimeout(HostSocket socket, TimeSpan value) => SetRaw(socket, LinuxUserTimeout, (int)Math.Min(Math.Ceiling(value.TotalMilliseconds), int.MaxValue));

    private static void SetRaw(HostSocket socket, int option, int value)
        => socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

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
