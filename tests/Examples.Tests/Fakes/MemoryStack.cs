namespace Mirage.Examples.Tests.Fakes;

/// <summary>A stack that a test connects to and sends datagrams to by calling it.</summary>
internal readonly struct MemoryStack : IStack
{
    public static readonly IpEndpoint Client = new(new Ipv4Address(192, 0, 2, 1), 40000);

    private static readonly IpAddress Server = new Ipv4Address(192, 0, 2, 2);

    private readonly State _state = new();

    public MemoryStack()
    {
    }

    public bool IsDefault => _state is null;

    public IReadOnlyList<IpNetwork> Addresses => [new(Server, 24)];

    /// <summary>The datagrams that the program has sent.</summary>
    public List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)> Sent => _state.Sent;

    /// <summary>How the program listens on TCP's ports.</summary>
    public IReadOnlyDictionary<ushort, TcpListenOptions> Listens => _state.Listens;

    /// <summary>The ports that cannot be listened on, and why.</summary>
    public Dictionary<ushort, ErrorKind> Refusals => _state.Refusals;

    /// <summary>Connects to a port; the task is the handler's, after which its end is closed.</summary>
    public (MemoryFlow Flow, Task Served) Connect(ushort port)
    {
        var (client, server) = MemoryFlow.Pair(Client, new(Server, port));
        return (client, ServeAsync(_state.Flows[port], server));
    }

    public void Receive(IpEndpoint from, ushort port, ReadOnlySpan<byte> payload) => _state.Datagrams[port](new(Server, port), from, payload);

    public Result<IpEndpoint> ListenTcp<THandler>(ushort port, THandler handler, TcpListenOptions? options = null)
        where THandler : struct, IFlowHandler
    {
        if (_state.Refusals.TryGetValue(port, out var kind))
        {
            return kind;
        }

        _state.Flows.Add(port, handler.HandleAsync);
        _state.Listens.Add(port, options ?? new());
        return new IpEndpoint(options?.Address ?? default, port);
    }

    public Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler
    {
        _state.Datagrams.Add(port, handler.OnDatagram);
        return new IpEndpoint(options?.Address ?? default, port);
    }

    public Result UnlistenTcp(ushort port) => _state.Flows.Remove(port) ? Result.Done : ErrorKind.NotFound;

    public Result UnlistenUdp(ushort port) => _state.Datagrams.Remove(port) ? Result.Done : ErrorKind.NotFound;

    public ValueTask<Result> ConnectTcpAsync<THandler>(
        IpEndpoint remote, THandler handler, TcpConnectOptions? options = null, CancellationToken cancellation = default)
        where THandler : struct, IFlowHandler
        => new(ErrorKind.Refused);

    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        _state.Sent.Add((local, remote, payload.ToArray()));
        return Result.Done;
    }

    public Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options) => SendUdp(local, remote, payload);

    public Result JoinGroup(IpAddress group) => ErrorKind.Unsupported;

    public Result LeaveGroup(IpAddress group) => ErrorKind.NotFound;

    public Result<IpAddress> SelectSource(IpAddress destination) => Server;

    public int MaxPayload(IpAddress destination) => 1480;

    public Task RunAsync(CancellationToken cancellation = default)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = cancellation.Register(stopped.SetResult);
        return stopped.Task;
    }

    public ValueTask DisconnectAsync() => default;

    private static async Task ServeAsync(Func<MemoryFlow, ValueTask> handler, MemoryFlow flow)
    {
        try
        {
            await handler(flow);
        }
        catch
        {
            await flow.AbortAsync();
            throw;
        }

        _ = await flow.CloseAsync();
    }

    private sealed class State
    {
        public Dictionary<ushort, Func<MemoryFlow, ValueTask>> Flows { get; } = [];

        public Dictionary<ushort, DatagramReceived> Datagrams { get; } = [];

        public Dictionary<ushort, TcpListenOptions> Listens { get; } = [];

        public Dictionary<ushort, ErrorKind> Refusals { get; } = [];

        public List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)> Sent { get; } = [];
    }
}
