using Mirage;
using Mirage.Net.TcpIp;

namespace PacketPath;

/// <summary>Two stacks over two devices that speak to each other: TCP and UDP. All of it on one thread, so that the listing is in one piece.</summary>
internal static class Traffic<TNetwork>
    where TNetwork : struct, INetwork
{
    private const int Size = 1 << 20;
    private const ushort Port = 7;
    private const ushort DiscardPort = 9;

    private static readonly IpAddress _clientAddress = new Ipv4Address(10, 0, 0, 1);
    private static readonly IpAddress _serverAddress = new Ipv4Address(10, 0, 0, 2);

    public static void Run(HostLoop loop, TNetwork client, TNetwork server)
        => loop.Run(async () =>
        {
            var platform = new HostPlatform(loop);
            await TransferAsync(Connect(client, platform, _clientAddress), Connect(server, platform, _serverAddress));
        });

    private static DirectStack<TNetwork, HostPlatform, NewReno> Connect(TNetwork network, HostPlatform platform, IpAddress address)
        => DirectStack<TNetwork, HostPlatform, NewReno>.Connect(network, platform, new DirectStackOptions { Addresses = [new IpNetwork(address, 24)] });

    private static async Task TransferAsync(
        DirectStack<TNetwork, HostPlatform, NewReno> client, DirectStack<TNetwork, HostPlatform, NewReno> server)
    {
        _ = server.ListenTcp(Port, new Echo()).ThrowIfFailed();
        _ = server.ListenTcp(DiscardPort, new Discard()).ThrowIfFailed();
        _ = server.ListenUdp(Port, new DatagramEcho<DirectStack<TNetwork, HostPlatform, NewReno>>(server)).ThrowIfFailed();
        var answered = new TaskCompletionSource();
        var local = client.ListenUdp(0, new Answered(answered)).ThrowIfFailed();
        client.SendUdp(local, new IpEndpoint(_serverAddress, Port), new byte[100]).ThrowIfFailed();
        await answered.Task;

        var flow = (await client.ConnectTcpAsync(new IpEndpoint(_serverAddress, Port))).ThrowIfFailed();
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
        var oneWay = (await client.ConnectTcpAsync(new IpEndpoint(_serverAddress, DiscardPort))).ThrowIfFailed();
        await WriteAsync(oneWay);
        _ = (await oneWay.ReadAsync(buffer)).ThrowIfFailed();
        (await oneWay.CloseAsync()).ThrowIfFailed();
        await client.DisconnectAsync();
        await server.DisconnectAsync();
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

    private readonly struct DatagramEcho<TStack>(TStack stack) : IDatagramHandler
        where TStack : struct, IUdp
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => stack.SendUdp(local, remote, payload).ThrowIfFailed();
    }

    private readonly struct Answered(TaskCompletionSource answered) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => answered.SetResult();
    }
}
