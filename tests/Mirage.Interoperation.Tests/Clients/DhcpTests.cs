using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>The DHCP client against dnsmasq. Its shortest lease is two minutes; its options make renewals come after three seconds.</summary>
public sealed class DhcpTests
{
    private const string Range = "--dhcp-range=10.0.0.100,10.0.0.101,255.255.255.0,2m";

    [Fact]
    public async Task An_address_is_leased_renewed_used_and_given_back()
    {
        using var server = await Dnsmasq.StartAsync(
            "", Range, "--no-ping", "--dhcp-option=58,3", "--dhcp-option=59,100", "--domain=example.test", "--dhcp-option=26,1400", "--dhcp-option=3,10.0.0.1");
        using var client = server.StartClient("dhcp");
        var leased = await LineAsync(client, "leased");
        Assert.Matches(@"^leased 10\.0\.0\.10[01]/24 from 10\.0\.0\.1 routes 0\.0\.0\.0/0>10\.0\.0\.1 dns 10\.0\.0\.1 domain example\.test mtu 1400 renew 3 rebind 100 end 120$", leased);
        Assert.Contains("guest", await server.SaysAsync("DHCPACK"), StringComparison.Ordinal);

        // Renewed in the same words; the server has heard it from the address.
        Assert.Equal(leased, await LineAsync(client, "leased"));
        _ = await server.SaysAsync("DHCPACK");
        var address = leased.Split(' ', '/')[1];
        _ = await server.Network.PingAsync(address, 3, "-i", "0.1");

        client.CloseInput();
        Assert.Matches(@"^refused 0 renewed [1-9]\d* declined 0 malformed 0 unexpected 0$", await LineAsync(client, "refused"));
        Assert.Equal(0, await client.WaitForExitAsync(Bound.Token()));
        Assert.Contains(address, await server.SaysAsync("DHCPRELEASE"), StringComparison.Ordinal);
        await server.Network.CheckChecksumsAsync();
    }

    [Fact]
    public async Task An_address_that_is_taken_is_refused_and_another_leased()
    {
        // The lease of another host, which ends far in the future.
        using var server = await Dnsmasq.StartAsync("4102444800 02:00:00:00:00:77 10.0.0.100 other 01:02:00:00:00:00:77\n", Range, "--no-ping", "--dhcp-authoritative");
        using var client = server.StartClient("dhcp", "10.0.0.100");
        var leased = await LineAsync(client, "leased");
        Assert.StartsWith("leased 10.0.0.101/24 from 10.0.0.1 ", leased, StringComparison.Ordinal);
        _ = await server.SaysAsync("DHCPNAK");
        client.CloseInput();
        Assert.StartsWith("refused 1 ", await LineAsync(client, "refused"), StringComparison.Ordinal);
        Assert.Equal(0, await client.WaitForExitAsync(Bound.Token()));
    }

    [Fact]
    public async Task An_address_of_another_network_is_refused_and_one_of_this_leased()
    {
        using var server = await Dnsmasq.StartAsync("", Range, "--no-ping", "--dhcp-authoritative");
        using var client = server.StartClient("dhcp", "192.168.77.5");
        Assert.StartsWith("leased 10.0.0.10", await LineAsync(client, "leased"), StringComparison.Ordinal);
        Assert.Contains("192.168.77.5", await server.SaysAsync("DHCPNAK"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_somebody_uses_is_declined_and_another_leased()
    {
        // After declining, the client waits ten seconds (RFC 2131 §3.1).
        using var server = await Dnsmasq.StartAsync("", "--dhcp-range=10.0.0.100,10.0.0.101,255.255.255.0,2m", "--no-ping", "--dhcp-sequential-ip");
        _ = await server.Network.ShellAsync("ip addr add 10.0.0.100/32 dev lo");
        using var client = server.StartClient("dhcp");
        Assert.Contains("10.0.0.100", await server.SaysAsync("DHCPDECLINE"), StringComparison.Ordinal);
        Assert.StartsWith("leased 10.0.0.101/24 from 10.0.0.1 ", await LineAsync(client, "leased"), StringComparison.Ordinal);
    }

    private static Task<string> LineAsync(NamespaceProcess client, string start)
        => client.WaitForLineAsync(line => line.StartsWith(start, StringComparison.Ordinal), Bound.Token());
}
