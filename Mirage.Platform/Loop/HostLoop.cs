using System.Diagnostics;

namespace Mirage;

/// <summary>The loop of a program on a host: real time; it sleeps when there is nothing to do, after a short spin.</summary>
public sealed class HostLoop : Loop, IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private LoopWaiter _waiter = new EventWaiter();

    /// <summary>
    /// How long the loop stays awake after the last work, polling its devices. Waking a sleeping thread costs tens of microseconds, so a short
    /// spin shortens the answer to a peer that sends one thing at a time, at the price of processor time. Zero sleeps at once.
    /// </summary>
    public TimeSpan Spin { get; init; } = TimeSpan.FromMicroseconds(20);

    /// <summary>What the loop sleeps in. A device with a file descriptor replaces it by one that waits for descriptors too, before the loop
    /// runs or on it.</summary>
    public LoopWaiter Waiter
    {
        get => _waiter;
        set
        {
            CheckOnLoop();
            ArgumentNullException.ThrowIfNull(value);
            _waiter.Dispose();
            _waiter = value;
        }
    }

    /// <inheritdoc/>
    public override Instant Now => Clock;

    /// <inheritdoc/>
    public override DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    internal static Instant Clock => new(
        Stopwatch.Frequency == NanosecondsPerSecond
            ? Stopwatch.GetTimestamp()
            : (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency));

    /// <summary>Frees what the loop sleeps in.</summary>
    public void Dispose() => _waiter.Dispose();

    /// <inheritdoc/>
    protected override void Sleep(Instant deadline)
    {
        var time = deadline.IsNever ? Timeout.InfiniteTimeSpan : deadline - Now;
        if (deadline.IsNever || time > TimeSpan.Zero)
        {
            _waiter.Wait(time);
        }
    }

    /// <inheritdoc/>
    protected override void WakeSleeper() => _waiter.Wake();

    /// <inheritdoc/>
    protected override bool StayAwake(Instant idleSince, Instant now) => Spin > TimeSpan.Zero && now - idleSince < Spin;
}
