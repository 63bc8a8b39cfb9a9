using System.Net;
using System.Net.Sockets;

namespace ServicesClient;

/// <summary>Connections that end in another way than both sides' closing, or never begin.</summary>
internal static class Endings
{
    private const int BeforeAbort = 100_000;

    public static string Abort(IPEndPoint to, int count)
    {
        var buffer = new byte[BeforeAbort];
        for (var i = 0; i < count; i++)
        {
            using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(to);
            for (var at = 0; at < buffer.Length;)
            {
                var read = socket.Receive(buffer.AsSpan(at));
                at += read > 0 ? read : throw new InvalidDataException($"the end after {at} bytes");
            }

            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        return $"{count} connections reset";
    }

    public static string Hold(IPEndPoint to)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(to);
        var buffer = new byte[BeforeAbort];
        var count = socket.Receive(buffer.AsSpan(0, 1));
        Console.WriteLine("connected");
        _ = Console.In.ReadToEnd();
        try
        {
            while (socket.Receive(buffer) is var read and > 0)
            {
                count += read;
            }
        }
        catch (SocketException exception)
        {
            return $"{exception.SocketErrorCode}";
        }

        return $"end after {count}";
    }

    public static string RefusedTcp(IPEndPoint to)
    {
        try
        {
            using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(to);
            return "connected";
        }
        catch (SocketException exception)
        {
            return $"{exception.SocketErrorCode}";
        }
    }
}
