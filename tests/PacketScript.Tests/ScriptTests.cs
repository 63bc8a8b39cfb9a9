using Mirage.Testing.Scripts;

namespace Mirage.Scripts.Tests;

/// <summary>The rules of the RFCs as packet scripts: each file below tests/Scripts is a test, over IPv4, over IPv6 and with sockets of IPv6 that carry IPv4.</summary>
public sealed class ScriptTests
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Scripts");

    public static IEnumerable<TheoryDataRow<string, string>> Files
    {
        get
        {
            foreach (var path in Directory.EnumerateFiles(Root, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var text = File.ReadAllText(path);
                var file = Path.GetRelativePath(Root, path);

                // A script that names its version, or errors that only one has, is for that one.
                var isOfOne = text.Contains("--ip_version", StringComparison.Ordinal) || text.Contains(" icmp ", StringComparison.Ordinal);
                foreach (var version in isOfOne ? [""] : new[] { "ipv4", "ipv6", "ipv4-mapped-ipv6" })
                {
                    yield return (file, version);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_stack_does_as_the_script_says(string file, string version)
    {
        // The longer header of IPv6 comes off the segment size: with 20 bytes more there is as much room as in IPv4.
        string[] arguments = version switch
        {
            "" => [],
            "ipv6" => ["ip_version=ipv6", "mtu=1520"],
            _ => [$"ip_version={version}"],
        };
        var outcome = PacketScript.Run(file, File.ReadAllText(Path.Combine(Root, file)), new DirectStackHost(), arguments);

        Assert.True(outcome.HasPassed, outcome.ToString());
    }
}
