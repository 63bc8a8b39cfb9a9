using System.Collections.Concurrent;

namespace Mirage.Platform.Tests;

/// <summary>Host loops for tests: bounded, and what they report is kept.</summary>
internal static class Loops
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static HostLoop Create(ConcurrentQueue<(string Source, Exception Exception)>? reports = null, double spinMicroseconds = 0)
        => new()
        {
            Spin = TimeSpan.FromMicroseconds(spinMicroseconds),
            Reported = (source, exception) => reports?.Enqueue((source, exception)),
        };

    /// <summary>Runs a program and fails the test if it does not end in time.</summary>
    public static void RunBounded(this Loop loop, Func<Task> main)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        loop.Run(() => main().WaitAsync(limit.Token));
    }
}

/// <summary>Does what a delegate says at each poll.</summary>
internal sealed class Pollable(Func<Instant, PollResult> poll) : IPollable
{
    public static PollResult Idle => new(false, Instant.Never);

    public PollResult Poll(Instant now, int budget) => poll(now);
}
