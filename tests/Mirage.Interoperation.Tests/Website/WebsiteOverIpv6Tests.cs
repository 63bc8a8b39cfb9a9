namespace Mirage.Interoperation.Tests;

/// <summary>The web site on a TAP interface, over IPv6.</summary>
public sealed class WebsiteOverIpv6Tests(WebsiteOverIpv6Tests.Fixture website)
    : WebsiteBehaviour(website), IClassFixture<WebsiteOverIpv6Tests.Fixture>
{
    public sealed class Fixture() : WebsiteFixture("Website tap", "--ipv4", $"{Network.Address}/24", "--ipv6", "fd00::2/64")
    {
        internal override string Url => "http://[fd00::2]/";

        private protected override async Task PrepareAsync(Network network)
        {
            await Ipv6Tests.Fixture.AddAddressesAsync(network);
        }

        private protected override async Task ReadyAsync(Network network)
        {
            _ = await network.RunToolAsync("ping", "-6", "-c", "1", "-W", "10", "-w", "20", "fd00::2");
        }
    }
}
