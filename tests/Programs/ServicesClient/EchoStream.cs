using System.Net;
using System.Net.Sockets;

namespace ServicesClient;

/// <summary>A transfer to echo and back that lasts as long as the standard input.</summary>
internal sealed class EchoStream
{
    // Prime, so that bytes in the place of others, a block or a segment away, are noticed.
    private const int Period = 65_521;

    private readonly byte[] _pattern = new byte[Period];
    private volatile bool _stop;
    private long _sent;
    private long _checked;

    public EchoStream() => new Random(1).NextBytes(_pattern);

    public async Task<string> RunAsync(IPEndPoint to)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to);
        new Thread(Answer) { IsBackground = true }.Start();
        await Task.WhenAll(Task.Run(() => Send(socket)), Task.Run(() => Receive(socket)));
        return _sent == _checked ? $"all {_checked}" : throw new InvalidDataException($"{_checked} bytes came back of {_sent}");
    }

    private void Answer()
    {
        while (Console.ReadLine() is not null)
        {
            Console.WriteLine($"checked {Interlocked.Read(ref _checked)}");
        }

        _stop = true;
    }

    private void Send(Socket socket)
    {
        while (!_stop)
        {
            for (var at = 0; at < Period;)
            {
                at += socket.Send(_pattern.AsSpan(at));
            }

            _sent += Period;
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private void Receive(Socket socket)
    {
        var buffer = new byte[Period];
        while (true)
        {
            var at = (int)(_checked % Period);
            var count = socket.Receive(buffer.AsSpan(0, Period - at));
            if (count == 0)
            {
                return;
            }

            if (!buffer.AsSpan(0, count).SequenceEqual(_pattern.AsSpan(at, count)))
            {
                // Nothing waits for the sender, which may be waiting for room.
                Console.WriteLine($"failed: other bytes came back after {_checked}");
                Environment.Exit(1);
            }

            _ = Interlocked.Add(ref _checked, count);
        }
    }
}
