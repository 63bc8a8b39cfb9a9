using Mirage.Testing.Scripts;

namespace Mirage.Scripts;

/// <summary>A socket: what streams and datagrams have in common.</summary>
internal abstract class DirectSocket(SocketsContext context)
{
    protected SocketsContext Context { get; } = context;

    public IpEndpoint Local { get; protected set; }

    public virtual SocketResult Bind(IpEndpoint local)
    {
        Local = local;
        return 0;
    }

    public virtual SocketResult Listen(int backlog) => Errno.EOPNOTSUPP;

    public abstract SocketResult Connect(IpEndpoint remote);

    public abstract SocketResult Receive(Span<byte> buffer, ScriptMessageFlags flags, out IpEndpoint remote);

    public abstract SocketResult Send(ReadOnlySpan<byte> data, ScriptMessageFlags flags, IpEndpoint remote);

    public abstract SocketResult Shutdown(FlowDirection direction);

    public abstract SocketResult Close();

    public virtual SocketResult SetOption(string name, SocketOptionValue value)
        => name is "SO_REUSEADDR" or "SO_REUSEPORT" ? 0 : SocketResult.NotSupported($"the option {name}");

    public virtual SocketResult GetOption(string name, out SocketOptionValue value)
    {
        value = default;
        return SocketResult.NotSupported($"the option {name}");
    }

    public abstract ScriptPollEvents Poll();

    public virtual SocketResult Queued(bool outgoing) => SocketResult.NotSupported("the number of bytes that wait");

    public virtual bool TryGetInfo(string name, out long value)
    {
        value = 0;
        return false;
    }

    protected static Errno ErrnoOf(DeviceError error) => error.Kind switch
    {
        ErrorKind.None => Errno.None,
        ErrorKind.Closed => Errno.EPIPE,
        ErrorKind.Reset => Errno.ECONNRESET,
        ErrorKind.Refused => Errno.ECONNREFUSED,
        ErrorKind.TimedOut => Errno.ETIMEDOUT,
        ErrorKind.Unreachable => Errno.EHOSTUNREACH,
        ErrorKind.InUse => Errno.EADDRINUSE,
        ErrorKind.NotPermitted => Errno.EACCES,
        ErrorKind.Full => Errno.ENOBUFS,
        ErrorKind.TooLarge => Errno.EMSGSIZE,
        ErrorKind.Invalid => Errno.EINVAL,
        ErrorKind.Disconnected => Errno.ENETDOWN,
        _ => Errno.EIO,
    };
}
