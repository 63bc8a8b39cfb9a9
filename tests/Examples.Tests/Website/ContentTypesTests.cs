using Website;

namespace Mirage.Examples.Tests;

public sealed class ContentTypesTests
{
    [Theory]
    [InlineData("index.html", "text/html; charset=utf-8")]
    [InlineData("INDEX.HTM", "text/html; charset=utf-8")]
    [InlineData("a.tar.gz", "application/gzip")]
    [InlineData("none", "application/octet-stream")]
    [InlineData("a.", "application/octet-stream")]
    [InlineData("a.html.averylongextensionindeed", "application/octet-stream")]
    public void The_extension_tells_the_type(string name, string type) => Assert.Equal(type, ContentTypes.Of(name));
}
