namespace Mirage.Net.Virtual;

/// <summary>The platform of a simulation: virtual time, random bytes from a seed, one thread. Its bytes are predictable: not for keys.</summary>
/// <param name="loop">The loop, which also holds the clock and the random generator. All platforms of one loop draw from the same generator.</param>
public readonly struct SimulatedPlatform(SimulatedLoop loop) : IPlatform
{
    private readonly SimulatedLoop? _loop = loop;

    /// <summary>The loop.</summary>
    public SimulatedLoop Loop => _loop ?? throw new InvalidOperationException($"this is the default {nameof(SimulatedPlatform)}, which has no loop");

    /// <inheritdoc/>
    public Instant Now => Loop.Now;

    /// <inheritdoc/>
    public DateTimeOffset UtcNow => Loop.UtcNow;

    /// <inheritdoc/>
    public TimeProvider TimeProvider => Loop.TimeProvider;

    /// <inheritdoc/>
    public bool IsOnLoop => Loop.IsOnLoop;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => Loop.Fill(destination);

    /// <inheritdoc/>
    public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default) => Loop.SleepAsync(time, cancellation);

    /// <inheritdoc/>
    public void Attach(IPollable pollable) => Loop.Attach(pollable);

    /// <inheritdoc/>
    public void Detach(IPollable pollable) => Loop.Detach(pollable);

    /// <inheritdoc/>
    public void Wake() => Loop.Wake();

    /// <inheritdoc/>
    public void Post(Action<object?> action, object? state) => Loop.Post(action, state);

    /// <summary>Posts the action: a simulation has one thread.</summary>
    /// <param name="action">What to run.</param>
    /// <param name="state">Passed to the action.</param>
    public void Offload(Action<object?> action, object? state) => Loop.Post(action, state);

    /// <inheritdoc/>
    public void Report(string source, Exception exception) => Loop.Report(source, exception);
}
