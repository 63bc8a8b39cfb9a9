using System.Globalization;

namespace Mirage.Interoperation.Tests;

public sealed class PingTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>
{
    [Fact]
    public async Task A_thousand_pings_have_a_thousand_answers()
    {
        var output = await PingAsync("-c", "1000", "-i", "0.002");
        Assert.Contains("1000 packets transmitted, 1000 received", output, StringComparison.Ordinal);
        Assert.DoesNotContain("DUP!", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_flood_of_pings_loses_none(string address)
    {
        // A number and not a time: at the end of a time some are on their way.
        var output = await services.Network.RunToolAsync("ping", "-f", "-q", "-c", "40000", "-W", "10", address);
        Assert.Contains("40000 packets transmitted, 40000 received", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)]
    [InlineData(1000)]
    [InlineData(1471)]
    [InlineData(1472)]
    public async Task A_ping_of_any_size_comes_back_as_it_was(int size)
    {
        // Once one answer is there, ping waits for the others for twice the longest time or one interval, whatever -W says; and pings of less than 16
        // bytes are not timed.
        var output = await PingAsync("-c", "3", "-i", "0.3", "-M", "do", "-s", size.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("3 packets transmitted, 3 received", output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1473)]
    [InlineData(4000)]
    [InlineData(65_507)]
    public async Task A_ping_that_is_larger_than_a_packet_comes_back_in_fragments(int size)
    {
        var output = await PingAsync("-c", "5", "-i", "0.3", "-M", "dont", "-s", size.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("5 packets transmitted, 5 received", output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
    }

    private async Task<string> PingAsync(params string[] arguments)
    {
        var output = await services.Network.RunToolAsync("ping", [.. arguments, "-W", "10", Network.Address]);
        await services.Network.CheckChecksumsAsync();
        return output;
    }
}
