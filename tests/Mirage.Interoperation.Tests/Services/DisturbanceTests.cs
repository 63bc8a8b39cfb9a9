using System.Globalization;
using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Clients that do not behave, and a link that goes away for a while. What counts is that the services go on.</summary>
public sealed class DisturbanceTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Connections_that_are_reset_disturb_no_other()
    {
        Assert.Equal("50 connections reset", await services.Network.ClientAsync("abort", Ports.Chargen, 50));
        await CheckServingAsync();
    }

    [Fact]
    public async Task A_client_that_reads_nothing_for_a_while_gets_everything_then()
        => Assert.StartsWith(
            "received 20000000 bytes",
            await services.Network.ClientAsync("chargen", Ports.Chargen, 20_000_000, "pause", 2000),
            StringComparison.Ordinal);

    [Fact]
    public async Task A_client_with_a_small_receive_buffer_gets_everything()
        => Assert.StartsWith(
            "received 2000000 bytes",
            await services.Network.ClientAsync("chargen", Ports.Chargen, 2_000_000, "buffer", 4096),
            StringComparison.Ordinal);

    [Fact]
    public async Task A_client_that_is_killed_disturbs_no_other()
    {
        using (var client = services.Network.StartClient("hold", Ports.Chargen))
        {
            _ = await client.WaitForLineAsync(line => line == "connected", Bound.Token());
        }

        await CheckServingAsync();
    }

    [Fact]
    public async Task A_transfer_goes_on_after_the_link_was_down()
    {
        const long Megabyte = 1_000_000;
        using var client = services.Network.StartClient("stream", Ports.Echo);
        var before = await CheckedBeyondAsync(client, Megabyte);
        _ = await services.Network.ShellAsync("ip link set tap0 down");
        await Task.Delay(Outage, TestContext.Current.CancellationToken);

        // Perhaps nothing more than before.
        var meanwhile = await CheckedBeyondAsync(client, before - 1);
        _ = await services.Network.ShellAsync("ip link set tap0 up");
        _ = await CheckedBeyondAsync(client, meanwhile + (10 * Megabyte));
        client.CloseInput();
        _ = await client.WaitForLineAsync(line => line.StartsWith("all ", StringComparison.Ordinal), Bound.Token());
        Assert.Equal(0, await client.WaitForExitAsync(Bound.Token()));
        await services.Network.CheckChecksumsAsync();
    }

    // Asks until more than so many bytes have come back and were right.
    private static async Task<long> CheckedBeyondAsync(NamespaceProcess client, long bytes)
    {
        var limit = Bound.Token();
        while (true)
        {
            client.WriteLine("count");
            var line = await client.WaitForLineAsync(_ => true, limit);
            Assert.StartsWith("checked ", line, StringComparison.Ordinal);
            var count = long.Parse(line["checked ".Length..], CultureInfo.InvariantCulture);
            if (count > bytes)
            {
                return count;
            }
        }
    }

    private async Task CheckServingAsync()
        => Assert.Equal("10 connections of 10000 bytes", await services.Network.ClientAsync("echo", Ports.Echo, 10, 10_000));
}
