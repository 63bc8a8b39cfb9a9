namespace Mirage.Net.Socket;

/// <summary>Which IP versions a socket stack speaks.</summary>
public enum SocketFamily : byte
{
    /// <summary>Both, listening with one socket; IPv4 alone where the host has no IPv6.</summary>
    Dual = 0,

    /// <summary>IPv4 only.</summary>
    V4,

    /// <summary>IPv6 only.</summary>
    V6,
}

/// <summary>Where a socket stack calls handlers.</summary>
public enum SocketRunOn : byte
{
    /// <summary>In the <see cref="SynchronizationContext"/> of the thread that made the stack (a loop); on the thread pool if there was none.</summary>
    Captured = 0,

    /// <summary>On the thread pool, whichever thread made the stack. Handlers then run at the same time as each other.</summary>
    ThreadPool,
}

/// <summary>How a socket stack works.</summary>
public sealed record SocketStackOptions
{
    /// <summary>Which IP versions it speaks.</summary>
    public SocketFamily Family { get; init; }

    /// <summary>Where it calls handlers, of connections and of datagrams.</summary>
    public SocketRunOn RunOn { get; init; }

    /// <summary>
    /// How many connections there may be at a time, accepted and made, with those that linger. What is accepted beyond is reset and counted.
    /// At least 1. The last of the host's descriptors are not used for connections either (Linux).
    /// </summary>
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>
    /// How long a connection that was closed here goes on taking in, and discarding, what its peer still sends, if the peer does not end
    /// its side before. Without it the host would reset the connection, and the peer could lose what it has not read yet (RFC 9293 §3.6.1).
    /// It happens in the background, of at most 8 MiB. Zero or more.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What gets the exceptions of handlers: which one (<c>tcp 10.0.0.2:7</c>), and the exception. Called where the handler ran. If it is
    /// <see langword="null"/>, they are written to the standard error.
    /// </summary>
    public Action<string, Exception>? HandlerFailed { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)Family, (byte)SocketFamily.V6, nameof(Family));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)RunOn, (byte)SocketRunOn.ThreadPool, nameof(RunOn));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Linger, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Linger, TimeSpan.FromDays(1));
    }
}
