namespace Mirage.Net.TcpIp;

/// <summary>A port that accepts connections. Starting a handler is the one indirect call of a connection's set-up: handlers of different types listen on different ports.</summary>
internal abstract class TcpListener(IpAddress address, TcpListenOptions options)
{
    public IpAddress Address { get; } = address;

    public TcpListenOptions Options { get; } = options;

    /// <summary>The half-open connections, the oldest first.</summary>
    public LinkedList<TcpConnection> HalfOpen { get; } = new();

    public bool IsClosed { get; set; }

    /// <summary>Runs the handler on a connection.</summary>
    public abstract ValueTask HandleAsync(TcpFlow flow);
}

internal sealed class TcpListener<THandler>(IpAddress address, TcpListenOptions options, THandler handler) : TcpListener(address, options)
    where THandler : struct, IFlowHandler
{
    public override ValueTask HandleAsync(TcpFlow flow) => handler.HandleAsync(flow);
}
