using System.Globalization;

namespace Mirage.Interoperation.Tests;

/// <summary>IPv6 between the kernel's stack and ours: neighbour discovery, echo, fragments, TCP and UDP.</summary>
public sealed class Ipv6Tests(ServicesOnTap services) : IClassFixture<ServicesOnTap>
{
    private const string Address = Network.Ipv6Address;

    [Fact]
    public async Task A_thousand_pings_have_a_thousand_answers()
        => _ = await services.Network.PingAsync(Address, 1000, "-i", "0.002");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1452)]
    [InlineData(1453)]
    [InlineData(5000)]
    [InlineData(65_000)]
    [InlineData(65_507)]
    [InlineData(65_527)]
    public async Task A_ping_of_any_size_comes_back_as_it_was_if_need_be_in_fragments(int size)
    {
        var output = await services.Network.PingAsync(Address, 3, "-i", "0.1", "-s", size.ToString(CultureInfo.InvariantCulture));
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_nodes_on_the_link_answer()
        => Assert.Contains("bytes from fe80::", await services.Network.RunToolAsync("ping", "-c", "2", "-i", "0.3", "-W", "10", "ff02::1%tap0"), StringComparison.Ordinal);

    [Fact]
    public async Task The_kernel_knows_the_neighbour_as_reachable()
    {
        _ = await services.Network.PingAsync(Address, 1);
        Assert.Contains("lladdr", await services.Network.RunToolAsync("ip", "-6", "neigh", "show", Address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_echo_over_TCP_comes_back()
        => Assert.Equal("hello\n", await services.Network.ShellAsync($"echo hello | timeout 50 nc -6 -N {Address} 7"));

    [Fact]
    public async Task Ten_megabytes_come_back_as_they_were()
        => Assert.Equal(
            "same\n",
            await services.Network.ShellAsync(
                $"d=$(mktemp -d) && head -c 10000000 /dev/urandom > $d/a && timeout 50 nc -6 -N {Address} 7 < $d/a > $d/b && cmp $d/a $d/b && echo same; rm -r $d"));

    [Theory]
    [InlineData(1000)]
    [InlineData(20_000)]
    public async Task A_datagram_comes_back_if_need_be_in_fragments(int size)
        => Assert.Equal(
            $"{size}\n",
            await services.Network.ShellAsync($"dd if=/dev/zero bs={size} count=1 status=none | timeout 50 socat -b 65000 -t 30 - UDP6:[{Address}]:7,readbytes={size} | wc -c"));

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        var outcome = await services.Network.Space.RunAsync("nc", ["-6", "-w", "30", "-v", Address, "4444"], Bound.Token());
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("refused", outcome.Errors, StringComparison.Ordinal);
    }
}
