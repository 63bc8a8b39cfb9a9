using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

/// <summary>BSD sockets over the direct stack, as far as scripts need them.</summary>
internal sealed class DirectSockets(SocketsContext context) : IScriptSockets
{
    private readonly Dictionary<int, DirectSocket> _sockets = [];
    private int _next = 3;

    public SocketResult Open(ScriptSocketKind kind, bool isV6) => Add(kind == ScriptSocketKind.Datagram ? new DatagramSocket(context) : new StreamSocket(context));

    public SocketResult Bind(int descriptor, IpEndpoint local) => _sockets.TryGetValue(descriptor, out var socket) ? socket.Bind(local) : Errno.EBADF;

    public SocketResult Listen(int descriptor, int backlog) => _sockets.TryGetValue(descriptor, out var socket) ? socket.Listen(backlog) : Errno.EBADF;

    public SocketResult Accept(int descriptor, out IpEndpoint remote)
    {
        remote = default;
        if (!_sockets.TryGetValue(descriptor, out var socket))
        {
            return Errno.EBADF;
        }

        if (socket is not StreamSocket listener)
        {
            return Errno.EOPNOTSUPP;
        }

        var result = listener.Accept(out var accepted, out remote);
        return accepted is null ? result : Add(accepted);
    }

    public SocketResult Connect(int descriptor, IpEndpoint remote) => _sockets.TryGetValue(descriptor, out var socket) ? socket.Connect(remote) : Errno.EBADF;

    public SocketResult Receive(int descriptor, Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote)
    {
        remote = default;
        return _sockets.TryGetValue(descriptor, out var socket) ? socket.Receive(buffer, flags, out remote) : Errno.EBADF;
    }

    public SocketResult Send(int descriptor, ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote)
        => _sockets.TryGetValue(descriptor, out var socket) ? socket.Send(data, flags, remote) : Errno.EBADF;

    public SocketResult Shutdown(int descriptor, FlowDirection direction)
        => _sockets.TryGetValue(descriptor, out var socket) ? socket.Shutdown(direction) : Errno.EBADF;

    public SocketResult Close(int descriptor) => _sockets.Remove(descriptor, out var socket) ? socket.Close() : Errno.EBADF;

    public SocketResult SetOption(int descriptor, string name, SocketOptionValue value)
        => _sockets.TryGetValue(descriptor, out var socket) ? socket.SetOption(name, value) : Errno.EBADF;

    public SocketResult GetOption(int descriptor, string name, out SocketOptionValue value)
    {
        value = default;
        return _sockets.TryGetValue(descriptor, out var socket) ? socket.GetOption(name, out value) : Errno.EBADF;
    }

    public ScriptPollEvents Poll(int descriptor) => _sockets.TryGetValue(descriptor, out var socket) ? socket.Poll() : ScriptPollEvents.Error;

    public SocketResult Queued(int descriptor, bool outgoing) => _sockets.TryGetValue(descriptor, out var socket) ? socket.Queued(outgoing) : Errno.EBADF;

    public bool TryGetInfo(int descriptor, string name, out long value)
    {
        value = 0;
        return _sockets.TryGetValue(descriptor, out var socket) && socket.TryGetInfo(name, out value);
    }

    private SocketResult Add(DirectSocket socket)
    {
        _sockets.Add(_next, socket);
        return _next++;
    }
}
