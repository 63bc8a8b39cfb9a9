namespace Mirage.Net.Dns;

/// <summary>The times of connecting by name (RFC 8305 §8).</summary>
public sealed record HappyEyeballsOptions
{
    /// <summary>How long to wait for the IPv6 addresses once the IPv4 addresses are there.</summary>
    public TimeSpan ResolutionDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long an attempt may take before the next one begins beside it. At least 10 ms (RFC 8305 §5).</summary>
    public TimeSpan AttemptDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many addresses of each family are tried.</summary>
    public int MaxAddresses { get; init; } = 8;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ResolutionDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(AttemptDelay, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAddresses, 1);
    }
}
