namespace Mirage;

public abstract partial class Loop
{
    private const int Awake = 0;
    private const int Woken = 1;
    private const int Asleep = 2;

    private readonly Lock _gate = new();
    private List<Work> _posted = [];
    private List<Work> _running = [];
    private int _state;

    /// <summary>Runs an action on the loop; see <see cref="IPlatform.Post"/>.</summary>
    /// <param name="action">What to run.</param>
    /// <param name="state">Passed to it.</param>
    public void Post(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        PostWork(new Work(action, state));
    }

    /// <summary>Makes the loop take a turn soon; see <see cref="IPlatform.Wake"/>.</summary>
    public void Wake()
    {
        // Only a loop that really sleeps is woken by a system call.
        if (Interlocked.Exchange(ref _state, Woken) == Asleep)
        {
            WakeSleeper();
        }
    }

    internal void PostWork(Work work)
    {
        lock (_gate)
        {
            _posted.Add(work);
        }

        Wake();
    }

    /// <summary>Makes the state "asleep", unless the loop was woken since it last was.</summary>
    private bool FallAsleep()
    {
        if (Interlocked.CompareExchange(ref _state, Asleep, Awake) == Awake)
        {
            return true;
        }

        // A full fence: what the waker wrote before it woke the loop is seen by the turn that follows.
        WakeUp();
        return false;
    }

    /// <summary>What woke the loop before a turn begins is seen by that turn, and asks for no further one.</summary>
    private void TakeWake()
    {
        if (Volatile.Read(ref _state) != Awake)
        {
            WakeUp();
        }
    }

    private void WakeUp() => Interlocked.Exchange(ref _state, Awake);

    private bool RunPosted()
    {
        lock (_gate)
        {
            (_posted, _running) = (_running, _posted);
        }

        if (_running.Count == 0)
        {
            return false;
        }

        try
        {
            foreach (var work in _running)
            {
                RunReported(work);
            }
        }
        finally
        {
            _running.Clear();
        }

        return true;
    }

    private void RunReported(Work work)
    {
        try
        {
            work.Run();
        }
        catch (Exception exception) when (!IsFatal(exception))
        {
            Report("posted work", exception);
        }
    }

    private static bool IsFatal(Exception exception) => exception is OutOfMemoryException or LoopStalledException;

    internal readonly struct Work(Delegate callback, object? state)
    {
        public void Run()
        {
            if (callback is SendOrPostCallback posted)
            {
                posted(state);
            }
            else
            {
                ((Action<object?>)callback)(state);
            }
        }
    }
}
