namespace Mirage;

/// <summary>What a host loop sleeps in.</summary>
public abstract class LoopWaiter : IDisposable
{
    /// <summary>Waits until <see cref="Wake"/> is called, a device is ready, or the time has passed. It may return early.</summary>
    /// <param name="time">How long at the most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    public abstract void Wait(TimeSpan time);

    /// <summary>Ends the present wait, or the next one if none is going on. Any thread.</summary>
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
internal sealed class EventWaiter : LoopWaiter
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim _woken = new(0);

    public override void Wait(TimeSpan time) => _ = _woken.Wait(time > Longest ? Longest : time);

    public override void Wake() => _ = _woken.Release();

    protected override void Dispose(bool disposing)
    {
        _woken.Dispose();
        base.Dispose(disposing);
    }
}
