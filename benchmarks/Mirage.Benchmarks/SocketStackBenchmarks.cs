using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Mirage.Net.Socket;
using HostSocket = System.Net.Sockets.Socket;

namespace Mirage.Benchmarks;

/// <summary>The socket stack over loopback beside .NET's sockets, which it is made of; both ends on the thread pool.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "Cleanup disposes of them")]
public class SocketStackBenchmarks
{
    private const int Rounds = 100;
    private const int Bulk = 1 << 20;
    private const int BufferSize = 64 * 1024;

    private readonly byte[] _sent = new byte[Bulk];
    private readonly byte[] _received = new byte[Bulk];
    private SocketStack _stack;
    private SocketFlow _flow;
    private HostSocket _listener = null!;
    private HostSocket _socket = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        _stack = SocketStack.Connect(new SocketStackOptions { RunOn = SocketRunOn.ThreadPool });
        IpAddress loopback = Ipv4Address.Loopback;
        var bound = _stack.ListenTcp(0, new EchoHandler(), new TcpListenOptions { Address = loopback, NoDelay = true }).ThrowIfFailed();
        _flow = (await _stack.ConnectTcpAsync(bound, new TcpConnectOptions { NoDelay = true })).ThrowIfFailed();

        _listener = new HostSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _socket = new HostSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(_listener.LocalEndPoint!);
        _ = EchoAsync(await _listener.AcceptAsync());
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _socket.Dispose();
        _listener.Dispose();
        await _flow.AbortAsync();
        await _stack.DisconnectAsync();
    }

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task PingPongOverFlow() => EchoClient.PingPongAsync(_flow, _received, Rounds);

    [Benchmark(OperationsPerInvoke = Rounds)]
    public async Task PingPongOverSocket()
    {
        for (var i = 0; i < Rounds; i++)
        {
            _ = await _socket.SendAsync(_received.AsMemory(0, 1));
            _ = await _socket.ReceiveAsync(_received.AsMemory());
        }
    }

    [Benchmark]
    public Task EchoOfOneMebibyteOverFlow() => EchoClient.BulkAsync(_flow, _sent, _received);

    [Benchmark]
    public async Task EchoOfOneMebibyteOverSocket()
    {
        var writing = SendAllAsync(_socket, _sent);
        for (var count = 0; count < Bulk;)
        {
            var read = await _socket.ReceiveAsync(_received.AsMemory(count));
            count += read > 0 ? read : throw new InvalidOperationException("the socket ended");
        }

        await writing;
    }

    private static async Task EchoAsync(HostSocket socket)
    {
        socket.NoDelay = true;
        var buffer = new byte[BufferSize];
        while (await socket.ReceiveAsync(buffer.AsMemory()) is > 0 and var count)
        {
            await SendAllAsync(socket, buffer.AsMemory(0, count));
        }

        socket.Dispose();
    }

    private static async Task SendAllAsync(HostSocket socket, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[await socket.SendAsync(data)..];
        }
    }
}
