using System.Globalization;

namespace Mirage.Scenarios.Tests;

/// <summary>What a scenario measured, for people: in the test's output, and on the console, where the runner of all tests shows it.</summary>
internal static class Output
{
    public static void Write(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        var test = TestContext.Current.Test?.TestDisplayName;
        Console.WriteLine(test is null ? text : $"{test}: {text}");
    }
}
