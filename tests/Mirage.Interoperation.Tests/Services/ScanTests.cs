namespace Mirage.Interoperation.Tests;

/// <summary>What a port scanner sees of the services, and that they go on serving: nmap with connections, half-open ones, segments with odd flags, datagrams, and its guess at the system.</summary>
public sealed class ScanTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>
{
    private static readonly string[] Serving = ["7", "9", "13", "19"];

    [Theory]
    [InlineData("-sT", Network.Address)]
    [InlineData("-sT", Network.Ipv6Address)]
    [InlineData("-sS", Network.Address)]
    [InlineData("-sS", Network.Ipv6Address)]
    public async Task Listening_ports_are_open_and_others_closed(string scan, string address)
    {
        var ports = await ScanAsync(address, scan, "-p", "1-40");
        Assert.Equal(Serving, ports.Where(port => port.State == "open").Select(port => port.Port));
        Assert.Equal(40 - Serving.Length, ports.Count(port => port.State == "closed"));
        await CheckServingAsync();
    }

    [Theory]
    [InlineData("-sX")]
    [InlineData("-sN")]
    [InlineData("-sF")]
    public async Task Segments_that_begin_nothing_are_reset_by_closed_ports_and_dropped_by_others(string scan)
    {
        // RFC 9293 §3.10.7.1 and §3.10.7.2.
        var ports = await ScanAsync(Network.Address, scan, "-p", "5-20");
        Assert.Equal(Serving, ports.Where(port => port.State == "open|filtered").Select(port => port.Port));
        Assert.Equal(16 - Serving.Length, ports.Count(port => port.State == "closed"));
        await CheckServingAsync();
    }

    [Fact]
    public async Task Acknowledgements_of_nothing_are_reset_by_every_port()
    {
        var ports = await ScanAsync(Network.Address, "-sA", "-p", "5-20");
        Assert.Equal(16, ports.Count(port => port.State == "unfiltered"));
        await CheckServingAsync();
    }

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task Datagrams_are_answered_or_refused(string address)
    {
        var ports = await ScanAsync(address, "-sU", "-p", "7,8,9,13,18,19");
        Assert.Equal(
            ["7 open", "8 closed", "9 open|filtered", "13 open", "18 closed", "19 open"], ports.Select(port => $"{port.Port} {port.State}"));
        await CheckServingAsync();
    }

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_guess_at_the_system_upsets_nobody(string address)
    {
        Assert.Matches(@"\b7/tcp +open\b", await NmapAsync(address, "-O", "-sS", "-p", "7,8"));
        await CheckServingAsync();
    }

    [Theory]
    [InlineData($"{Network.Address}:7")]
    [InlineData($"[{Network.Ipv6Address}]:7")]
    [InlineData($"{Network.Address}:19")]
    [InlineData($"{Network.Address}:13")]
    public async Task A_client_of_TLS_finds_none_and_upsets_nobody(string endpoint)
    {
        // Its hello comes back, or is answered with characters or the time.
        Tools.Require("openssl");
        var outcome = await services.Network.Space.RunAsync("timeout", ["5", "openssl", "s_client", "-connect", endpoint], Bound.Token());
        Assert.Contains("CONNECTED(", outcome.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, outcome.ExitCode);
        await CheckServingAsync();
    }

    // Both families, over TCP.
    private async Task CheckServingAsync()
    {
        foreach (var address in new[] { Network.Address, Network.Ipv6Address })
        {
            Assert.Equal("there and back", await services.Network.ShellAsync($"printf 'there and back' | nc -N -w 30 {address} 7"));
        }
    }

    private async Task<(string Port, string State)[]> ScanAsync(string address, params string[] arguments)
    {
        // Host: 10.0.0.2 ()  Ports: 7/open/tcp//echo///, 8/closed/tcp/////
        var output = await NmapAsync(address, ["-oG", "-", .. arguments]);
        var line = output.Split('\n').Single(line => line.Contains("Ports: ", StringComparison.Ordinal));
        var list = line[(line.IndexOf("Ports: ", StringComparison.Ordinal) + "Ports: ".Length)..].Split('\t')[0];
        return [.. list.Split(", ").Select(port => port.Split('/')).Select(parts => (parts[0], parts[1]))];
    }

    private async Task<string> NmapAsync(string address, params string[] arguments)
    {
        Tools.Require("nmap");

        // Every port is listed, however many are alike.
        string[] family = address.Contains(':', StringComparison.Ordinal) ? ["-6"] : [];
        var output = await services.Network.RunToolAsync("nmap", [.. family, "-Pn", "-n", "-v", "-d", "--max-retries", "8", .. arguments, address]);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        return output;
    }
}
