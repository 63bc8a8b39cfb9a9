using Mirage.Testing.Scripts;

namespace Mirage.Scripts.Tests;

/// <summary>The rules of the RFCs as packet scripts: each file below tests/Scripts is one test.</summary>
public sealed class ScriptTests
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Scripts");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Root, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => Path.GetRelativePath(Root, file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_stack_does_as_the_script_says(string file)
    {
        var outcome = PacketScript.Run(file, File.ReadAllText(Path.Combine(Root, file)), new DirectStackHost());

        Assert.True(outcome.HasPassed, outcome.ToString());
    }
}
