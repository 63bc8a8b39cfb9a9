using System.Security.Cryptography;

namespace Mirage;

/// <summary>The platform of a program on a host: its clocks, its random generator, and a <see cref="HostLoop"/>.</summary>
/// <param name="loop">The loop.</param>
public readonly struct HostPlatform(HostLoop loop) : IPlatform
{
    private readonly HostLoop? _loop = loop;

    /// <summary>The loop.</summary>
    public HostLoop Loop => _loop ?? throw new InvalidOperationException($"this {nameof(HostPlatform)} is the default value and names no loop");

    /// <inheritdoc/>
    public Instant Now => HostLoop.Clock;

    /// <inheritdoc/>
    public DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    /// <inheritdoc/>
    public TimeProvider TimeProvider => Loop.TimeProvider;

    /// <inheritdoc/>
    public bool IsOnLoop => Loop.IsOnLoop;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);

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

    /// <inheritdoc/>
    public void Offload(Action<object?> action, object? state)
        => ThreadPool.QueueUserWorkItem(static work => work.action(work.state), (action, state), preferLocal: false);

    /// <inheritdoc/>
    public void Report(string source, Exception exception) => Loop.Report(source, exception);
}
