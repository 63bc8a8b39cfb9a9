namespace Mirage.Interoperation.Tests;

/// <summary>The programs of the system that tests use.</summary>
internal static class Tools
{
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["curl"] = "curl",
        ["dnsmasq"] = "dnsmasq-base",
        ["ip"] = "iproute2",
        ["iperf3"] = "iperf3",
        ["nc"] = "netcat-openbsd",
        ["nmap"] = "nmap",
        ["nstat"] = "iproute2",
        ["openssl"] = "openssl",
        ["ping"] = "iputils-ping",
        ["scapy"] = "python3-scapy",
        ["setpriv"] = "util-linux",
        ["socat"] = "socat",
        ["ss"] = "iproute2",
        ["tcpreplay"] = "tcpreplay",
        ["tshark"] = "tshark",
        ["wrk"] = "wrk",
    };

    /// <summary>Skips the test unless a program is there.</summary>
    public static void Require(string tool)
        => Assert.SkipUnless(
            Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Join(directory, tool))),
            $"there is no {tool}; on Debian it is in the package {Packages[tool]}");
}
