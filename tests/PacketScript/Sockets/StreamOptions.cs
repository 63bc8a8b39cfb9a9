namespace Mirage.Scripts;

/// <summary>The options of a TCP socket as they were set.</summary>
internal sealed class StreamOptions
{
    // The defaults of Linux.
    private static readonly KeepAlive Standard = new(TimeSpan.FromHours(2), TimeSpan.FromSeconds(75), 9);

    public bool NoDelay { get; set; }

    public bool KeepsAlive { get; set; }

    public TimeSpan KeepAliveAfter { get; set; } = Standard.After;

    public TimeSpan KeepAliveInterval { get; set; } = Standard.Interval;

    public int KeepAliveProbes { get; set; } = Standard.Probes;

    public (bool IsOn, int Seconds) Linger { get; set; }

    public bool Cork { get; set; }

    public TimeSpan? UserTimeout { get; set; }

    /// <summary>How many bytes are accepted before some are acknowledged; <see langword="null"/> as the stack likes.</summary>
    public int? SendBuffer { get; set; }

    public KeepAlive? KeepAlive => KeepsAlive ? new(KeepAliveAfter, KeepAliveInterval, KeepAliveProbes) : null;

    public void CopyFrom(StreamOptions other)
    {
        NoDelay = other.NoDelay;
        KeepsAlive = other.KeepsAlive;
        KeepAliveAfter = other.KeepAliveAfter;
        KeepAliveInterval = other.KeepAliveInterval;
        KeepAliveProbes = other.KeepAliveProbes;
        Linger = other.Linger;
        SendBuffer = other.SendBuffer;
        Cork = other.Cork;
        UserTimeout = other.UserTimeout;
    }
}
