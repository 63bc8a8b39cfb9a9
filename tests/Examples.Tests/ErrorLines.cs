namespace Mirage.Examples.Tests;

/// <summary>What a program wrote to its standard error.</summary>
internal static class ErrorLines
{
    /// <summary>The only line.</summary>
    public static string Single(string error) => Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
