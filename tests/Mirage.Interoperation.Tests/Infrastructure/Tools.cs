namespace Mirage.Interoperation.Tests;

/// <summary>The programs of the system that tests use.</summary>
internal static class Tools
{
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["curl"] = "curl",
        ["dnsmasq"] = "dnsmasq-base",
        ["ip"] = "iproute2",
        ["nc"] = "netcat-openbsd",
        ["nstat"] = "iproute2",
        ["ping"] = "iputils-ping",
        ["setpriv"] = "util-linux",
        ["socat"] = "socat",
        ["ss"] = "iproute2",
        ["tshark"] = "tshark",
        ["wrk"] = "wrk",
    };

    /// <summary>Skips the test unless a program is there.</summary>
    public static void Require(string tool)
        => Assert.SkipUnless(
            Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Join(directory, tool))),
            $"there is no {tool}; on Debian it is in the package {Packages[tool]}");
}
