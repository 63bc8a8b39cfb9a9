using System.Net;
using System.Net.Sockets;

namespace ServicesClient;

/// <summary>Echo over UDP.</summary>
internal static class Datagrams
{
    private const int MaxLength = 1400;
    private const int TimeoutMilliseconds = 20_000;

    public static string Echo(IPEndPoint to, int count)
    {
        using var socket = Connected(to);
        var random = new Random(count);
        var buffer = new byte[MaxLength + 1];
        for (var i = 0; i < count; i++)
        {
            var sent = new byte[1 + ((MaxLength - 1) * i / int.Max(1, count - 1))];
            random.NextBytes(sent);
            _ = socket.Send(sent);
            if (!buffer.AsSpan(0, socket.Receive(buffer)).SequenceEqual(sent))
            {
                throw new InvalidDataException($"a datagram of {sent.Length} bytes came back as another");
            }
        }

        return $"{count} datagrams";
    }

    public static string Refused(IPEndPoint to)
    {
        using var socket = Connected(to);

        // A host that cannot be reached is told only to who asked for all errors (ip(7), IP_RECVERR, and ipv6(7)).
        var (level, option) = to.AddressFamily == AddressFamily.InterNetwork ? (0, 11) : (41, 25);
        socket.SetRawSocketOption(level, option, [1, 0, 0, 0]);
        try
        {
            _ = socket.Send("x"u8);
            _ = socket.Receive(new byte[1]);
            return "answered";
        }
        catch (SocketException exception)
        {
            return $"{exception.SocketErrorCode}";
        }
    }

    private static Socket Connected(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = TimeoutMilliseconds };
        socket.Connect(to);
        return socket;
    }
}
