namespace Mirage;

/// <summary>
/// A stack that takes connections and datagrams to any address and port, not only to its own: what tunnels and gateways need. Who sent them sees the address that they were sent
/// to, and knows nothing of the stack in between.
/// <para>What is sent to other addresses than the stack's own comes to it only if it was made to accept any. A forwarder takes what no listener of the stack takes. Packets from groups, from everyone, from loopback addresses or from the stack's own, and packets to groups, to everyone and to
/// loopback addresses, are never taken.</para>
/// </summary>
public interface IForwardingStack : IStack
{
    /// <summary>Asks a forwarder about connections that no listener takes, to whatever address and port. Loop only.</summary>
    /// <typeparam name="TForwarder">The forwarder's type.</typeparam>
    /// <param name="forwarder">What decides, and serves what it accepts.</param>
    /// <param name="options">More, or <see langword="null"/>: the backlog, which bounds how many attempts wait for a decision, and what accepted connections have.</param>
    /// <returns>Done, or <see cref="ErrorKind.InUse"/> if there is a forwarder.</returns>
    Result ForwardTcp<TForwarder>(TForwarder forwarder, TcpListenOptions? options = null)
        where TForwarder : struct, ITcpForwarder;

    /// <summary>Ends forwarding: attempts that wait for a decision fail; connections that were accepted go on. Loop only.</summary>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if there is no forwarder.</returns>
    Result UnforwardTcp();

    /// <summary>Gives a forwarder the datagrams that no listener takes, to whatever address and port. Loop only.</summary>
    /// <typeparam name="TForwarder">The forwarder's type.</typeparam>
    /// <param name="forwarder">What gets them.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>As <see cref="ForwardTcp"/>.</returns>
    Result ForwardUdp<TForwarder>(TForwarder forwarder, UdpForwardOptions? options = null)
        where TForwarder : struct, IUdpForwarder;

    /// <summary>Ends forwarding, and all associations. Loop only.</summary>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if there is no forwarder.</returns>
    Result UnforwardUdp();
}
