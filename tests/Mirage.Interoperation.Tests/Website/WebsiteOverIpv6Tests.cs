namespace Mirage.Interoperation.Tests;

/// <summary>The web site on a TAP interface, over IPv6.</summary>
public sealed class WebsiteOverIpv6Tests(WebsiteOverIpv6Tests.Fixture website)
    : WebsiteBehaviour(website), IClassFixture<WebsiteOverIpv6Tests.Fixture>
{
    public sealed class Fixture() : WebsiteFixture("Website tap", "--ipv4", $"{Network.Address}/24", "--ipv6", $"{Network.Ipv6Address}/64")
    {
        internal override string Url => $"http://[{Network.Ipv6Address}]/";

        private protected override Task ReadyAsync(Network network) => network.WaitForIpv6Async();
    }
}
