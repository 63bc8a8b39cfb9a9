namespace Mirage;

/// <summary>
/// What a stack or a program gets from where it runs: time, randomness, and the loop that drives it. It is the only way to these, so that
/// the same code runs on a host, as a unikernel, and in a simulation in virtual time.
/// <para>A loop is one thread at a time. What it drives, the handlers and the continuations of the program run on it, one after another.
/// Members are for the loop's thread unless they say "any thread".</para>
/// </summary>
public interface IPlatform : IMonotonicClock, IWallClock, IRandom, ITime
{
    /// <summary>Whether the caller is on the loop's thread. Any thread.</summary>
    bool IsOnLoop { get; }

    /// <summary>Adds something to drive, from the loop's next turn on. Any thread, before the loop runs or on it.</summary>
    /// <param name="pollable">What to drive.</param>
    void Attach(IPollable pollable);

    /// <summary>Stops driving it. Does nothing if it is not attached.</summary>
    /// <param name="pollable">What was driven.</param>
    void Detach(IPollable pollable);

    /// <summary>Makes the loop take a turn soon, if it is asleep: something it drives has work. Any thread.</summary>
    void Wake();

    /// <summary>Runs an action on the loop, in the order of posting, and wakes the loop if it is asleep. Any thread. While the loop does not run, and
    /// once it has ended, the action waits until it runs again.</summary>
    /// <param name="action">What to run; an exception goes to <see cref="Report"/>.</param>
    /// <param name="state">Passed to the action.</param>
    void Post(Action<object?> action, object? state);

    /// <summary>Runs an action away from the loop, where it may block; at once where there is no other thread. Any thread.</summary>
    /// <param name="action">What to run.</param>
    /// <param name="state">Passed to the action.</param>
    void Offload(Action<object?> action, object? state);

    /// <summary>Tells a person of a failure that nobody awaits. Any thread.</summary>
    /// <param name="source">Which part of the program failed, for example <c>tcp 10.0.0.2:7</c>.</param>
    /// <param name="exception">The failure.</param>
    void Report(string source, Exception exception);
}
