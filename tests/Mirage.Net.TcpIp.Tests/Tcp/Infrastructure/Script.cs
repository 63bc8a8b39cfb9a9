using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A stack and a raw host on one link, in virtual time. A test is a packet trace: send this, expect that, then.</summary>
internal sealed class Script
{
    public static readonly Ipv4Address StackAddress = new(10, 0, 0, 1);
    public static readonly Ipv4Address PeerAddress = new(10, 0, 0, 2);
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private ushort _nextPort = 40_000;

    private Script(TcpSettings? tcp, StackLimits? limits, DirectStackOptions? options, int mtu, ulong seed)
    {
        Loop = new SimulatedLoop(seed);
        Platform = new SimulatedPlatform(Loop);
        Switch = new VirtualSwitch(Loop);
        options ??= new DirectStackOptions { Addresses = [new IpNetwork(StackAddress, 24)] };
        Host = new RawHost(Switch.Connect(mtu: mtu), Platform, PeerAddress) { StackMac = MacAddress.Local(2) };
        options = options with { Tcp = tcp ?? options.Tcp, Limits = limits ?? options.Limits };
        Stack = SimulatedStack.Connect(Switch.Connect(mtu: mtu), Platform, options);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public VirtualSwitch Switch { get; }

    public SimulatedStack Stack { get; }

    public RawHost Host { get; }

    public double Now => Host.Now;

    /// <summary>Runs a story, and then checks that the stack can end: nothing is held for ever.</summary>
    public static void Run(Func<Script, Task> story, TcpSettings? tcp = null, StackLimits? limits = null, DirectStackOptions? options = null, int mtu = 1500, ulong seed = 1)
    {
        var script = new Script(tcp, limits, options, mtu, seed);
        script.Loop.Run(() => story(script));
    }

    /// <summary>Cancels on this thread.</summary>
    public static void Cancel(CancellationTokenSource source) => source.Cancel();

    public Task Sleep(double milliseconds) => Platform.SleepAsync(TimeSpan.FromMilliseconds(milliseconds)).AsTask();

    public async Task SleepUntil(double milliseconds) => await Sleep(milliseconds - Now);

    /// <summary>A connection of the peer's, not yet open.</summary>
    public Peer NewPeer(ushort stackPort = 80, ushort? port = null, uint iss = 1000) => new(this, port ?? _nextPort++, stackPort, iss);

    /// <summary>Listens, and gives the flows that are accepted to the test.</summary>
    public Accepted Listen(ushort port = 80, TcpListenOptions? options = null)
    {
        var accepted = new Accepted();
        Stack.ListenTcp(port, new Accepted.Handler(accepted), options).ThrowIfFailed();
        return accepted;
    }

    /// <summary>An established connection that the peer opened, with the round-trip time (in milliseconds) that its handshake shows.</summary>
    public async Task<(Peer Peer, TcpFlow Flow)> AcceptAsync(TcpOptions options = default, ushort window = 65_535, TcpListenOptions? listen = null, uint iss = 1000, double roundTrip = 0)
    {
        var port = _nextPort++;
        var accepted = Listen(port, listen);
        var peer = NewPeer(port, iss: iss);
        peer.HasTimestamps = options.HasTimestamp;
        peer.Send(TcpFlags.Syn, seq: 0, window: window, options: options);
        await peer.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        if (roundTrip > 0)
        {
            await Sleep(roundTrip);
        }

        peer.Send(TcpFlags.Ack, seq: 1, ack: 1, window: window);
        return (peer, await accepted.NextAsync());
    }

    /// <summary>Connects from the stack; the test plays the peer.</summary>
    public (Peer Peer, Task<Result<TcpFlow>> Connecting) Connect(TcpConnectOptions? options = null, CancellationToken cancellation = default)
    {
        var port = _nextPort++;
        var peer = NewPeer(port, port: port);
        options = (options ?? new TcpConnectOptions()) with { Local = new IpEndpoint(default, port) };
        return (peer, Stack.ConnectTcpAsync(new IpEndpoint(PeerAddress, port), options, cancellation).AsTask());
    }

    /// <summary>An established connection that the stack opened.</summary>
    public async Task<(Peer Peer, TcpFlow Flow)> ConnectAsync(TcpOptions options = default, ushort window = 65_535, TcpConnectOptions? connect = null)
    {
        var (peer, connecting) = Connect(connect);
        peer.HasTimestamps = options.HasTimestamp;
        await peer.Expect(TcpFlags.Syn, seq: 0);
        peer.Send(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, window: window, options: options);
        await peer.Expect(TcpFlags.Ack, seq: 1, ack: 1);
        return (peer, (await connecting).ThrowIfFailed());
    }
}

/// <summary>Flows that a listener accepted.</summary>
internal sealed class Accepted
{
    private readonly Queue<TcpFlow> _flows = new();
    private readonly Dictionary<TcpFlow, TaskCompletionSource> _served = [];
    private TaskCompletionSource? _arrived;

    public int Count => _flows.Count;

    /// <summary>Lets a flow's handler return.</summary>
    public void Finish(TcpFlow flow) => _served[flow].SetResult();

    public async Task<TcpFlow> NextAsync()
    {
        while (_flows.Count == 0)
        {
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _arrived.Task;
        }

        return _flows.Dequeue();
    }

    public readonly struct Handler(Accepted accepted) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            accepted._flows.Enqueue((TcpFlow)(object)flow);
            _ = accepted._arrived?.TrySetResult();

            // The test closes it, or says when the handler returns.
            var served = new TaskCompletionSource();
            accepted._served[(TcpFlow)(object)flow] = served;
            await served.Task;
        }
    }
}
