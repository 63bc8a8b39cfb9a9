namespace Mirage.Interoperation.Tests;

/// <summary>The same checks of the same program over the kernel's own stack, on the loopback interface of a namespace.</summary>
public sealed class WebsiteOnSocketsTests(WebsiteOnSocketsTests.Fixture website)
    : WebsiteBehaviour(website), IClassFixture<WebsiteOnSocketsTests.Fixture>
{
    public sealed class Fixture() : WebsiteFixture("Website unix", "--port", "8080")
    {
        internal override string Url => "http://127.0.0.1:8080/";
    }
}
