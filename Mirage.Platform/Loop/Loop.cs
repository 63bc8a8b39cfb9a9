using System.Diagnostics.CodeAnalysis;

namespace Mirage;

/// <summary>
/// Drives any number of stacks and devices, timers, and the program's own code, on one thread. Derived classes say what time it is and how to
/// wait: the host's loop sleeps, a simulated one moves its clock.
/// <para>One turn runs what was posted, the timers that are due, and polls each attached thing once. The loop installs a
/// <see cref="SynchronizationContext"/>, so that an await of anything in the program returns to the loop.</para>
/// </summary>
public abstract partial class Loop
{
    private readonly List<IPollable> _pollables = [];
    private readonly LoopTimers _timers = new();
    private readonly LoopContext _context;
    private int _thread;
    private bool _hasRun;
    private long _turns;
    private long _sleeps;
    private long _longTurns;

    /// <summary>A loop that has not run.</summary>
    protected Loop() => _context = new LoopContext(this);

    /// <summary>The present.</summary>
    public abstract Instant Now { get; }

    /// <summary>How many frames each attached thing may take in each turn.</summary>
    public int Budget { get; init; } = 256;

    /// <summary>A turn that takes longer is counted in <see cref="LoopCounters.LongTurns"/>, and told to <see cref="Reported"/> if that is set: something held the loop, or the
    /// machine is busy.</summary>
    public TimeSpan LongTurn { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>What gets the failures that nobody awaits: where it happened, and the failure. Any thread. If it is <see langword="null"/>,
    /// they are written to the standard error.</summary>
    public Action<string, Exception>? Reported { get; init; }

    /// <summary>What the loop has done so far.</summary>
    public LoopCounters Counters => new(_turns, _sleeps, _longTurns);

    /// <summary>Whether the caller is on the loop's thread; while the loop does not run, every thread is.</summary>
    public bool IsOnLoop => _thread == 0 || _thread == Environment.CurrentManagedThreadId;

    /// <summary>The loop's time as .NET's abstraction.</summary>
    public TimeProvider TimeProvider => field ??= new LoopTimeProvider(this);

    /// <summary>The date, for <see cref="TimeProvider"/>.</summary>
    public abstract DateTimeOffset UtcNow { get; }

    internal LoopTimers Timers => _timers;

    private bool IsRunningHere => _thread == Environment.CurrentManagedThreadId;

    private bool HasEnded => _thread == 0 && _hasRun;

    /// <summary>Runs a program on the calling thread until its task completes.</summary>
    /// <param name="main">The program; called on the loop.</param>
    /// <exception cref="InvalidOperationException">The loop runs already.</exception>
    /// <remarks>What the program's task or a <see cref="IPollable.Poll"/> throws, this throws. What posted work or a timer throws is
    /// reported.</remarks>
    public void Run(Func<Task> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        if (Interlocked.CompareExchange(ref _thread, Environment.CurrentManagedThreadId, 0) != 0)
        {
            throw new InvalidOperationException("the loop runs already");
        }

        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            var task = main();
            _ = task.ContinueWith(static (_, loop) => ((Loop)loop!).Wake(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            while (!task.IsCompleted)
            {
                Turn();
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
            _hasRun = true;
            _thread = 0;
        }
    }

    /// <summary>Runs a program that gives a value; see <see cref="Run(Func{Task})"/>.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="main">The program.</param>
    /// <returns>The value.</returns>
    public T Run<T>(Func<Task<T>> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        Task<T>? task = null;
        Run(() => (Task)(task = main()));
        return task!.GetAwaiter().GetResult();
    }

    /// <summary>Adds something to drive; see <see cref="IPlatform.Attach"/>.</summary>
    /// <param name="pollable">What to drive.</param>
    public void Attach(IPollable pollable)
    {
        ArgumentNullException.ThrowIfNull(pollable);
        CheckOnLoop();
        _pollables.Add(pollable);
        Wake();
    }

    /// <summary>Stops driving it; see <see cref="IPlatform.Detach"/>.</summary>
    /// <param name="pollable">What was driven.</param>
    public void Detach(IPollable pollable)
    {
        CheckOnLoop();
        if (_pollables.Remove(pollable))
        {
            // While the attached things are polled, the next one moved up and was passed over: another turn polls it before the loop can sleep.
            Wake();
        }
    }

    /// <summary>Tells of a failure that nobody awaits; see <see cref="IPlatform.Report"/>.</summary>
    /// <param name="source">Which part of the program.</param>
    /// <param name="exception">The failure.</param>
    public void Report(string source, Exception exception)
    {
        if (Reported is { } reported)
        {
            reported(source, exception);
        }
        else
        {
            Console.Error.WriteLine($"{source}: {exception}");
        }
    }

    /// <summary>Throws unless the caller is on the loop.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void CheckOnLoop()
    {
        if (!IsOnLoop)
        {
            ThrowNotOnLoop();
        }
    }

    /// <summary>Waits until <see cref="WakeSleeper"/> is called, a device of the loop is ready, or the time comes.</summary>
    /// <param name="deadline">The time; <see cref="Instant.Never"/> for none.</param>
    protected abstract void Sleep(Instant deadline);

    /// <summary>Ends the <see cref="Sleep"/> that the loop's thread is in or about to be in. Any thread.</summary>
    protected abstract void WakeSleeper();

    /// <summary>Whether to take another turn rather than sleep, though nothing was done: a short spin.</summary>
    /// <param name="idleSince">When something was last done.</param>
    /// <param name="now">The present.</param>
    /// <returns>Whether to stay awake.</returns>
    protected virtual bool StayAwake(Instant idleSince, Instant now) => false;

    // Apart from the check, so that the check is compiled into its callers.
    [DoesNotReturn]
    private static void ThrowNotOnLoop()
        => throw new InvalidOperationException("this member is for the loop's own thread; from another one, post to the loop");

    private Instant _lastBusy = Instant.Earliest;

    private void Turn()
    {
        _turns++;
        TakeWake();
        var now = Now;
        var busy = RunPosted();
        busy |= _timers.RunDue(now);
        var deadline = _timers.Next;

        // An attached thing may detach itself, or another, while it is polled.
        for (var i = 0; i < _pollables.Count; i++)
        {
            var result = _pollables[i].Poll(now, Budget);
            busy |= result.IsBusy;
            deadline = Instant.Min(deadline, result.Deadline);
        }

        if (busy)
        {
            _lastBusy = now;
            CheckTurn(now);
        }
        else if (!StayAwake(_lastBusy, now) && FallAsleep())
        {
            _sleeps++;
            Sleep(deadline);
            WakeUp();
        }
    }

    private void CheckTurn(Instant start)
    {
        var taken = Now - start;
        if (taken > LongTurn)
        {
            _longTurns++;
            Reported?.Invoke("loop", new TimeoutException($"a turn took {taken.TotalMilliseconds:0} ms; what blocks or computes for long belongs on another thread"));
        }
    }
}

/// <summary>What a loop has done so far.</summary>
/// <param name="Turns">Turns taken.</param>
/// <param name="Sleeps">How often it had nothing to do and slept.</param>
/// <param name="LongTurns">Turns that took longer than <see cref="Loop.LongTurn"/>.</param>
public readonly record struct LoopCounters(long Turns, long Sleeps, long LongTurns);
