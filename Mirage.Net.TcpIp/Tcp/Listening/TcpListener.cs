namespace Mirage.Net.TcpIp;

/// <summary>A port that accepts connections. Starting a handler is the one indirect call of a connection's set-up: handlers of different types listen on different ports.</summary>
internal abstract class TcpListener(in IpEndpoint local, TcpListenOptions options)
{
    // Fields: these are structs that change in place.
    public HalfOpenQueue HalfOpen;
    public HalfOpenQueue Undecided;
    public TcpListenerCounters Counters;

    public IpEndpoint Local { get; } = local;

    public TcpListenOptions Options { get; } = options;

    public KeepAlivePolicy? KeepAlive { get; } = KeepAlivePolicy.From(options.KeepAlive);

    /// <summary>Established connections whose handler has not begun, the oldest first.</summary>
    public Queue<TcpConnection> Waiting { get; } = new();

    /// <summary>How many handlers run.</summary>
    public int Running { get; set; }

    /// <summary>When a cookie was last sent: acknowledgements are taken for one only for a while after it.</summary>
    public Instant CookieAt { get; set; } = Instant.Never;

    public bool IsClosed { get; set; }

    public bool IsForwarder => this is TcpForwarder;

    /// <summary>How many have no acknowledgement of their SYN-ACK, or no SYN-ACK yet.</summary>
    public int HalfOpenCount => HalfOpen.Count + Undecided.Count;

    public bool IsAcceptFull => Waiting.Count >= Options.Backlog;

    public TcpListenerInfo Info => new()
    {
        Local = Local,
        HalfOpen = HalfOpenCount,
        Undecided = Undecided.Count,
        Waiting = Waiting.Count,
        Running = Running,
        Backlog = Options.Backlog,
        Counters = Counters,
    };

    /// <summary>Runs the handler on a connection.</summary>
    public abstract ValueTask HandleAsync(TcpFlow flow);
}

internal sealed class TcpListener<THandler>(in IpEndpoint local, TcpListenOptions options, THandler handler) : TcpListener(local, options)
    where THandler : struct, IFlowHandler
{
    public override ValueTask HandleAsync(TcpFlow flow) => handler.HandleAsync(flow);
}
