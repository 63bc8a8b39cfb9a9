using System.Reflection;
using System.Runtime.InteropServices;

namespace Mirage.Interoperation.Tests;

/// <summary>The programs that were built for the tests, where the project file says.</summary>
internal static class Built
{
    /// <summary>The runtime's host: <c>dotnet</c>, three folders above the runtime.</summary>
    public static string Host { get; } = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    public static string Program(string name)
        => typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;
}
