using System.Net;
using System.Net.Sockets;

namespace ServicesClient;

/// <summary>Echo over TCP.</summary>
internal static class EchoConnections
{
    private const int ShortLength = 100;

    public static async Task<string> AllAtOnceAsync(IPEndPoint to, int count, int bytes)
    {
        // None sends before all are open.
        var sockets = new Socket[count];
        try
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
            {
                sockets[i] = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await sockets[i].ConnectAsync(to);
            }));
            await Task.WhenAll(sockets.Select((socket, i) => ExchangeAsync(socket, Bytes(i, bytes))));
        }
        finally
        {
            foreach (var socket in sockets)
            {
                socket?.Dispose();
            }
        }

        return $"{count} connections of {bytes} bytes";
    }

    public static async Task<string> OneAfterAnotherAsync(IPEndPoint to, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(to);
            await ExchangeAsync(socket, Bytes(i, ShortLength));
        }

        return $"{count} connections in sequence";
    }

    public static async Task<string> HalfCloseAsync(IPEndPoint to, int bytes)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to);
        await using var stream = new NetworkStream(socket);
        var sent = Bytes(0, bytes);
        await SendAsync(stream, sent);
        await ReadAndCompareAsync(stream, sent);
        return $"{bytes} bytes after the end";
    }

    private static async Task ExchangeAsync(Socket socket, byte[] sent)
    {
        await using var stream = new NetworkStream(socket);
        await Task.WhenAll(SendAsync(stream, sent), ReadAndCompareAsync(stream, sent));
    }

    private static async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task ReadAndCompareAsync(NetworkStream stream, byte[] expected)
    {
        var received = new byte[expected.Length + 1];
        var count = await stream.ReadAtLeastAsync(received, received.Length, throwOnEndOfStream: false);
        if (!received.AsSpan(0, count).SequenceEqual(expected))
        {
            throw new InvalidDataException($"{count} bytes came back of {expected.Length}, or others");
        }
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
