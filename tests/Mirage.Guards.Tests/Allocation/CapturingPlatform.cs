using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.Allocation;

/// <summary>A simulated platform that keeps what attaches to it, so that a test can poll it by hand.</summary>
internal readonly struct CapturingPlatform(SimulatedLoop loop) : IPlatform
{
    private readonly State _state = new(loop);

    public IPollable Attached => _state.Attached!;

    public Instant Now => _state.Loop.Now;

    public DateTimeOffset UtcNow => _state.Loop.UtcNow;

    public TimeProvider TimeProvider => _state.Loop.TimeProvider;

    public bool IsOnLoop => true;

    public void Fill(Span<byte> destination) => new SimulatedPlatform(_state.Loop).Fill(destination);

    public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default) => _state.Loop.SleepAsync(time, cancellation);

    public void Attach(IPollable pollable) => _state.Attached = pollable;

    public void Detach(IPollable pollable) => _state.Attached = null;

    public void Wake() => _state.Loop.Wake();

    public void Post(Action<object?> action, object? state) => _state.Loop.Post(action, state);

    public void Offload(Action<object?> action, object? state) => _state.Loop.Post(action, state);

    public void Report(string source, Exception exception) => Assert.Fail($"{source}: {exception}");

    private sealed class State(SimulatedLoop loop)
    {
        public SimulatedLoop Loop => loop;

        public IPollable? Attached { get; set; }
    }
}
