using System.Reflection;

namespace Mirage.Examples.Tests;

/// <summary>Where things are, as the project file says.</summary>
internal static class Built
{
    public static string Examples => Metadata("Examples");

    /// <summary>The path of a program that was built for the tests.</summary>
    public static string Program(string name) => Metadata(name);

    private static string Metadata(string key)
        => typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
