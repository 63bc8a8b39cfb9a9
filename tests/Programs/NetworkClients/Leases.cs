using System.Globalization;
using Mirage;
using Mirage.Net.Dhcp;

namespace NetworkClients;

internal static class Leases
{
    public static async Task RunAsync<TStack>(TStack stack, HostPlatform platform, InputLines lines, IpAddress previous)
        where TStack : struct, IUdp, IIpConfiguration
    {
        var client = DhcpClient<TStack, HostPlatform>.Start(stack, platform, new() { PreviousAddress = previous, HostName = "guest", LeaseChanged = Tell }).ThrowIfFailed();
        while (await lines.NextAsync() is not null)
        {
        }

        var counters = client.Counters;
        Console.WriteLine($"refused {counters.Refused} renewed {counters.Renewed} declined {counters.Declined} malformed {counters.Malformed} unexpected {counters.Unexpected}");
        await client.StopAsync();
    }

    private static void Tell(DhcpLease? lease)
    {
        var text = lease is null
            ? "lost"
            : $"leased {lease.Address} from {lease.Server} routes {string.Join(',', lease.Routes.Select(route => $"{route.Destination}>{route.Gateway}"))}"
                + $" dns {string.Join(',', lease.DnsServers)} domain {lease.DomainName} mtu {lease.Mtu}"
                + $" renew {Seconds(lease.RenewAt - lease.Obtained)} rebind {Seconds(lease.RebindAt - lease.Obtained)} end {Seconds(lease.ExpiresAt - lease.Obtained)}";
        Console.WriteLine(text);
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
