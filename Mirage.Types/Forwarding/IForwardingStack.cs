namespace Mirage;

/// <summary>
/// A stack that takes connections and datagrams to any address and port, not only to its own: what tunnels and gateways need. Who sent them sees the address that they were sent
/// to, and knows nothing of the stack in between.
/// <para>It takes what no listener of the stack takes. Packets from groups, from everyone, from loopback addresses or from the stack's own, and packets to groups, to everyone and to
/// loopback addresses, are never taken.</para>
/// </summary>
public interface IForwardingStack : IStack
{
    /// <summary>Takes connections to any address and port. Each is decided before its SYN is answered. Loop only.</summary>
    /// <typeparam name="TForwarder">The forwarder's type.</typeparam>
    /// <param name="forwarder">What decides about each, and serves those that it accepts.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>Done; <see cref="ErrorKind.InUse"/> if there is a forwarder already, <see cref="ErrorKind.NotPermitted"/> if the stack was not made to take what is sent to
    /// others.</returns>
    Result ForwardTcp<TForwarder>(TForwarder forwarder, TcpForwardOptions? options = null)
        where TForwarder : struct, IConnectionForwarder;

    /// <summary>Takes datagrams to any address and port. Loop only.</summary>
    /// <typeparam name="TForwarder">The forwarder's type.</typeparam>
    /// <param name="forwarder">What gets them.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>As <see cref="ForwardTcp"/>.</returns>
    Result ForwardUdp<TForwarder>(TForwarder forwarder, UdpForwardOptions? options = null)
        where TForwarder : struct, IDatagramForwarder;

    /// <summary>Takes no more connections to others; those accepted go on, those not decided are withdrawn. Loop only.</summary>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if there was no forwarder.</returns>
    Result StopForwardingTcp();

    /// <summary>Takes no more datagrams to others, and ends all associations. Loop only.</summary>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if there was no forwarder.</returns>
    Result StopForwardingUdp();
}

/// <summary>How to take connections to any address.</summary>
public sealed record TcpForwardOptions
{
    /// <summary>How long a forwarder may take to decide. After that the request is withdrawn and the peer is not answered.</summary>
    public TimeSpan DecisionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc cref="TcpListenOptions.NoDelay"/>
    public bool NoDelay { get; init; }

    /// <inheritdoc cref="TcpListenOptions.KeepAlive"/>
    public KeepAlive? KeepAlive { get; init; }
}

/// <summary>How to take datagrams to any address.</summary>
public sealed record UdpForwardOptions
{
    /// <summary>How long an association is silent, in both directions, until it ends. RFC 4787 (REQ-5) asks for at least two minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
