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
    /// <param name="local">From where; no address lets the stack choose, port 0 takes a free one for this datagram. To <c>255.255.255.255</c> a direct stack sends from
    /// <c>0.0.0.0</c> where that is given: so speaks a host without an address (RFC 1122 §3.2.1.3).</param>
    /// <param name="remote">To where; must have an address and a port.</param>
    /// <param name="payload">The data; not kept after the call.</param>
    /// <returns>Done when it was handed to the device; <see cref="ErrorKind.Full"/> when there was no room, <see cref="ErrorKind.TooLarge"/>,
    /// <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.Invalid"/>.</returns>
    Result SendUdp(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload);
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
    /// <summary>The address to receive on; the default value stands for all.</summary>
    public IpAddress Address { get; init; }

    /// <summary>Gets the errors that others report about datagrams sent from this port: nobody listens at the other end, no route, too large (RFC 1122 §4.1.3.3). Such reports can be
    /// forged. It runs where the handler runs.</summary>
    public DatagramFailed? OnError { get; init; }
}

/// <summary>Gets an error about a datagram that was sent.</summary>
/// <param name="local">From where.</param>
/// <param name="remote">To where.</param>
/// <param name="error">What became of it: <see cref="ErrorKind.Refused"/>, <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.TooLarge"/>, <see cref="ErrorKind.NotPermitted"/>.</param>
public delegate void DatagramFailed(IpEndpoint local, IpEndpoint remote, DeviceError error);
