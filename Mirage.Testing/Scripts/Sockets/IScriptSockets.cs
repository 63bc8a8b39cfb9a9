namespace Mirage.Testing.Scripts;

/// <summary>
/// The sockets of a stack under test, as non-blocking BSD sockets: a call that would have to wait gives <see cref="Errno.EAGAIN"/> and is made again when
/// something has happened. What blocks in a script, the script waits for in virtual time. All members are called on the loop of the link.
/// <para>What a stack does not have need not be implemented: a script that calls it fails, and says so.</para>
/// </summary>
public interface IScriptSockets
{
    /// <summary>Makes a socket.</summary>
    /// <param name="kind">Stream or datagrams.</param>
    /// <param name="isV6">Whether its addresses are of IPv6.</param>
    /// <returns>A descriptor of the implementation's choice, or an error.</returns>
    SocketResult Open(ScriptSocketKind kind, bool isV6);

    /// <summary>Gives a socket an address and a port.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="local">The address and the port, which may be 0.</param>
    /// <returns>0 or an error.</returns>
    SocketResult Bind(int descriptor, IpEndpoint local) => SocketResult.NotSupported("bind");

    /// <summary>Accepts connections from now on.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="backlog">How many may wait.</param>
    /// <returns>0 or an error.</returns>
    SocketResult Listen(int descriptor, int backlog) => SocketResult.NotSupported("listen");

    /// <summary>Takes a connection that was made.</summary>
    /// <param name="descriptor">The listening socket.</param>
    /// <param name="remote">The peer.</param>
    /// <returns>The connection's descriptor, <see cref="Errno.EAGAIN"/> while there is none, or an error.</returns>
    SocketResult Accept(int descriptor, out IpEndpoint remote)
    {
        remote = default;
        return SocketResult.NotSupported("accept");
    }

    /// <summary>Begins to connect; for datagrams, says whom the socket talks to.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="remote">The peer.</param>
    /// <returns>0, <see cref="Errno.EINPROGRESS"/> while it connects, or an error. Whether it has connected <see cref="Poll"/> and
    /// <see cref="GetOption"/> of <c>SO_ERROR</c> tell.</returns>
    SocketResult Connect(int descriptor, IpEndpoint remote) => SocketResult.NotSupported("connect");

    /// <summary>Reads.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="buffer">Where to put the bytes.</param>
    /// <param name="flags">How.</param>
    /// <param name="remote">From whom, for datagrams.</param>
    /// <returns>How many bytes, 0 at the end, <see cref="Errno.EAGAIN"/> while there are none, or an error.</returns>
    SocketResult Receive(int descriptor, Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote);

    /// <summary>Writes.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="data">The bytes; not kept after the call.</param>
    /// <param name="flags">How.</param>
    /// <param name="remote">To whom, for datagrams; the default value for whom the socket is connected to.</param>
    /// <returns>How many bytes were accepted, <see cref="Errno.EAGAIN"/> while there is no room, or an error.</returns>
    SocketResult Send(int descriptor, ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote);

    /// <summary>Ends one side or both.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="direction">Which.</param>
    /// <returns>0 or an error.</returns>
    SocketResult Shutdown(int descriptor, FlowDirection direction) => SocketResult.NotSupported("shutdown");

    /// <summary>Closes a socket.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <returns>0 or an error.</returns>
    SocketResult Close(int descriptor);

    /// <summary>Sets an option.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="name">The option's name on Linux, such as <c>TCP_NODELAY</c>; a name tells its level.</param>
    /// <param name="value">The value.</param>
    /// <returns>0, an error, or <see cref="SocketResult.NotSupported"/> for an option that the stack does not have.</returns>
    SocketResult SetOption(int descriptor, string name, SocketOptionValue value) => SocketResult.NotSupported($"the option {name}");

    /// <summary>Reads an option.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="name">The option's name on Linux. <c>SO_ERROR</c> gives the error that is pending and clears it.</param>
    /// <param name="value">The value.</param>
    /// <returns>0, an error, or <see cref="SocketResult.NotSupported"/> for an option that the stack does not have.</returns>
    SocketResult GetOption(int descriptor, string name, out SocketOptionValue value)
    {
        value = default;
        return SocketResult.NotSupported($"the option {name}");
    }

    /// <summary>What a socket is ready for.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <returns>As <c>poll(2)</c> tells.</returns>
    ScriptPollEvents Poll(int descriptor);

    /// <summary>How many bytes wait to be read, or to be acknowledged.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="outgoing">Which.</param>
    /// <returns>The number, or <see cref="SocketResult.NotSupported"/>.</returns>
    SocketResult Queued(int descriptor, bool outgoing) => SocketResult.NotSupported("the number of bytes that wait");

    /// <summary>What is known of a connection, by the names of Linux's <c>struct tcp_info</c>: <c>tcpi_snd_cwnd</c> in segments, times in microseconds.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="name">The field.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Whether the stack tells.</returns>
    bool TryGetInfo(int descriptor, string name, out long value)
    {
        value = 0;
        return false;
    }
}

/// <summary>What a socket carries.</summary>
public enum ScriptSocketKind
{
    /// <summary>TCP.</summary>
    Stream,

    /// <summary>UDP.</summary>
    Datagram,
}

/// <summary>How to read or write.</summary>
[Flags]
public enum ScriptMessageFlags
{
    /// <summary>As usual.</summary>
    None = 0,

    /// <summary><c>MSG_PEEK</c>: what is read is read again.</summary>
    Peek = 1,

    /// <summary><c>MSG_MORE</c>: more follows, so that a short segment waits.</summary>
    More = 2,
}

/// <summary>What a socket is ready for, with the numbers of Linux.</summary>
[Flags]
public enum ScriptPollEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>POLLIN</c>: a read or an accept would not wait.</summary>
    Readable = 0x001,

    /// <summary><c>POLLOUT</c>: a write would not wait.</summary>
    Writable = 0x004,

    /// <summary><c>POLLERR</c>: an error is pending.</summary>
    Error = 0x008,

    /// <summary><c>POLLHUP</c>: both sides have ended.</summary>
    HungUp = 0x010,

    /// <summary><c>POLLRDHUP</c>: the peer has ended its side.</summary>
    PeerEnded = 0x2000,
}

/// <summary>The value of a socket option.</summary>
/// <param name="Value">The number; for <c>SO_LINGER</c> whether it is on.</param>
/// <param name="Seconds">For <c>SO_LINGER</c>, how long.</param>
/// <param name="Text">For options that are strings, the string.</param>
public readonly record struct SocketOptionValue(int Value, int Seconds = 0, string? Text = null);
