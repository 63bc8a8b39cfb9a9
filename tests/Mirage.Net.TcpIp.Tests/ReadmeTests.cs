using System.Text.RegularExpressions;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>The READMEs' tables name tests, bounds and counters that exist.</summary>
public partial class ReadmeTests
{
    [Fact]
    public void Every_test_that_a_README_names_exists()
    {
        var root = Root();
        var sources = new[] { "tests", "Mirage.Testing" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories));
        var types = sources.SelectMany(path => TypeName().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value).ToHashSet();
        var count = 0;
        foreach (var path in Directory.EnumerateDirectories(root, "Mirage.*").Select(folder => Path.Combine(folder, "README.md")))
        {
            var readme = File.ReadAllText(path);
            var named = Named().Matches(readme).Select(match => match.Groups[1].Value).Distinct().ToList();
            var folders = Folder().Matches(readme).Select(match => match.Groups[1].Value).Distinct().ToList();
            Assert.Equal([], named.Where(name => !types.Contains(name)));
            Assert.Equal([], folders.Where(folder => !Directory.Exists(Path.Combine(root, "tests", "Scripts", folder))));
            count += named.Count;
        }

        Assert.True(count > 70, "the tables were not found");
    }

    [Fact]
    public void Every_limit_is_in_the_table_of_bounds_with_a_counter_that_exists()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "Mirage.Net.TcpIp", "README.md"));
        var rows = readme[readme.IndexOf("## Bounds", StringComparison.Ordinal)..readme.IndexOf("## Formats", StringComparison.Ordinal)].Split('\n');
        foreach (var limit in typeof(StackLimits).GetProperties().Where(property => property.CanWrite))
        {
            Assert.Single(rows, row => row.Split('|') is [_, var bound, ..] && bound.Contains($"`{limit.Name}`", StringComparison.Ordinal));
        }

        var counters = rows.Select(row => row.Split('|')).Where(cells => cells.Length > 5).SelectMany(cells => Counter().Matches(cells[4])).Select(match => match.Groups[1].Value).ToList();
        Assert.True(counters.Count > 25, "the counters were not found");
        Assert.All(counters, name => Assert.True(Exists(typeof(StackCounters), name) || name == $"{nameof(DatagramQueue)}.{nameof(DatagramQueue.Dropped)}", name));

        static bool Exists(Type type, string name)
        {
            var names = name.Split('.', 2);
            return type.GetProperty(names[0]) is { } property && (names.Length == 1 || Exists(property.PropertyType, names[1]));
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Mirage.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not run in a tree of the sources");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\bclass (\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"`(\w+(?:Tests|Behaviour|OverIpv6|InVirtualTime))`")]
    private static partial Regex Named();

    [GeneratedRegex(@"`Scripts/(rfc\d+)`")]
    private static partial Regex Folder();

    [GeneratedRegex(@"`([A-Z]\w+(?:\.\w+)*)`")]
    private static partial Regex Counter();
}
