namespace Mirage.Net.Virtual;

/// <summary>A simulation failed: from which seed, and when in virtual time. What went wrong is the inner exception.</summary>
public sealed class SimulationException : Exception
{
    /// <summary>The exception.</summary>
    /// <param name="seed">The seed that fails in the same way again.</param>
    /// <param name="now">The virtual time.</param>
    /// <param name="failure">What went wrong.</param>
    public SimulationException(ulong seed, Instant now, Exception failure)
        : base(failure is LoopStalledException ? $"seed {seed}, {failure.Message}" : $"seed {seed}, at {now}: {failure?.Message}", failure)
        => (Seed, Now) = (seed, now);

    /// <summary>The seed that fails in the same way again.</summary>
    public ulong Seed { get; }

    /// <summary>The virtual time.</summary>
    public Instant Now { get; }
}
