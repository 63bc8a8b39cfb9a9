namespace Mirage;

/// <summary>When to ask a silent peer whether it is still there (RFC 1122 §4.2.3.6).</summary>
/// <param name="After">How long a connection is silent before the first probe.</param>
/// <param name="Interval">The time between probes.</param>
/// <param name="Probes">How many probes go unanswered before the connection fails with <see cref="ErrorKind.TimedOut"/>.</param>
public readonly record struct KeepAlive(TimeSpan After, TimeSpan Interval, int Probes);

/// <summary>How to accept connections.</summary>
public sealed record TcpListenOptions
{
    /// <summary>The address to accept on; the default value stands for all.</summary>
    public IpAddress Address { get; init; }

    /// <summary>
    /// How many connections may be half-open at a time, and how many established ones may wait for their handler; what goes beyond is dropped, or taken without memory
    /// (SYN cookies, RFC 4987), and the peer tries again. At least 1.
    /// </summary>
    public int Backlog { get; init; } = 512;

    /// <summary>How many handlers run at a time; further connections wait for theirs. At least 1.</summary>
    public int MaxConcurrent { get; init; } = int.MaxValue;

    /// <summary>Whether small writes leave at once rather than wait for an acknowledgement (Nagle's algorithm, RFC 896).</summary>
    public bool NoDelay { get; init; }

    /// <summary>Whether and when to probe a silent peer; <see langword="null"/> for never.</summary>
    public KeepAlive? KeepAlive { get; init; }

    /// <summary>How long the peer may leave what is sent without an answer, or keep its window closed, before the connection fails with
    /// <see cref="ErrorKind.TimedOut"/> (RFC 5482); <see langword="null"/> for the stack's own limit, which a closed window does not reach.</summary>
    public TimeSpan? UserTimeout { get; init; }
}

/// <summary>How to connect.</summary>
public sealed record TcpConnectOptions
{
    /// <summary>From where; no address lets the stack choose, port 0 takes a free one.</summary>
    public IpEndpoint Local { get; init; }

    /// <summary>How long to try.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc cref="TcpListenOptions.NoDelay"/>
    public bool NoDelay { get; init; }

    /// <inheritdoc cref="TcpListenOptions.KeepAlive"/>
    public KeepAlive? KeepAlive { get; init; }

    /// <inheritdoc cref="TcpListenOptions.UserTimeout"/>
    public TimeSpan? UserTimeout { get; init; }
}
