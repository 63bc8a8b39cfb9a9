using Mirage;
using Mirage.Net.TcpIp;

namespace PacketPath;

/// <summary>Two stacks that speak to each other: TCP and UDP. All of it on one thread, so that the listing is in one piece.</summary>
/// <typeparam name="TStack">The stacks.</typeparam>
internal static class Traffic<TStack>
    where TStack : struct, IStack<TStack, TcpFlow>, IForwardingStack
{
    private const int Size = 1 << 20;
    private const ushort Port = 7;
    private const ushort DiscardPort = 9;

    private static readonly IpAddress[] _servers = [new Ipv4Address(10, 0, 0, 2), Ipv6Address.Parse("fd00::2")];

    public static DirectStackOptions ClientOptions => Options(new Ipv4Address(10, 0, 0, 1), Ipv6Address.Parse("fd00::1"));

    public static DirectStackOptions ServerOptions => Options(_servers[0], _servers[1]);

    public static async Task TransferAsync(TStack client, TStack server)
    {
        _ = server.ListenTcp(Port, new Echo()).ThrowIfFailed();
        _ = server.ListenTcp(DiscardPort, new Discard()).ThrowIfFailed();
        _ = server.ListenUdp(Port, new DatagramEcho(server)).ThrowIfFailed();
        server.ForwardUdp(new Forwarder()).ThrowIfFailed();
        foreach (var address in _servers)
        {
            await TransferAsync(client, address);
        }

        await client.DisconnectAsync();
        await server.DisconnectAsync();
    }

    private static DirectStackOptions Options(IpAddress v4, IpAddress v6) => new()
    {
        Addresses = [new IpNetwork(v4, 24), new IpNetwork(v6, 64)],
        Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
    };

    private static async Task TransferAsync(TStack client, IpAddress server)
    {
        var answered = new TaskCompletionSource();
        var local = client.ListenUdp(0, new Answered(answered)).ThrowIfFailed();
        client.SendUdp(local, new IpEndpoint(server, Port), new byte[100]).ThrowIfFailed();
        await answered.Task;

        // To a port where nobody listens, so that it is forwarded.
        answered = new TaskCompletionSource();
        local = client.ListenUdp(0, new Answered(answered)).ThrowIfFailed();
        client.SendUdp(local, new IpEndpoint(server, DiscardPort), new byte[100]).ThrowIfFailed();
        await answered.Task;

        var flow = (await client.ConnectTcpAsync(new IpEndpoint(server, Port))).ThrowIfFailed();
        var writing = WriteAsync(flow);
        var buffer = new byte[65_536];
        var received = 0;
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            received += count;
        }

        await writing;
        if (received != Size)
        {
            throw new InvalidOperationException($"{received} of {Size} bytes came back");
        }

        (await flow.CloseAsync()).ThrowIfFailed();

        // One way only, so that acknowledgements travel alone.
        var oneWay = (await client.ConnectTcpAsync(new IpEndpoint(server, DiscardPort))).ThrowIfFailed();
        await WriteAsync(oneWay);
        _ = (await oneWay.ReadAsync(buffer)).ThrowIfFailed();
        (await oneWay.CloseAsync()).ThrowIfFailed();
    }

    private static async Task WriteAsync(TcpFlow flow)
    {
        (await flow.WriteAsync(new byte[Size])).ThrowIfFailed();
        (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
    }

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[65_536];
            while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
            }
        }
    }

    private readonly struct Discard : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[65_536];
            while ((await flow.ReadAsync(buffer)).ThrowIfFailed() > 0)
            {
            }
        }
    }

    private readonly struct DatagramEcho(TStack stack) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => stack.SendUdp(local, remote, payload).ThrowIfFailed();
    }

    private readonly struct Forwarder : IUdpForwarder
    {
        public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
            where TAssociation : struct, IUdpAssociation
            => association.Reply(payload).ThrowIfFailed();

        public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
        {
        }
    }

    private readonly struct Answered(TaskCompletionSource answered) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => answered.SetResult();
    }
}
