using Mirage;

namespace Website;

/// <summary>The connections that a server has: how many, and for how long each has been waiting. Any thread.</summary>
/// <param name="time">Time.</param>
/// <param name="patience">How long a connection may wait for its peer.</param>
/// <param name="limit">How many there may be.</param>
public sealed class Connections(TimeProvider time, TimeSpan patience, int limit)
{
    private const int ChecksPerPatience = 12;

    private readonly Lock _gate = new();
    private readonly HashSet<Connection> _open = [];
    private long _refused;
    private long _timedOut;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Connections turned away because there were too many.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Connections ended because the peer kept them waiting.</summary>
    public long TimedOut => Interlocked.Read(ref _timedOut);

    /// <summary>How often to call <see cref="Check"/>: a small part of the patience.</summary>
    public TimeSpan CheckInterval { get; } = patience / ChecksPerPatience;

    /// <summary>Counts a new connection.</summary>
    /// <returns>The connection, to be disposed when it is closed; <see langword="null"/> if there are too many.</returns>
    public Connection? TryOpen()
    {
        lock (_gate)
        {
            if (_open.Count < limit)
            {
                var connection = new Connection(this, time);
                _ = _open.Add(connection);
                return connection;
            }
        }

        _ = Interlocked.Increment(ref _refused);
        return null;
    }

    /// <summary>
    /// Ends the connections that have waited too long. One check of all, now and then, in place of a timer for each: setting a deadline is
    /// then no more than a store.
    /// </summary>
    public void Check()
    {
        Connection[] late;
        lock (_gate)
        {
            late = [.. _open.Where(connection => !connection.Expired.IsCancellationRequested && connection.Waited > patience)];
        }

        foreach (var connection in late)
        {
            _ = Interlocked.Increment(ref _timedOut);
            connection.Expire();
        }
    }

    internal void Close(Connection connection)
    {
        lock (_gate)
        {
            _ = _open.Remove(connection);
        }
    }
}

/// <summary>A connection that is counted.</summary>
public sealed class Connection : IDisposable
{
    private readonly Connections _all;
    private readonly TimeProvider _time;

    // Not disposed: the check may cancel it at that moment, and without a timer it holds nothing.
    private readonly CancellationTokenSource _expired = new();
    private long _since;

    internal Connection(Connections all, TimeProvider time)
    {
        _all = all;
        _time = time;
        Restart();
    }

    /// <summary>Cancelled when the peer has kept the connection waiting for too long.</summary>
    public CancellationToken Expired => _expired.Token;

    internal TimeSpan Waited => _time.GetElapsedTime(Volatile.Read(ref _since));

    /// <summary>The peer has done something: the waiting starts again.</summary>
    public void Restart() => Volatile.Write(ref _since, _time.GetTimestamp());

    /// <summary>The connection is closed.</summary>
    public void Dispose() => _all.Close(this);

    internal void Expire() => _expired.Cancel();
}
