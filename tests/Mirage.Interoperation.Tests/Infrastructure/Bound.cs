namespace Mirage.Interoperation.Tests;

internal static class Bound
{
    /// <summary>How long anything may take before it counts as hanging.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The same for much work, on a machine that does much else.</summary>
    public static TimeSpan LongLimit { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A token that ends with the test or after <see cref="Limit"/>.</summary>
    public static CancellationToken Token() => Token(Limit);

    /// <summary>A token that ends with the test or after a time.</summary>
    public static CancellationToken Token(TimeSpan time)
    {
        // Freed with the test's own source; the timer ends by itself.
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(time);
        return limit.Token;
    }
}
