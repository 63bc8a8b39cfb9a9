using System.Runtime.InteropServices;
using Mirage.Namespaces;

namespace Mirage.Net.Tap.Tests;

/// <summary>The probe program, run in a namespace: this process is not in it.</summary>
internal static class Probe
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "TapProbe.dll");

    /// <summary>The runtime's host: <c>dotnet</c>, three folders above the runtime.</summary>
    public static string Host { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>A namespace that may have TAP interfaces, or the test is skipped.</summary>
    public static NetworkNamespace Namespace()
    {
        Assert.SkipUnless(File.Exists("/dev/net/tun"), "there is no /dev/net/tun");
        var created = NetworkNamespace.TryCreate(out var reason);
        Assert.SkipWhen(created is null, reason);
        var tuntap = created.Run("ip", "tuntap", "add", "dev", "probe", "mode", "tap");
        if (tuntap.ExitCode != 0)
        {
            created.Dispose();
            Assert.Skip($"no TAP interface can be made: {tuntap.Errors.Trim()}");
        }

        return created;
    }

    public static string[] Arguments(params string[] arguments) => [Program, .. arguments];

    public static string Open(NetworkNamespace space, string name) => Say(space, "open", name);

    public static string OpenTun(NetworkNamespace space, string name) => Say(space, "tun-open", name);

    public static async Task<NamespaceProcess> StartAsync(NetworkNamespace space, params string[] arguments)
    {
        var process = space.Start(Host, Arguments(arguments));
        _ = await process.WaitForLineAsync(line => line.StartsWith("opened", StringComparison.Ordinal), Bound());
        return process;
    }

    /// <summary>Asks the probe something and gives its answer, which starts with a word.</summary>
    public static Task<string> AskAsync(NamespaceProcess process, string command, string answer)
    {
        process.WriteLine(command);
        return process.WaitForLineAsync(line => line.StartsWith(answer, StringComparison.Ordinal), Bound());
    }

    private static string Say(NetworkNamespace space, string verb, string name) => space.Run(Host, Arguments(verb, name)).Output.Trim();

    // What a loop that spins does in the time that a process takes to start and end is thousands of turns.
    public static async Task AssertIdleAsync(NetworkNamespace space, NamespaceProcess probe)
    {
        var before = await TurnsAsync(probe);
        for (var i = 0; i < 5; i++)
        {
            _ = space.RunChecked("ip", "link");
        }

        Assert.InRange(await TurnsAsync(probe) - before, 1, 50);
    }

    public static async Task<long> TurnsAsync(NamespaceProcess process)
    {
        var answer = await AskAsync(process, "counters", "turns");
        return long.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public static CancellationToken Bound()
    {
        // Freed with the test's own source; the timer ends by itself.
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        return limit.Token;
    }
}
