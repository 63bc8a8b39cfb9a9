namespace Mirage;

/// <summary>What a host loop sleeps in.</summary>
public abstract class LoopWaiter : IDisposable
{
    /// <summary>Waits until <see cref="Wake"/> is called, a device is ready, or the time has passed. It may return early.</summary>
    /// <param name="time">How long at the most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    public abstract void Wait(TimeSpan time);

    /// <summary>Ends the present wait, or the next one if none is going on. Any thread; it may come once more after the waiter was disposed
    /// of, and then does nothing.</summary>
    public abstract void Wake();

    /// <summary>Frees what it holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds.</summary>
    /// <param name="disposing">Whether this is a call of <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Waits without any device: the form that works on every host.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "See the field")]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2213", Justification = "See the field")]
internal sealed class EventWaiter : LoopWaiter
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // Not disposed: another thread may be about to release it, and it holds nothing as long as nobody asks for its wait handle.
    private readonly SemaphoreSlim _woken = new(0);

    // Whole milliseconds, rounded up: rounded down, the loop would spin through the last one.
    public override void Wait(TimeSpan time)
        => _ = _woken.Wait(time == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Ceiling((time > Longest ? Longest : time).TotalMilliseconds));

    public override void Wake() => _ = _woken.Release();
}
