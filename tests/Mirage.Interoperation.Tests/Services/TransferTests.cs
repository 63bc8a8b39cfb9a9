namespace Mirage.Interoperation.Tests;

public sealed class TransferTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>, IDisposable
{
    private const int Gigabyte = 1_000_000_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-transfer-");

    [Theory]
    [InlineData("nc", "nc -N 10.0.0.2 7 <sent >received")]
    [InlineData("socat", "socat -t 30 - TCP:10.0.0.2:7 <sent >received")]
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

    [Fact]
    public async Task The_kernel_sees_SACK_time_stamps_and_window_scaling()
    {
        using var client = services.Network.StartClient("hold", Ports.Chargen);
        _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());

        // -o shows the options as well as the timers.
        var seen = await services.Network.RunToolAsync("ss", "-tinoOH", "dst", Network.Address);
        Assert.Matches(@"\bts sack\b.* wscale:\d+,\d+ ", seen);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
