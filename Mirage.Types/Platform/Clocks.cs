namespace Mirage;

/// <summary>A clock that only goes forward.</summary>
public interface IMonotonicClock
{
    /// <summary>The present.</summary>
    Instant Now { get; }
}

/// <summary>A clock that tells the date, and may jump.</summary>
public interface IWallClock
{
    /// <summary>The present, in UTC.</summary>
    DateTimeOffset UtcNow { get; }
}

/// <summary>A source of unpredictable bytes.</summary>
public interface IRandom
{
    /// <summary>Fills a span with bytes fit for keys, sequence numbers and ports (on a simulated platform: from its seed).</summary>
    /// <param name="destination">What to fill.</param>
    void Fill(Span<byte> destination);
}

/// <summary>Waiting for time to pass.</summary>
public interface ITime
{
    /// <summary>Waits.</summary>
    /// <param name="time">How long; zero or less gives the loop one turn, <see cref="Timeout.InfiniteTimeSpan"/> waits until cancelled.</param>
    /// <param name="cancellation">Ends the wait with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>When the time has passed. It is awaited once.</returns>
    ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default);

    /// <summary>The same time as .NET's abstraction, for libraries that take one. Its timers fire on the loop.</summary>
    TimeProvider TimeProvider { get; }
}
