using System.Reflection;

namespace Mirage.Testing.Tests;

/// <summary>The worked example of the package's README is the project that is built from packages.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Root").Value!;

    [Theory]
    [InlineData("CableNetwork.cs")]
    [InlineData("CableEnd.cs")]
    [InlineData("CableNetworkTests.cs")]
    [InlineData("DatagramHost.cs")]
    [InlineData("DatagramScriptTests.cs")]
    public void The_README_shows_the_example_that_runs(string file)
    {
        var readme = File.ReadAllText(Path.Combine(Root, "Mirage.Testing", "README.md"));
        var code = File.ReadAllText(Path.Combine(Root, "tests", "PackageConsumer", file));

        Assert.Contains($"```csharp\n{code}```\n", readme, StringComparison.Ordinal);
    }
}
