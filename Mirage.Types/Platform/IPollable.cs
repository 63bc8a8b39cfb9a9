namespace Mirage;

/// <summary>Something that a loop drives: a stack, or a device that works by itself. It never blocks.</summary>
public interface IPollable
{
    /// <summary>Does what there is to do: drains at most a budget of input, runs the timers that are due, produces output.</summary>
    /// <param name="now">The present, read once for the whole call.</param>
    /// <param name="budget">How many frames it may take in, at least 1; a flood must not keep the loop from its other work.</param>
    /// <returns>Whether there is more to do at once, and when to call again at the latest.</returns>
    PollResult Poll(Instant now, int budget);
}

/// <summary>What a call of <see cref="IPollable.Poll"/> tells the loop.</summary>
/// <param name="busy">Whether something was done, so that there may be more at once.</param>
/// <param name="deadline">When to call again even if nothing arrives.</param>
public readonly struct PollResult(bool busy, Instant deadline)
{
    /// <summary>Whether something was done, so that there may be more at once.</summary>
    public bool IsBusy { get; } = busy;

    /// <summary>When to call again even if nothing arrives; <see cref="Instant.Never"/> if there is no such time.</summary>
    public Instant Deadline { get; } = deadline;
}
