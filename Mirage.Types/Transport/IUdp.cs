namespace Mirage;

/// <summary>Datagrams: UDP (RFC 768).</summary>
public interface IUdp
{
    /// <summary>Receives the datagrams that come to a port. Loop only, where the stack has a loop.</summary>
    /// <typeparam name="THandler">The handler's type.</typeparam>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="handler">What gets the datagrams.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>What it is bound to; <see cref="ErrorKind.InUse"/> or <see cref="ErrorKind.NotPermitted"/> if it cannot be.</returns>
    Result<IpEndpoint> ListenUdp<THandler>(ushort port, THandler handler, UdpListenOptions? options = null)
        where THandler : struct, IDatagramHandler;

    /// <summary>Stops receiving on a port.</summary>
    /// <param name="port">The port.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if nobody listened.</returns>
    Result UnlistenUdp(ushort port);

    /// <summary>Sends a datagram, or drops it: this never waits. Loop only, where the stack has a loop.</summary>
    /// <param name="local">From where; no address, or one that is not this host's such as the group that a question came to, lets the stack choose, port 0 takes a free one for this datagram. To <c>255.255.255.255</c> a direct stack sends from
    /// <c>0.0.0.0</c> where that is given: so speaks a host without an address (RFC 1122 §3.2.1.3).</param>
    /// <param name="remote">To where; must have an address and a port.</param>
    /// <param name="payload">The data; not kept after the call.</param>
    /// <returns>Done when it was handed to the device; <see cref="ErrorKind.Full"/> when there was no room, <see cref="ErrorKind.TooLarge"/>,
    /// <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.Invalid"/>.</returns>
    Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);

    /// <summary>Sends a datagram with options of its own.</summary>
    /// <param name="local">As with the other overload.</param>
    /// <param name="remote">As with the other overload.</param>
    /// <param name="payload">The data; not kept after the call.</param>
    /// <param name="options">How to send it.</param>
    /// <returns>As with the other overload; <see cref="ErrorKind.Unsupported"/> where the host cannot do it.</returns>
    Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options);

    /// <summary>Receives what is sent to a group, on all ports that are listened on without an address, and tells the link's routers (RFC 3376, RFC 3810). Each join needs its leave.
    /// Loop only, where the stack has a loop.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Done; <see cref="ErrorKind.Invalid"/> if it is no group, <see cref="ErrorKind.Full"/> if this host is in too many, or what the host says.</returns>
    Result JoinGroup(IpAddress group);

    /// <summary>Takes one join back. Loop only, where the stack has a loop.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/> if it was not joined.</returns>
    Result LeaveGroup(IpAddress group);
}

/// <summary>What a server does with a datagram. It runs on the packet path: it does not wait.</summary>
public interface IDatagramHandler
{
    /// <summary>Takes a datagram.</summary>
    /// <param name="local">To which of this host's endpoints it came; a reply is sent from there.</param>
    /// <param name="remote">From where.</param>
    /// <param name="payload">The data; valid during the call only.</param>
    void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);
}

/// <summary>How to receive datagrams.</summary>
public sealed record UdpListenOptions
{
    /// <summary>The address to receive on; the default value stands for all, <c>0.0.0.0</c> and <c>::</c> for all of a family. May be a group that is joined.</summary>
    public IpAddress Address { get; init; }

    /// <summary>The one endpoint to receive from (a "connected" socket); the default value stands for all. With it, and no <see cref="Address"/>, the address is the one from which the endpoint is
    /// reached. On a direct stack a port may have several listeners if each has another endpoint here.</summary>
    public IpEndpoint Remote { get; init; }

    /// <summary>Gets the errors that others report about datagrams sent from this port: nobody listens at the other end, no route, too large (RFC 1122 §4.1.3.3). Such reports can be
    /// forged. It runs where the handler runs.</summary>
    public DatagramFailed? OnError { get; init; }
}

/// <summary>Gets an error about a datagram that was sent.</summary>
/// <param name="local">From where.</param>
/// <param name="remote">To where.</param>
/// <param name="error">What became of it: <see cref="ErrorKind.Refused"/>, <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.TooLarge"/>, <see cref="ErrorKind.NotPermitted"/>.</param>
public delegate void DatagramFailed(IpEndpoint local, IpEndpoint remote, DeviceError error);
