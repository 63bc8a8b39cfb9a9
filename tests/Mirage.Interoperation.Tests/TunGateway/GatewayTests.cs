namespace Mirage.Interoperation.Tests.TunGateway;

/// <summary>What is inside reaches what is outside through the gateway, as if there were none.</summary>
public sealed class GatewayTests(GatewayNetwork network) : IClassFixture<GatewayNetwork>
{
    private const int ClosedPort = 8;
    private const int CurlCannotConnect = 7;

    public static TheoryData<string> Servers => [.. GatewayNetwork.Servers];

    public static TheoryData<string> Unreachable => [.. GatewayNetwork.Unreachable];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Curl_gets_100_MB_as_they_are(string server)
    {
        Tools.Require("curl");
        var outcome = await network.Inside.RunAsync(
            "sh", ["-c", $"curl -sS -w '%{{stderr}}%{{speed_download}}' '{GatewayNetwork.Url(server, "file")}' | sha256sum"], Bound.Token());
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal($"{network.FileHash}  -", outcome.Output.Trim());
        TestContext.Current.TestOutputHelper?.WriteLine($"{outcome.Errors} bytes/s");
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Iperf3_measures_both_directions_and_datagrams(string server)
    {
        Tools.Require("iperf3");
        using var iperf = network.Outside.Start("iperf3", "--server", "--bind", server, "--forceflush");
        _ = await iperf.WaitForLineAsync(line => line.Contains("Server listening", StringComparison.Ordinal), Bound.Token());
        foreach (var options in new string[][] { ["--bytes", "50M"], ["--bytes", "50M", "--reverse"], ["--bytes", "20M", "--parallel", "4"], ["--udp", "--bytes", "1M", "--bitrate", "10M"] })
        {
            var outcome = await network.Inside.RunAsync("iperf3", ["--client", server, "--connect-timeout", "30000", .. options], Bound.Token());
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            Assert.Contains("iperf Done.", outcome.Output, StringComparison.Ordinal);
            TestContext.Current.TestOutputHelper?.WriteLine(outcome.Output);
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task What_goes_out_comes_back_as_it_was_all_100_MB(string server)
        => Assert.Equal($"1 connections of {GatewayNetwork.FileSize} bytes", await network.ClientAsync("echo", server, Ports.Echo, 1, GatewayNetwork.FileSize));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_thousand_connections_at_once_each_get_their_own_bytes(string server)
        => Assert.Equal("1000 connections of 65536 bytes", await network.ClientAsync("echo", server, Ports.Echo, 1000, 65536));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_thousand_connections_come_and_go(string server)
        => Assert.Equal("1000 connections in sequence", await network.ClientAsync("sequence", server, Ports.Echo, 1000));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Everything_comes_back_after_the_client_has_ended_its_side(string server)
        => Assert.Equal("200000 bytes after the end", await network.ClientAsync("half-close", server, Ports.Echo, 200_000));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Datagrams_come_back_as_they_were(string server)
        => Assert.Equal("100 datagrams", await network.ClientAsync("datagrams", server, Ports.Echo, 100));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_closed_port_refuses_connections_and_datagrams(string server)
    {
        Assert.Equal("ConnectionRefused", await network.ClientAsync("refused-tcp", server, ClosedPort));
        Assert.Equal("ConnectionRefused", await network.ClientAsync("refused-udp", server, ClosedPort));
        Tools.Require("curl");
        var outcome = await network.Inside.RunAsync("curl", ["-sS", $"http://{GatewayNetwork.Endpoint(server, ClosedPort)}/"], Bound.Token());
        Assert.Equal(CurlCannotConnect, outcome.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task What_the_outside_cannot_reach_is_unreachable_inside(string address)
    {
        Assert.Equal("HostUnreachable", await network.ClientAsync("refused-tcp", address, Ports.Echo));
        Assert.Equal("HostUnreachable", await network.ClientAsync("refused-udp", address, Ports.Echo));
        Tools.Require("curl");
        var outcome = await network.Inside.RunAsync("curl", ["-sS", GatewayNetwork.Url(address, "")], Bound.Token());
        Assert.Equal(CurlCannotConnect, outcome.ExitCode);
    }

    [Fact]
    public async Task A_client_that_resets_its_connections_leaves_none_outside()
    {
        Assert.Equal("50 connections reset", await network.ClientAsync("abort", GatewayNetwork.Servers[0], Ports.Chargen, 50));
        Tools.Require("ss");
        while (network.Outside.RunChecked("ss", "-Htn", "state", "established").Trim().Length > 0)
        {
            Bound.Token().ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task The_kernel_finds_every_checksum_right()
    {
        _ = await network.ClientAsync("datagrams", GatewayNetwork.Servers[0], Ports.Echo, 100);
        _ = await network.ClientAsync("echo", GatewayNetwork.Servers[1], Ports.Echo, 10, 100_000);
        Tools.Require("nstat");
        var counters = network.Inside.RunChecked("nstat", "-asz", "TcpInCsumErrors", "UdpInCsumErrors", "IcmpInCsumErrors", "Udp6InCsumErrors");
        var values = counters.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).ToList();
        Assert.Equal(["0", "0", "0", "0"], values);
    }
}

/// <summary>When the gateway ends, nobody hangs.</summary>
public sealed class GatewayEndTests(GatewayNetwork network) : IClassFixture<GatewayNetwork>
{
    [Fact]
    public async Task A_gateway_that_is_told_to_stop_resets_what_goes_through_it_and_another_takes_its_place()
    {
        using var client = network.StartClient("hold", GatewayNetwork.Servers[0], Ports.Chargen);
        _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());
        Assert.Equal(0, await network.Gateway.StopAsync(Signals.Terminate));
        client.CloseInput();
        Assert.Equal("ConnectionReset", await client.WaitForLineAsync(_ => true, Bound.Token()));
        await network.StartGatewayAsync();
        Assert.Equal("1 connections of 1000 bytes", await network.ClientAsync("echo", GatewayNetwork.Servers[0], Ports.Echo, 1, 1000));
    }

    [Fact]
    public async Task Connections_of_a_gateway_that_was_killed_are_reset_by_the_next()
    {
        using var client = network.StartClient("stream", GatewayNetwork.Servers[1], Ports.Echo);
        client.WriteLine("count");
        _ = await client.WaitForLineAsync(_ => true, Bound.Token());
        network.Gateway.Dispose();
        await network.StartGatewayAsync();

        // Who writes after it has read of the reset sees a broken pipe.
        Assert.Matches("reset|Broken pipe", await client.WaitForLineAsync(line => line.StartsWith("failed", StringComparison.Ordinal), Bound.Token()));
        Assert.Equal("1 connections of 1000 bytes", await network.ClientAsync("echo", GatewayNetwork.Servers[1], Ports.Echo, 1, 1000));
    }
}
