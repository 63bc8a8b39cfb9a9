namespace Mirage;

/// <summary>Brings the continuations of awaits back to the loop.</summary>
internal sealed class LoopContext(Loop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.PostWork(new Loop.Work(d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (loop.IsOnLoop)
        {
            d(state);
            return;
        }

        using var done = new ManualResetEventSlim();
        Exception? failure = null;
        loop.Post(
            _ =>
            {
                try
                {
                    d(state);
                }
                catch (Exception exception)
                {
                    failure = exception;
                }

                done.Set();
            },
            null);
        done.Wait();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    public override SynchronizationContext CreateCopy() => this;
}
