namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public ConnectionStatistics Statistics;

    /// <summary>Whether only full segments leave, until it is taken back (or a retransmission time-out passes).</summary>
    public bool IsCorked;

    // Zero: as the settings say.
    private TimeSpan _userTimeout;

    public abstract long CongestionWindow { get; }

    public abstract long SlowStartThreshold { get; }

    /// <summary>How long the peer may leave what is sent without an answer (RFC 9293 §3.8.3, R2; RFC 5482).</summary>
    public TimeSpan AnswerLimit => _userTimeout == default ? Engine.Settings.RetransmissionLimit : _userTimeout;

    /// <summary>Whether the program said how long; it then means a closed window too.</summary>
    public bool HasUserTimeout => _userTimeout != default;

    public Result SetNoDelay(long generation, bool value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        NoDelay = value;
        Engine.RequestOutput(this);
        return Result.Done;
    }

    public Result SetCork(long generation, bool value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        IsCorked = value;
        Engine.RequestOutput(this);
        return Result.Done;
    }

    public Result SetUserTimeout(long generation, TimeSpan? value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        if (value is { } given && given <= TimeSpan.Zero)
        {
            return new DeviceError(ErrorKind.Invalid, $"a user time-out of {given} would fail at once");
        }

        StartUserTimeout(value);
        return Result.Done;
    }

    /// <summary>What is outstanding already counts from when it became so, and may be overdue at once.</summary>
    public void StartUserTimeout(TimeSpan? value)
    {
        _userTimeout = value ?? default;
        Schedule();
    }

    public Result SetKeepAlive(long generation, KeepAlive? value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        StartKeepAlive(KeepAlivePolicy.From(value));
        return Result.Done;
    }

    /// <summary>Sets when a silent peer is asked (RFC 9293 §3.8.4).</summary>
    public void StartKeepAlive(KeepAlivePolicy? value)
    {
        KeepAlive = value;
        Probes = 0;
        KeepAliveAt = value is { Times: var times } && IsSynchronized ? Engine.Now + times.After : Instant.Never;
        Schedule();
    }

    private void ResetControl()
    {
        IsCorked = NoDelay = false;
        KeepAlive = null;
        _userTimeout = default;
        Statistics = default;
        _challenges = 0;
        _challengesFrom = default;
    }
}
