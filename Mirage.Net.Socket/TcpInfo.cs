using System.Buffers.Binary;
using System.Net.Sockets;

namespace Mirage.Net.Socket;

/// <summary>What Linux tells of a connection: <c>struct tcp_info</c> of <c>linux/tcp.h</c>, of which older kernels give fewer bytes.</summary>
internal static class TcpInfo
{
    private const int ProtocolTcp = 6;
    private const int OptionInfo = 11;
    private const int Size = 256;
    private const int StateClosed = 7;
    private const int FirstStatistics = 104;

    // The order of enum in include/net/tcp_states.h; the names are RFC 9293's.
    private static readonly string[] States =
    [
        "CLOSED", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
        "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED",
    ];

    /// <summary>Whether the connection has ended in both directions; never where the host does not tell.</summary>
    public static bool IsClosed(HostSocket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<byte> info = stackalloc byte[1];
        return socket.GetRawSocketOption(ProtocolTcp, OptionInfo, info) > 0 && info[0] == StateClosed;
    }

    /// <exception cref="SocketException">The connection is gone.</exception>
    public static Result<TcpStatistics> Read(HostSocket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new DeviceError(ErrorKind.Unsupported, "the statistics of a connection are known on Linux only");
        }

        Span<byte> info = stackalloc byte[Size];
        info.Clear();
        if (socket.GetRawSocketOption(ProtocolTcp, OptionInfo, info) < FirstStatistics)
        {
            return new DeviceError(ErrorKind.Unsupported, "the kernel is too old to tell the statistics of a connection");
        }

        var options = info[5];
        var segment = Int32(info, 16);
        var sent = Int64(info, 200) - Int64(info, 208);
        return new TcpStatistics
        {
            State = info[0] < States.Length ? States[info[0]] : "UNKNOWN",
            RetransmissionTimeout = TimeSpan.FromMicroseconds(Int32(info, 8)),
            MaximumSegmentSize = segment,
            RoundTripTime = TimeSpan.FromMicroseconds(Int32(info, 68)),
            RoundTripVariation = TimeSpan.FromMicroseconds(Int32(info, 72)),
            MinimumRoundTripTime = TimeSpan.FromMicroseconds((uint)Int32(info, 148)),
            CongestionState = (TcpCongestionState)info[1],
            SelectivelyAcknowledged = Segments(info, 28, segment),
            Lost = Segments(info, 32, segment),
            DeliveryRate = Int64(info, 160),
            ReorderingSeen = Int32(info, 220) != 0,
            SendWindowScale = info[6] & 0xf,
            ReceiveWindowScale = info[6] >> 4,
            SlowStartThreshold = Segments(info, 76, segment),
            CongestionWindow = Segments(info, 80, segment),
            Retransmissions = Int32(info, 100),
            BytesReceived = Int64(info, 128),
            BytesSent = sent,
            BytesAcknowledged = Int64(info, 120),
            InFlight = Math.Max(0, sent - Int64(info, 120)),
            SendWindow = (uint)Int32(info, 228),
            ReceiveWindow = (uint)Int32(info, 232),
            Timestamps = (options & 1) != 0,
            SelectiveAcknowledgement = (options & 2) != 0,
            WindowScaling = (options & 4) != 0,
            CongestionNotification = (options & 8) != 0,
        };
    }

    private static int Int32(ReadOnlySpan<byte> info, int offset)
        => BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt32LittleEndian(info[offset..]) : BinaryPrimitives.ReadInt32BigEndian(info[offset..]);

    private static long Int64(ReadOnlySpan<byte> info, int offset)
        => BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(info[offset..]) : BinaryPrimitives.ReadInt64BigEndian(info[offset..]);

    // The kernel counts windows in segments.
    private static long Segments(ReadOnlySpan<byte> info, int offset, int segment) => (long)(uint)Int32(info, offset) * segment;
}
