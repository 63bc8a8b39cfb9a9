namespace Mirage.Testing;

/// <summary>
/// What every <see cref="IFlow"/> promises, as stories about two ends. A test project derives a class and says how a story is run: with which two ends, made anew for it and
/// ended after it, and where. Stories wait only for what the flows do and for <see cref="FlowPair.Sleep"/>, so that in virtual time they need no real one.
/// </summary>
public abstract partial class FlowBehaviour
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    /// <summary>More bytes than all buffers between two ends take together.</summary>
    protected virtual int MoreThanBuffers => 64 * 1024 * 1024;

    /// <summary>Runs a story about two ends of one flow.</summary>
    /// <param name="story">What happens.</param>
    /// <returns>When it has ended and both ends are gone; the fixture bounds the time.</returns>
    protected abstract Task ConnectedAsync(Func<FlowPair, Task> story);
}

/// <summary>Two ends of one flow.</summary>
/// <param name="Client">One end: who connected, where one did.</param>
/// <param name="Server">The other end.</param>
/// <param name="Sleep">Lets time pass, real or virtual.</param>
public record FlowPair(IFlow Client, IFlow Server, Func<TimeSpan, CancellationToken, Task> Sleep)
{
    internal Task SleepAsync(TimeSpan time) => Sleep(time, CancellationToken.None);
}
