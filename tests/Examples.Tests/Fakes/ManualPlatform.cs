using System.Buffers.Binary;

namespace Mirage.Examples.Tests.Fakes;

/// <summary>Time that passes when a test says so, and random numbers that a test chooses.</summary>
internal readonly struct ManualPlatform : ITime, IWallClock, IRandom
{
    private readonly ManualTime _time = new();

    public ManualPlatform()
    {
    }

    public DateTimeOffset UtcNow => _time.GetUtcNow();

    public TimeProvider TimeProvider => _time;

    /// <summary>The next random number.</summary>
    public uint Random
    {
        set => _time.Random = value;
    }

    public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation = default) => _time.SleepAsync(time, cancellation);

    public void Fill(Span<byte> destination) => BinaryPrimitives.WriteUInt32LittleEndian(destination, _time.Random);

    /// <summary>Lets time pass, and wakes who slept until then.</summary>
    public void Advance(TimeSpan time) => _time.Advance(time);

    private sealed class ManualTime : TimeProvider
    {
        private readonly Lock _gate = new();
        private readonly List<(DateTimeOffset Until, TaskCompletionSource Woken)> _sleepers = [];
        private DateTimeOffset _now = new(2026, 11, 22, 8, 30, 15, TimeSpan.Zero);

        public uint Random { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => GetUtcNow().Ticks;

        public override DateTimeOffset GetUtcNow()
        {
            lock (_gate)
            {
                return _now;
            }
        }

        public ValueTask SleepAsync(TimeSpan time, CancellationToken cancellation)
        {
            var woken = new TaskCompletionSource();
            _ = cancellation.Register(() => woken.TrySetCanceled(cancellation));
            lock (_gate)
            {
                _sleepers.Add((_now + time, woken));
            }

            return new(woken.Task);
        }

        public void Advance(TimeSpan time)
        {
            TaskCompletionSource[] due;
            lock (_gate)
            {
                _now += time;
                due = [.. _sleepers.Where(sleeper => sleeper.Until <= _now).Select(static sleeper => sleeper.Woken)];
                _ = _sleepers.RemoveAll(sleeper => sleeper.Until <= _now);
            }

            foreach (var woken in due)
            {
                _ = woken.TrySetResult();
            }
        }
    }
}
