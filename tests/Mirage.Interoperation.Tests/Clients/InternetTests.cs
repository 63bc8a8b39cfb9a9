using System.Globalization;
using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Fragments, groups and ICMP errors with the kernel at the other end.</summary>
public sealed class InternetTests
{
    // An address behind the kernel, over a link that carries less than the TAP interface.
    private const string Beyond = "192.0.2.9";
    private const int NarrowMtu = 1000;

    [Fact]
    public async Task Datagrams_of_every_size_are_echoed_to_the_kernel()
    {
        using var network = Network.Create();
        using var peer = await StartAsync(network);
        Tools.Require("socat");
        foreach (var size in new[] { 1472, 1473, 9000, 60_000 })
        {
            // After the end of its input socat waits for so many bytes.
            _ = await network.ShellAsync(
                $"d=$(mktemp -d) && head -c {size} /dev/urandom > $d/sent && socat -b 65507 -t 30 - UDP4:{Network.Address}:7,readbytes={size} < $d/sent > $d/received && cmp $d/sent $d/received && rm -r $d");
        }

        Assert.Equal("counters reassembled 3 fragmented 3 failed 0 queries 0", await AskAsync(peer, "counters", "counters "));
        await network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task The_kernel_answers_pings_of_every_size()
    {
        using var network = Network.Create();
        using var peer = await StartAsync(network);
        foreach (var size in new[] { 0, 1472, 1473, 10_000, 65_507 })
        {
            Assert.Equal("answered", await AskAsync(peer, $"ping {Network.KernelAddress} {size.ToString(CultureInfo.InvariantCulture)}", "answered", "unanswered"));
        }

        await network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task The_kernel_s_errors_reach_who_sent_the_datagram()
    {
        using var network = Network.Create();
        await AddNarrowLinkAsync(network);
        using var peer = await StartAsync(network);

        // Nobody listens there; a router beyond which it may not go; no route from there.
        peer.WriteLine($"send {Network.KernelAddress} 9 10 64");
        Assert.StartsWith($"error Refused for {Network.KernelAddress}:9: ", await peer.WaitForLineAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Bound.Token()), StringComparison.Ordinal);
        peer.WriteLine($"send {Beyond} 33434 10 1");
        Assert.Equal(
            $"error Unreachable for {Beyond}:33434: the hop limit ran out at {Network.KernelAddress} on the way to {Beyond}",
            await peer.WaitForLineAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Bound.Token()));
        peer.WriteLine("send 198.51.100.1 9 10 64");
        Assert.StartsWith("error Unreachable for 198.51.100.1:9: ", await peer.WaitForLineAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Bound.Token()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_MTU_is_learnt_from_the_kernel()
    {
        using var network = Network.Create();
        await AddNarrowLinkAsync(network);
        using var peer = await StartAsync(network);
        Assert.Equal("payload 1480", await AskAsync(peer, $"payload {Beyond}", "payload "));
        peer.WriteLine($"send {Beyond} 9 1400 64 df");
        Assert.StartsWith($"error TooLarge for {Beyond}:9: ", await peer.WaitForLineAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Bound.Token()), StringComparison.Ordinal);
        Assert.Equal($"payload {NarrowMtu - 20}", await AskAsync(peer, $"payload {Beyond}", "payload "));
        Assert.Equal("unsent TooLarge", await AskAsync(peer, $"send {Beyond} 9 1400 64 df", "unsent", "sent"));
        Assert.Equal("sent", await AskAsync(peer, $"send {Beyond} 9 1400 64", "unsent", "sent"));
        Assert.Equal("payload 1480", await AskAsync(peer, $"payload {Network.KernelAddress}", "payload "));
    }

    [Fact]
    public async Task A_group_is_joined_heard_and_left()
    {
        Tools.Require("tshark");
        Tools.Require("socat");
        using var network = Network.Create();
        using var capture = network.Space.Start("sh", "-c", "exec tshark -l -n -i tap0 -f 'ip proto 2 and src host 10.0.0.2' -T fields -e igmp.type -e igmp.record_type -e igmp.maddr -e ip.ttl -e ip.opt.ra 2>&1");
        _ = await capture.WaitForLineAsync(line => line.StartsWith("Capturing on", StringComparison.Ordinal), Bound.Token());
        using var peer = await StartAsync(network);

        // The capture begins a moment after it says so; what was joined is said again, and once more for each join.
        var reported = capture.WaitForLineAsync(line => line.Contains("239.1.2.3", StringComparison.Ordinal), Bound.Token());
        Assert.Equal("joined True", await AskAsync(peer, "join 239.1.2.3", "joined"));
        while (!reported.IsCompleted)
        {
            Assert.Equal("answered", await AskAsync(peer, $"ping {Network.KernelAddress} 10", "answered", "unanswered"));
            Assert.Equal("left True", await AskAsync(peer, "leave 239.1.2.3", "left"));
            Assert.Equal("joined True", await AskAsync(peer, "join 239.1.2.3", "joined"));
        }

        Assert.Matches("^0x22\t[34]\t239\\.1\\.2\\.3\t1\t", await reported);

        // From the kernel to the group, and the answer back.
        Assert.Equal("hello", await network.ShellAsync($"printf hello | socat -t 30 - UDP4-DATAGRAM:239.1.2.3:7,ip-multicast-if={Network.KernelAddress},readbytes=5"));
        Assert.Equal("left True", await AskAsync(peer, "leave 239.1.2.3", "left"));
        Assert.Matches("^0x22\t3\t239\\.1\\.2\\.3\t1\t", await capture.WaitForLineAsync(line => line.StartsWith("0x22\t3", StringComparison.Ordinal), Bound.Token()));
        Assert.Equal("", await network.ShellAsync($"printf hello | socat -t 0.3 - UDP4-DATAGRAM:239.1.2.3:7,ip-multicast-if={Network.KernelAddress}"));
    }

    [Fact]
    public async Task A_datagram_to_a_group_reaches_the_kernel_s_members()
    {
        Tools.Require("socat");
        using var network = Network.Create();
        using var member = network.Space.Start("socat", "-u", $"UDP4-RECVFROM:5000,ip-add-membership=239.1.2.4:{Network.KernelAddress}", "SYSTEM:echo $(wc -c) bytes");
        using var peer = await StartAsync(network);
        var bound = Bound.Token();
        while (!(await network.ShellAsync("ip maddr show dev tap0")).Contains("239.1.2.4", StringComparison.Ordinal))
        {
            bound.ThrowIfCancellationRequested();
        }

        Assert.Equal("sent", await AskAsync(peer, "send 239.1.2.4 5000 3000 1", "sent", "unsent"));
        Assert.Equal("3000 bytes", await member.WaitForLineAsync(line => line.EndsWith("bytes", StringComparison.Ordinal), Bound.Token()));
    }

    [Theory]
    [InlineData("239.1.2.5", "ip route add 239.0.0.0/8 dev tap0", "239.1.2.5:5000")]
    [InlineData("ff15::5", "ip -6 route replace multicast ff00::/8 dev tap0 table local", "[ff15::5]:5000")]
    public async Task A_stack_over_the_kernel_s_sockets_is_in_groups(string group, string route, string endpoint)
    {
        using var network = Network.Create();
        using var peer = network.Space.Start(Built.Host, Built.Program("NetworkClients"), "internet", $"{Network.Address}/24", Network.KernelAddress);
        _ = await peer.WaitForLineAsync(line => line == "ready", Bound.Token());
        _ = await network.ShellAsync(route);
        var outcome = await network.Space.RunAsync(Built.Host, [Built.Program("NetworkClients"), "groups", group], Bound.Token());
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal([$"received hello to {endpoint}", $"received still to {endpoint}", "waiting 0 leave NotFound"], outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<NamespaceProcess> StartAsync(Network network)
    {
        var peer = network.Space.Start(Built.Host, Built.Program("NetworkClients"), "internet", $"{Network.Address}/24", Network.KernelAddress);
        _ = await peer.WaitForLineAsync(line => line == "ready", Bound.Token());
        return peer;
    }

    private static async Task<string> AskAsync(NamespaceProcess peer, string line, params string[] answers)
    {
        peer.WriteLine(line);
        return await peer.WaitForLineAsync(line => answers.Any(answer => line.StartsWith(answer, StringComparison.Ordinal)), Bound.Token());
    }

    private static async Task AddNarrowLinkAsync(Network network)
        => _ = await network.ShellAsync(
            $"ip link add narrow type veth peer name far && ip link set narrow mtu {NarrowMtu} up && ip link set far up && ip addr add 192.0.2.1/24 dev narrow && echo 1 > /proc/sys/net/ipv4/ip_forward");
}
