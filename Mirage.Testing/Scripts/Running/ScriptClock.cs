using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>Waits in virtual time: for a moment, for a condition, or until the stack has done all that there is to do now.</summary>
internal sealed class ScriptClock : IPollable
{
    private readonly SimulatedLoop _loop;
    private readonly List<Waiter> _waiters = [];
    private Instant _start;

    public ScriptClock(SimulatedLoop loop)
    {
        _loop = loop;
        _start = loop.Now;
    }

    /// <summary>How long the script has run, in microseconds.</summary>
    public long Now => At(_loop.Now);

    /// <summary>The script's time begins.</summary>
    public void Start() => _start = _loop.Now;

    public long At(Instant instant) => (instant.Nanoseconds - _start.Nanoseconds) / 1000;

    public Task UntilAsync(long time) => UntilAsync(static () => false, time);

    /// <summary>Waits until a condition holds, which is looked at after each turn of the stack's.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="limit">When to give up, in microseconds.</param>
    /// <returns>Whether it holds.</returns>
    public async Task<bool> UntilAsync(Func<bool> condition, long limit)
    {
        if (condition())
        {
            return true;
        }

        var deadline = new Instant(_start.Nanoseconds + (limit * 1000));
        if (deadline <= _loop.Now)
        {
            return false;
        }

        var waiter = new Waiter(condition, deadline);
        _waiters.Add(waiter);
        _loop.Wake();
        return await waiter.Done.Task.ConfigureAwait(true);
    }

    /// <summary>Waits until nothing more happens now: the loop would sleep. No time passes.</summary>
    public async Task SettleAsync()
    {
        var sleeps = _loop.Counters.Sleeps;
        var waiter = new Waiter(() => _loop.Counters.Sleeps > sleeps, _loop.Now, isPatient: true);
        _waiters.Add(waiter);
        _loop.Wake();
        _ = await waiter.Done.Task.ConfigureAwait(true);
    }

    public PollResult Poll(Instant now, int budget)
    {
        var busy = false;
        var next = Instant.Never;
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            var waiter = _waiters[i];
            bool? outcome = waiter.Condition() ? true : waiter.Deadline <= now && !waiter.IsPatient ? false : null;
            if (outcome is { } value)
            {
                _waiters.RemoveAt(i);
                waiter.Done.SetResult(value);
                busy = true;
            }
            else
            {
                next = Instant.Min(next, waiter.Deadline);
            }
        }

        return new(busy, next);
    }

    // A patient one's deadline keeps time from passing, and does not end it.
    private sealed class Waiter(Func<bool> condition, Instant deadline, bool isPatient = false)
    {
        public Func<bool> Condition { get; } = condition;

        public Instant Deadline { get; } = deadline;

        public bool IsPatient { get; } = isPatient;

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
