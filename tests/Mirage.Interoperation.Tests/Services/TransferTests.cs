namespace Mirage.Interoperation.Tests;

public sealed class TransferTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>, IDisposable
{
    private const int Gigabyte = 1_000_000_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-transfer-");

    [Theory]
    [InlineData("nc", "nc -N 10.0.0.2 7 <sent >received")]
    [InlineData("socat", "socat -t 30 - TCP:10.0.0.2:7 <sent >received")]
    [InlineData("nc", "nc -N fd00::2 7 <sent >received")]
    [InlineData("socat", "socat -t 30 - TCP:[fd00::2]:7 <sent >received")]
    public async Task Echo_gives_ten_megabytes_back_as_they_were(string tool, string command)
    {
        Tools.Require(tool);
        var sent = new byte[10_000_000];
        new Random(3).NextBytes(sent);
        await File.WriteAllBytesAsync(Path.Join(_directory.FullName, "sent"), sent, TestContext.Current.CancellationToken);
        _ = await services.Network.ShellAsync($"cd '{_directory.FullName}' && {command} && cmp sent received");
        await services.Network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task Discard_takes_a_gigabyte()
        => Assert.StartsWith($"sent {Gigabyte} bytes", await services.Network.ClientAsync("discard", Ports.Discard, Gigabyte), StringComparison.Ordinal);

    [Fact]
    public async Task Chargen_gives_a_gigabyte_of_its_pattern()
    {
        Assert.StartsWith($"received {Gigabyte} bytes", await services.Network.ClientAsync("chargen", Ports.Chargen, Gigabyte), StringComparison.Ordinal);
        await services.Network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task Two_hundred_connections_at_once_each_get_their_own_bytes()
        => Assert.Equal("200 connections of 65536 bytes", await services.Network.ClientAsync("echo", Ports.Echo, 200, 65536));

    [Fact]
    public async Task Two_thousand_connections_come_and_go()
        => Assert.Equal("2000 connections in sequence", await services.Network.ClientAsync("sequence", Ports.Echo, 2000));

    [Fact]
    public async Task A_hundred_connections_over_IPv6_each_get_their_own_bytes()
        => Assert.Equal("100 connections of 65536 bytes", await services.Network.ClientAsync("echo", Ports.Echo, Network.Ipv6Address, 100, 65536));

    [Fact]
    public async Task Much_over_IPv6_in_each_direction()
    {
        const int HundredMegabytes = 100_000_000;
        Assert.StartsWith($"sent {HundredMegabytes} bytes", await services.Network.ClientAsync("discard", Ports.Discard, Network.Ipv6Address, HundredMegabytes), StringComparison.Ordinal);
        Assert.StartsWith($"received {HundredMegabytes} bytes", await services.Network.ClientAsync("chargen", Ports.Chargen, Network.Ipv6Address, HundredMegabytes), StringComparison.Ordinal);
        await services.Network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task Everything_comes_back_after_the_client_has_ended_its_side_over_IPv6()
        => Assert.Equal("200000 bytes after the end", await services.Network.ClientAsync("half-close", Ports.Echo, Network.Ipv6Address, 200_000));

    [Fact]
    public async Task Datagrams_come_back_as_they_were_over_IPv6()
        => Assert.Equal("100 datagrams", await services.Network.ClientAsync("datagrams", Ports.Echo, Network.Ipv6Address, 100));

    [Fact]
    public async Task Closed_ports_refuse_at_once_over_IPv6()
    {
        Assert.Equal("ConnectionRefused", await services.Network.ClientAsync("refused-tcp", Ports.Closed, Network.Ipv6Address));
        Assert.Equal("ConnectionRefused", await services.Network.ClientAsync("refused-udp", Ports.Closed, Network.Ipv6Address));
    }

    [Fact]
    public async Task Everything_comes_back_after_the_client_has_ended_its_side()
        => Assert.Equal("200000 bytes after the end", await services.Network.ClientAsync("half-close", Ports.Echo, 200_000));

    [Fact]
    public async Task Datagrams_come_back_as_they_were()
    {
        Assert.Equal("100 datagrams", await services.Network.ClientAsync("datagrams", Ports.Echo, 100));
        await services.Network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task A_closed_TCP_port_refuses_at_once()
    {
        Assert.Equal("ConnectionRefused", await services.Network.ClientAsync("refused-tcp", Ports.Closed));
        Tools.Require("nc");
        var outcome = await services.Network.Space.RunAsync("nc", ["-vz", "-w", "30", Network.Address, "8"], Bound.Token());
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("Connection refused", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_UDP_port_is_unreachable()
        => Assert.Equal("ConnectionRefused", await services.Network.ClientAsync("refused-udp", Ports.Closed));

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task The_kernel_sees_SACK_time_stamps_and_window_scaling(string address)
    {
        // A kernel that asks for ECN as well (RFC 3168 §6.1.1) gets a connection, if without it.
        _ = await services.Network.ShellAsync("echo 1 > /proc/sys/net/ipv4/tcp_ecn");
        using var client = services.Network.StartClient("hold", Ports.Chargen, address);
        _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());

        // -o shows the options as well as the timers.
        var seen = await services.Network.RunToolAsync("ss", "-tinoOH", "dst", address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address);
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.Matches(@"\bts sack\b.* wscale:\d+,\d+ ", seen);
    }

    [Fact]
    public async Task The_kernel_asks_for_ECN_and_gets_it()
    {
        // In this namespace only.
        _ = await services.Network.ShellAsync("echo 1 >/proc/sys/net/ipv4/tcp_ecn");
        try
        {
            using var client = services.Network.StartClient("hold", Ports.Chargen);
            _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());

            // The first means that it was agreed on, the second that what arrived had ECT.
            var seen = await services.Network.RunToolAsync("ss", "-tinoOH", "dst", Network.Address);
            Assert.Matches(@"\becn ecnseen\b", seen);
            Assert.StartsWith("sent 100000000 bytes", await services.Network.ClientAsync("discard", Ports.Discard, 100_000_000), StringComparison.Ordinal);
        }
        finally
        {
            _ = await services.Network.ShellAsync("echo 2 >/proc/sys/net/ipv4/tcp_ecn");
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
