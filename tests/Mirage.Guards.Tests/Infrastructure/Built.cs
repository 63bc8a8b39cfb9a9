using System.Reflection;

namespace Mirage.Guards.Tests;

/// <summary>What was built for the tests, and where it is, as the project file says.</summary>
internal static class Built
{
    private const string CompositionPrefix = "Composition ";

    /// <summary>The examples and their targets, such as <c>Services/tap</c>, with the paths of their assemblies.</summary>
    public static IReadOnlyDictionary<string, string> Compositions { get; } = Metadata
        .Where(item => item.Key.StartsWith(CompositionPrefix, StringComparison.Ordinal))
        .ToDictionary(item => item.Key[CompositionPrefix.Length..], item => item.Value!);

    private static IEnumerable<AssemblyMetadataAttribute> Metadata => typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();

    /// <summary>The path of a program.</summary>
    public static string Program(string name) => Metadata.Single(item => item.Key == name).Value!;
}
