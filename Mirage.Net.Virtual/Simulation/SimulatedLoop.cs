namespace Mirage.Net.Virtual;

/// <summary>
/// A loop in virtual time. When there is nothing to do it moves its clock to the next deadline at once, so that hours pass in milliseconds; and
/// everything that happens on it follows from the seed and the program alone.
/// <para>What other threads post to it runs, but at a virtual time that depends on the real one: it breaks reproducibility, and a loop that
/// only waits for another thread counts as stalled. Keep a simulation on its loop.</para>
/// </summary>
public sealed class SimulatedLoop : Loop
{
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SeededRandom _random;
    private Instant _now = new(0);

    /// <summary>A loop at instant 0, which is the start of the year 2000 in UTC.</summary>
    /// <param name="seed">Where its random generator starts. The same seed and program give the same run.</param>
    public SimulatedLoop(ulong seed)
    {
        Seed = seed;
        _random = new SeededRandom(seed);
    }

    /// <summary>Where the random generator started.</summary>
    public ulong Seed { get; }

    /// <summary>The present, in virtual time. It stands still during a turn.</summary>
    public override Instant Now => _now;

    /// <summary>The date, in virtual time.</summary>
    public override DateTimeOffset UtcNow => Start + (_now - new Instant(0));

    internal void Fill(Span<byte> destination) => _random.Fill(destination);

    /// <inheritdoc/>
    /// <exception cref="LoopStalledException">There is no deadline: nothing can happen any more.</exception>
    protected override void Sleep(Instant deadline)
    {
        if (deadline.IsNever)
        {
            throw new LoopStalledException(_now);
        }

        if (deadline > _now)
        {
            _now = deadline;
        }
    }

    /// <inheritdoc/>
    protected override void WakeSleeper()
    {
        // Sleeping takes no time, so it need not be cut short.
    }
}
