namespace Mirage.Interoperation.Tests;

public sealed class WebsiteOnTapTests(WebsiteOnTapTests.Fixture website) : WebsiteBehaviour(website), IClassFixture<WebsiteOnTapTests.Fixture>
{
    public sealed class Fixture() : WebsiteFixture("Website tap", "--ipv4", $"{Network.Address}/24")
    {
        internal override string Url => $"http://{Network.Address}/";
    }
}
