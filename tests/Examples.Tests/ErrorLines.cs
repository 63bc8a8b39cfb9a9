namespace Mirage.Examples.Tests;

/// <summary>What a program wrote to its standard error.</summary>
internal static class ErrorLines
{
    /// <summary>The only line, apart from the loop's reports that a turn took long: those tell of the machine, and come when it is busy.</summary>
    public static string Single(string error)
        => Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => !line.StartsWith("loop: ", StringComparison.Ordinal));
}
