namespace Mirage.Net.TcpIp;

/// <summary>A listener of all ports of all addresses that asks the program about each SYN before there is an answer.</summary>
internal abstract class TcpForwarder(TcpListenOptions options) : TcpListener(default, options)
{
    /// <summary>Asks the program, and runs what it does with the connection.</summary>
    public abstract ValueTask ForwardAsync(TcpForwardRequest request);

    public sealed override ValueTask HandleAsync(TcpFlow flow) => throw new InvalidOperationException("a forwarder accepts by its requests");
}

internal sealed class TcpForwarder<THandler>(TcpListenOptions options, THandler handler) : TcpForwarder(options)
    where THandler : struct, ITcpForwarder
{
    public override ValueTask ForwardAsync(TcpForwardRequest request) => handler.ForwardAsync<TcpForwardRequest, TcpFlow>(request);
}
