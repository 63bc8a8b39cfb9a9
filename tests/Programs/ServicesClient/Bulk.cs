using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServicesClient;

/// <summary>Much in one direction.</summary>
internal static class Bulk
{
    private const string Ring = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    // The lines that RFC 864 shows, as often as they come in half a megabyte until the first comes again.
    private static readonly byte[] Pattern = Encoding.ASCII.GetBytes(string.Concat(
        Enumerable.Range(1, Ring.Length * 70).Select(line => string.Concat(Ring.AsSpan(line % Ring.Length), Ring)[..72] + "\r\n")));

    public static string Discard(IPEndPoint to, int bytes)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(to);
        var start = Stopwatch.GetTimestamp();
        ReadOnlySpan<byte> block = Pattern;
        for (var left = bytes; left > 0;)
        {
            left -= socket.Send(block[..int.Min(block.Length, left)]);
        }

        // The server ends its side when it has read the end of this one, after everything before it.
        socket.Shutdown(SocketShutdown.Send);
        return socket.Receive(new byte[1]) == 0 ? Report("sent", bytes, start) : throw new InvalidDataException("discard answered");
    }

    public static string Chargen(IPEndPoint to, int bytes, int pause = 0, int buffer = 0)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (buffer > 0)
        {
            socket.ReceiveBufferSize = buffer;
        }

        socket.Connect(to);
        Thread.Sleep(pause);
        var start = Stopwatch.GetTimestamp();
        ReadOnlySpan<byte> expected = Pattern;
        var block = new byte[expected.Length];
        for (var count = 0; count < bytes;)
        {
            var at = count % expected.Length;
            var read = socket.Receive(block.AsSpan(0, int.Min(expected.Length - at, bytes - count)));
            if (read == 0 || !block.AsSpan(0, read).SequenceEqual(expected.Slice(at, read)))
            {
                throw new InvalidDataException($"{read} bytes after {count} are not the pattern");
            }

            count += read;
        }

        return Report("received", bytes, start);
    }

    private static string Report(string what, int bytes, long start)
        => string.Create(CultureInfo.InvariantCulture, $"{what} {bytes} bytes, {bytes * 8e-6 / Stopwatch.GetElapsedTime(start).TotalSeconds:F0} Mbit/s");
}
