namespace Mirage.Testing.Scripts;

/// <summary>What a number of the script's stands for: a socket of the stack's, or a set of sockets to wait for.</summary>
internal sealed class ScriptDescriptor(int live)
{
    /// <summary>The stack's descriptor.</summary>
    public int Live { get; } = live;

    public bool IsNonBlocking { get; set; }

    public bool IsDatagram { get; init; }

    /// <summary>How much of the stream has been read, and written.</summary>
    public long Read { get; set; }

    public long Written { get; set; }

    /// <summary>The connection of the script's, once there is one.</summary>
    public ScriptConnection? Connection { get; set; }

    /// <summary>For <c>epoll_create</c>: what it waits for.</summary>
    public Dictionary<int, EpollEntry>? Epoll { get; init; }
}

/// <summary>A socket in an epoll set.</summary>
internal sealed class EpollEntry(long events, Expression data)
{
    public long Events { get; } = events;

    public Expression Data { get; } = data;

    /// <summary>What it was ready for when that was last told; for edges.</summary>
    public long Told { get; set; }

    /// <summary>How much of the stream had arrived then: more is an edge too.</summary>
    public long Arrived { get; set; }
}
