using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Mirage;

public abstract partial class Loop
{
    /// <summary>Waits; see <see cref="ITime.SleepAsync"/>. Any thread. What awaits it on the loop, or before the loop runs, goes on there; what awaits it
    /// elsewhere goes on elsewhere.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>When the time has passed. It is awaited once.</returns>
    public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        var sleeper = new Sleeper(this, cancellation);
        sleeper.Start(time == Timeout.InfiniteTimeSpan ? Instant.Never : Now + (time > TimeSpan.Zero ? time : TimeSpan.Zero));
        Wake();
        return new ValueTask(sleeper, 0);
    }

    /// <summary>
    /// A wait that a timer ends on the loop, and what awaits it goes on inline. It is no <see cref="Task"/>, for one that was awaited before the loop ran,
    /// where there is no <see cref="SynchronizationContext"/>, would go on in the thread pool, beside the loop.
    /// </summary>
    private sealed class Sleeper : IValueTaskSource
    {
        private readonly Loop _loop;
        private readonly CancellationToken _cancellation;
        private ManualResetValueTaskSourceCore<bool> _core;
        private LoopTimers.Entry? _entry;
        private CancellationTokenRegistration _registration;

        public Sleeper(Loop loop, CancellationToken cancellation)
        {
            (_loop, _cancellation) = (loop, cancellation);
            _core.RunContinuationsAsynchronously = !loop.IsOnLoop;
        }

        public void Start(Instant at)
        {
            _entry = _loop._timers.Set(at, static state => ((Sleeper)state!).Finish(), this);
            _registration = _cancellation.UnsafeRegister(static state => ((Sleeper)state!).Cancel(), this);
            if (_entry.IsCancelled)
            {
                // The timer fired on the loop before this thread came here.
                _registration.Dispose();
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void GetResult(short token) => _ = _core.GetResult(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            if (!_loop.IsOnLoop)
            {
                _core.RunContinuationsAsynchronously = true;
            }
            else if (!_core.RunContinuationsAsynchronously && SynchronizationContext.Current == _loop._context)
            {
                // Posting to the loop what is on it already would cost it a turn.
                flags &= ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
            }

            _core.OnCompleted(continuation, state, token, flags);
        }

        private void Finish()
        {
            _registration.Dispose();
            End(null);
        }

        private void Cancel()
        {
            if (!_entry!.Cancel())
            {
                return;
            }

            // What goes on elsewhere needs no loop, which may take no turn any more. What goes on inline does so on the loop, unless that has ended, and not
            // on the top of a stack that a chain of cancellations has filled.
            if (_core.RunContinuationsAsynchronously || ((_loop.IsRunningHere || _loop.HasEnded) && RuntimeHelpers.TryEnsureSufficientExecutionStack()))
            {
                EndCancelled();
            }
            else
            {
                _loop.Post(static state => ((Sleeper)state!).EndCancelled(), this);
            }
        }

        private void EndCancelled() => End(new OperationCanceledException(_cancellation));

        private void End(OperationCanceledException? cancelled)
        {
            try
            {
                if (cancelled is null)
                {
                    _core.SetResult(true);
                }
                else
                {
                    _core.SetException(cancelled);
                }
            }
            catch (Exception exception) when (!IsFatal(exception))
            {
                // An awaiter of the language keeps what its method throws; one written by hand may not.
                _loop.Report("sleep", exception);
            }
        }
    }
}
