namespace Mirage.Interoperation.Tests;

/// <summary>How the examples start on a TAP interface, or say why they cannot, and end.</summary>
public sealed class StartingTests
{
    [Theory]
    [InlineData("--ipv4", "10.0.0.300", "--ipv4: '10.0.0.300' is not an address with a prefix length")]
    [InlineData("--ipv4", "10.0.0.2", "--ipv4: '10.0.0.2' is not an address with a prefix length")]
    [InlineData("--ipv4", "10.0.0.2/33", "--ipv4: '10.0.0.2/33' is not")]
    [InlineData("--ipv4", "2001:db8::1/64", "--ipv4: 2001:db8::1/64 is not an IPv4 address")]
    [InlineData("--ipv4", "10.0.0.255/24", "--ipv4: 10.0.0.255/24 cannot be the address of a host")]
    [InlineData("--ipv4", "224.0.0.1/24", "--ipv4: 224.0.0.1/24 cannot be the address of a host")]
    [InlineData("--ipv4-gateway", "10.0.1.1", "--ipv4-gateway: 10.0.1.1 is in no network of this host (10.0.0.2/24)")]
    [InlineData("--ipv4-gateway", "10.0.0.2", "--ipv4-gateway: 10.0.0.2 is this host's own address")]
    [InlineData("--ipv6", "10.0.0.2/24", "--ipv6: 10.0.0.2/24 is not an IPv6 address")]
    [InlineData("--ipv6", "ff02::1/64", "--ipv6: ff02::1/64 cannot be the address of a host")]
    [InlineData("--ipv6-gateway", "2001:db8::1", "--ipv6-gateway: 2001:db8::1 is in no network of this host ()")]
    [InlineData("--gateway", "10.0.0.1", "unknown argument '--gateway'")]
    public async Task Wrong_arguments_end_the_program_with_64_and_one_line(string argument, string value, string message)
    {
        using var network = Network.Create();
        foreach (var program in new[] { "Services tap", "Website tap" })
        {
            var outcome = await network.RunAsync(program, argument, value);
            Assert.Equal((64, ""), (outcome.ExitCode, outcome.Output));
            CheckOneLine(outcome.Errors, message);
        }
    }

    [Fact]
    public async Task An_interface_that_is_not_there_ends_the_program_with_1_and_one_line()
    {
        using var network = Network.Create();
        var outcome = await network.RunAsync("Services tap", "--interface", "tap9");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        CheckOneLine(outcome.Errors, "no TAP interface 'tap9' here");
    }

    [Fact]
    public async Task An_interface_that_another_program_has_ends_the_program_with_1_and_one_line()
    {
        using var network = Network.Create();
        using var first = await network.StartAsync("Services tap");
        var outcome = await network.RunAsync("Website tap");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        CheckOneLine(outcome.Errors, "another program has 'tap0' open");
    }

    [Fact]
    public async Task An_interface_of_another_user_ends_the_program_with_1_and_one_line()
    {
        Tools.Require("setpriv");
        using var network = Network.Create();
        Assert.SkipUnless(network.Space.IsPrivileged, "giving the interface to another user needs root");
        _ = await network.ShellAsync("ip tuntap add dev tap1 mode tap user 12345");
        var outcome = await network.Space.RunAsync(
            "setpriv",
            ["--bounding-set", "-all", "--inh-caps", "-all", Built.Host, Built.Program("Services tap"), "--interface", "tap1"],
            Bound.Token());
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        CheckOneLine(outcome.Errors, "not permitted to attach to 'tap1'");
    }

    [Fact]
    public async Task A_port_in_use_ends_the_program_with_1_and_one_line()
    {
        using var network = Network.Create();
        using var first = await network.StartAsync("Website unix", "--port", "8080");
        var outcome = await network.RunAsync("Website unix", "--port", "8080");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        CheckOneLine(outcome.Errors, "8080");
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    public async Task A_signal_ends_the_program_and_its_connections_and_it_can_start_again(int signal)
    {
        using var network = Network.Create();
        using (var first = await network.StartAsync("Services tap"))
        {
            using var client = network.StartClient("hold", Ports.Chargen);
            _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());
            Assert.Equal(0, await first.StopAsync(signal));
            client.CloseInput();
            _ = await client.WaitForLineAsync(line => line == "ConnectionReset", Bound.Token());
        }

        using var second = await network.StartAsync("Services tap");
        Assert.Equal("1 connections in sequence", await network.ClientAsync("sequence", Ports.Echo, 1));
        Assert.Equal(0, await second.StopAsync(signal));
    }

    [Fact]
    public async Task An_interface_that_is_removed_ends_the_program_with_1()
    {
        using var network = Network.Create();
        using var example = await network.StartAsync("Services tap");
        Assert.Equal("1 connections in sequence", await network.ClientAsync("sequence", Ports.Echo, 1));
        _ = await network.ShellAsync("ip link del tap0");
        Assert.Equal(1, await example.WaitForExitAsync());
    }

    private static void CheckOneLine(string errors, string message)
    {
        Assert.Matches("^(services|website): [^\n]*\n$", errors);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }
}
