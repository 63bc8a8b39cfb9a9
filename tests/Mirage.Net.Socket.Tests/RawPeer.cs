using System.Net.Sockets;
using System.Net;
using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

/// <summary>A plain socket connected to a flow of the stack, for what a stack does not do by itself.</summary>
internal sealed class RawPeer : IDisposable
{
    private RawPeer(HostSocket socket, SocketFlow flow)
    {
        Socket = socket;
        Flow = flow;
    }

    public HostSocket Socket { get; }

    public SocketFlow Flow { get; }

    public static HostSocket Listen(int backlog = 10)
    {
        var listener = new HostSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    public static IpEndpoint EndpointOf(HostSocket socket) => IpEndpoint.From((IPEndPoint)socket.LocalEndPoint!);

    public static async Task<RawPeer> ConnectAsync(SocketStack stack, TcpConnectOptions? options = null)
    {
        using var listener = Listen();
        var connecting = stack.ConnectTcpAsync(EndpointOf(listener), options);
        var socket = await listener.AcceptAsync();
        return new(socket, (await connecting).ThrowIfFailed());
    }

    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await Socket.ReceiveAsync(buffer) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public void Reset()
    {
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        Socket.Dispose();
    }

    public void Dispose() => Socket.Dispose();
}

/// <summary>Serves by a delegate.</summary>
internal readonly struct Serving(Func<IFlow, ValueTask> serve) : IFlowHandler
{
    public ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
        => serve(flow);
}

/// <summary>Takes datagrams by a delegate.</summary>
internal readonly struct Receiving(DatagramReceived receive) : IDatagramHandler
{
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => receive(local, remote, payload);
}
