using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>A network namespace in which the kernel has one end of a TAP interface, <c>tap0</c>, and an example the other.</summary>
internal sealed class Network : IDisposable
{
    public const string KernelAddress = "10.0.0.1";
    public const string Address = "10.0.0.2";
    public const string KernelIpv6Address = "fd00::1";
    public const string Ipv6Address = "fd00::2";

    // RFC 8200 §5: smaller links do not carry IPv6.
    private const int MinimumIpv6Mtu = 1280;

    private Network(NetworkNamespace space) => Space = space;

    public NetworkNamespace Space { get; }

    /// <summary>Makes one, or says why there is none.</summary>
    public static Network? TryCreate(int mtu, out string reason)
    {
        if (!File.Exists("/dev/net/tun"))
        {
            reason = "there is no /dev/net/tun";
            return null;
        }

        if (NetworkNamespace.TryCreate(out reason) is not { } space)
        {
            return null;
        }

        var tuntap = space.Run("ip", "tuntap", "add", "dev", "probe", "mode", "tap");
        if (tuntap.ExitCode != 0)
        {
            space.Dispose();
            reason = $"no TAP interface can be made: {tuntap.Errors.Trim()}";
            return null;
        }

        space.AddTap("tap0", $"{KernelAddress}/24", mtu);
        if (mtu >= MinimumIpv6Mtu)
        {
            foreach (var address in new[] { "fe80::1/64", $"{KernelIpv6Address}/64" })
            {
                _ = space.RunChecked("ip", "addr", "add", address, "dev", "tap0", "nodad");
            }
        }

        return new Network(space);
    }

    /// <summary>Makes one, or skips the test.</summary>
    public static Network Create(int mtu = 1500)
    {
        var network = TryCreate(mtu, out var reason);
        Assert.SkipWhen(network is null, reason);
        return network;
    }

    /// <summary>Starts an example and waits until it says that it serves.</summary>
    public async Task<Example> StartAsync(string program, params string[] arguments)
    {
        var process = Space.Start(Built.Host, [Built.Program(program), .. arguments]);
        var line = await process.WaitForLineAsync(line => line == "ready" || line.StartsWith("website on ", StringComparison.Ordinal), Bound.Token());
        return new Example(process, line);
    }

    /// <summary>Runs an example that is to end by itself.</summary>
    public Task<CommandOutcome> RunAsync(string program, params string[] arguments)
        => Space.RunAsync(Built.Host, [Built.Program(program), .. arguments], Bound.Token());

    /// <summary>Runs the client to its end, which is to be a good one.</summary>
    public Task<string> ClientAsync(string action, int port, params object[] arguments) => ClientAsync(action, port, Address, arguments);

    /// <summary>The same at one of the stack's addresses.</summary>
    public async Task<string> ClientAsync(string action, int port, string address, params object[] arguments)
    {
        var outcome = await Space.RunAsync(Built.Host, ClientCommand(action, port, address, arguments), Bound.Token());
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        var said = outcome.Output.Trim();
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        return said;
    }

    public NamespaceProcess StartClient(string action, int port, string address = Address) => Space.Start(Built.Host, ClientCommand(action, port, address));

    /// <summary>Runs a command that is to end well.</summary>
    public async Task<string> RunToolAsync(string tool, params string[] arguments)
    {
        Tools.Require(tool);
        return await CheckedAsync(tool, arguments);
    }

    /// <summary>Sends echo requests that must all be answered, once each.</summary>
    public async Task<string> PingAsync(string address, int count, params string[] arguments)
    {
        Tools.Require("ping");
        return await Space.EchoAsync(address, count, arguments, Bound.Token());
    }

    /// <summary>Runs a line of shell that is to end well.</summary>
    public Task<string> ShellAsync(string line, TimeSpan? limit = null) => CheckedAsync("sh", ["-c", line], limit);

    /// <summary>Starts the stack behind a link that loses frames, which takes and sends streams, and waits until it serves; see its program.</summary>
    public Task<NamespaceProcess> StartLossyPeerAsync(double loss, int seed, int bytes, string device = "tap0")
        => StartPeerAsync(FormattableString.Invariant($"{loss}"), seed, bytes, device);

    /// <summary>The same behind a link that carries so many bits a second to the stack, and marks packets (ECN) while more bytes than these wait.</summary>
    public Task<NamespaceProcess> StartMarkingPeerAsync(long rate, int markAt) => StartPeerAsync($"{rate}/{markAt}", seed: 1, bytes: 0, "tap0");

    private async Task<NamespaceProcess> StartPeerAsync(string link, int seed, int bytes, string device)
    {
        var peer = Space.Start(Built.Host, Built.Program("LossyPeer"), device, link, $"{seed}", $"{bytes}", $"{Address}/24", $"{Ipv6Address}/64");
        _ = await peer.WaitForLineAsync(line => line == "ready", Bound.Token());
        await WaitForIpv6Async();
        return peer;
    }

    /// <summary>Waits until the stack has its IPv6 address: it is another's until nobody has said so for a second (RFC 4862 §5.4).</summary>
    public async Task WaitForIpv6Async()
    {
        Tools.Require("ping");
        _ = await ShellAsync($"until ping -6 -n -q -c 1 -W 5 -w 5 {Ipv6Address}; do :; done");
    }

    /// <summary>The kernel found every checksum right.</summary>
    public async Task CheckChecksumsAsync()
    {
        var counters = await RunToolAsync("nstat", "-asz", "TcpInCsumErrors", "UdpInCsumErrors", "IcmpInCsumErrors");
        var values = counters.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(words => words[0], words => words[1]);
        Assert.Equal(3, values.Count);
        Assert.All(values.Values, value => Assert.Equal("0", value));
    }

    public void Dispose() => Space.Dispose();

    private static string[] ClientCommand(string action, int port, string address, params object[] arguments)
        => [Built.Program("ServicesClient"), action, address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}", .. arguments.Select(argument => $"{argument}")];

    private async Task<string> CheckedAsync(string command, string[] arguments, TimeSpan? limit = null)
    {
        var outcome = await Space.RunAsync(command, arguments, Bound.Token(limit ?? Bound.Limit));
        Assert.True(outcome.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {outcome}");
        return outcome.Output;
    }
}
