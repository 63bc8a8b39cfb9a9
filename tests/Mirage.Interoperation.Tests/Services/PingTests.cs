using System.Globalization;

namespace Mirage.Interoperation.Tests;

public sealed class PingTests(ServicesOnTap services) : IClassFixture<ServicesOnTap>
{
    [Fact]
    public async Task A_thousand_pings_have_a_thousand_answers()
    {
        var output = await PingAsync(1000, "-i", "0.002");
        Assert.DoesNotContain("DUP!", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_flood_of_pings_loses_none(string address)
        => _ = await services.Network.PingAsync(address, 40_000, "-f", "-q");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)]
    [InlineData(1000)]
    [InlineData(1471)]
    [InlineData(1472)]
    public async Task A_ping_of_any_size_comes_back_as_it_was(int size)
    {
        var output = await PingAsync(3, "-i", "0.1", "-M", "do", "-s", size.ToString(CultureInfo.InvariantCulture));
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1473)]
    [InlineData(4000)]
    [InlineData(65_507)]
    public async Task A_ping_that_is_larger_than_a_packet_comes_back_in_fragments(int size)
    {
        var output = await PingAsync(5, "-i", "0.1", "-M", "dont", "-s", size.ToString(CultureInfo.InvariantCulture));
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
    }

    private async Task<string> PingAsync(int count, params string[] arguments)
    {
        var output = await services.Network.PingAsync(Network.Address, count, arguments);
        await services.Network.CheckChecksumsAsync();
        return output;
    }
}
