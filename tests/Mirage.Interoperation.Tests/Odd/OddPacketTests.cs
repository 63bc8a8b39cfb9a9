using System.Globalization;
using System.Text.RegularExpressions;
using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Thousands of frames that no well-meaning host sends: each thing that can be wrong in a header, all flags, LAND, fragments that overlap, chains of extension headers, floods of router
/// advertisements. What counts is that the stack drops them, says so in its counters, and serves on.</summary>
public sealed partial class OddPacketTests
{
    // Of Debian, whose modules another one would not find.
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Frames_made_with_scapy_disturb_nobody()
    {
        Tools.Require("scapy");
        using var network = Network.Create();
        using var peer = await network.StartLossyPeerAsync(loss: 0, seed: 1, bytes: 1);
        var before = await DropsAsync(peer);
        await CheckServingAsync(network);
        TestContext.Current.TestOutputHelper?.WriteLine(await PacketsAsync(network, "send", "tap0", "tap0"));
        await CheckDropsAsync(network, peer, before);
    }

    [Fact]
    public async Task Captures_played_by_tcpreplay_disturb_nobody()
    {
        Tools.Require("scapy");
        Tools.Require("tcpreplay");
        using var network = Network.Create();

        // tcpreplay would make the interface itself if it were called tap0. Addresses of IPv6 go when it is down.
        _ = await network.ShellAsync(
            $"ip link set tap0 down && ip link set tap0 name wire0 && ip link set wire0 up && ip addr add fe80::1/64 dev wire0 nodad && ip addr add {Network.KernelIpv6Address}/64 dev wire0 nodad");
        using var peer = await network.StartLossyPeerAsync(loss: 0, seed: 1, bytes: 1, "wire0");
        var before = await DropsAsync(peer);
        var file = Path.GetTempFileName();
        try
        {
            _ = await PacketsAsync(network, "write", file, "wire0");

            // Three times over, as fast as it goes, while connections are served.
            var playing = network.RunToolAsync("tcpreplay", "--quiet", "--pps=2000", "--loop=3", "--intf1=wire0", file);
            do
            {
                await CheckServingAsync(network);
            }
            while (!playing.IsCompleted);

            TestContext.Current.TestOutputHelper?.WriteLine(await playing);
        }
        finally
        {
            File.Delete(file);
        }

        await CheckDropsAsync(network, peer, before);
    }

    private static async Task<string> PacketsAsync(Network network, string what, string where, string device)
    {
        // "10.0.0.2 lladdr 02:… REACHABLE": it is known by now.
        _ = await network.RunToolAsync("ping", "-c", "1", "-W", "20", Network.Address);
        var neighbour = await network.RunToolAsync("ip", "neigh", "show", Network.Address, "dev", device);
        var mac = neighbour.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        var script = Path.Join(AppContext.BaseDirectory, "Odd", "packets.py");
        var outcome = await network.Space.RunAsync(Python, [script, what, where, mac, Network.Address, Network.Ipv6Address], Bound.Token(Bound.LongLimit));
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output;
    }

    private static async Task CheckServingAsync(Network network)
    {
        foreach (var address in new[] { Network.Address, Network.Ipv6Address })
        {
            Assert.Equal("there and back", await network.ShellAsync($"printf 'there and back' | nc -N -w 30 {address} 7"));

            // One at a time: after the last of several, ping waits for the answers that are missing no longer than twice the slowest took.
            var ping = await network.RunToolAsync("ping", "-c", "1", "-W", "20", address);
            Assert.Contains("1 packets transmitted, 1 received", ping, StringComparison.Ordinal);
        }
    }

    private static async Task<string> DropsAsync(NamespaceProcess peer)
    {
        peer.WriteLine("drops");
        return await peer.WaitForLineAsync(line => line.StartsWith("drops ", StringComparison.Ordinal), Bound.Token());
    }

    private static async Task CheckDropsAsync(Network network, NamespaceProcess peer, string before)
    {
        await CheckServingAsync(network);
        var after = await DropsAsync(peer);
        TestContext.Current.TestOutputHelper?.WriteLine(after);
        foreach (var layer in new[] { "Ipv4", "Ipv6", "Icmp", "Udp", "Tcp", "Ndp" })
        {
            Assert.True(Malformed(after, layer) > Malformed(before, layer), $"{layer} found nothing malformed: {after}");
        }

        Assert.False(peer.HasExited);
        await network.CheckChecksumsAsync();
    }

    private static long Malformed(string counters, string layer)
    {
        var start = counters.IndexOf($"{layer} = ", StringComparison.Ordinal);
        return long.Parse(MalformedCounter().Match(counters, start).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\bMalformed = (\d+)")]
    private static partial Regex MalformedCounter();
}
