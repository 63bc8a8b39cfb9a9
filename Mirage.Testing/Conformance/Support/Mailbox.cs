namespace Mirage.Testing;

/// <summary>Hands values from handlers to a story, in order. Any thread.</summary>
/// <typeparam name="T">The values' type.</typeparam>
public sealed class Mailbox<T>
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _values = new();
    private readonly Queue<TaskCompletionSource<T>> _waiting = new();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    public void Post(T value)
    {
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out var waiting))
            {
                _values.Enqueue(value);
                return;
            }

            waiting.SetResult(value);
        }
    }

    /// <summary>Takes the next value.</summary>
    /// <returns>The value, once there is one.</returns>
    public Task<T> NextAsync()
    {
        lock (_gate)
        {
            if (_values.TryDequeue(out var value))
            {
                return Task.FromResult(value);
            }

            var waiting = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiting);
            return waiting.Task;
        }
    }
}
