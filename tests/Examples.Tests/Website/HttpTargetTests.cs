using System.Net;
using System.Text;
using Website;

namespace Mirage.Examples.Tests;

public sealed class HttpTargetTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/a/b.html", "/a/b.html", false)]
    [InlineData("/a/", "/a", true)]
    [InlineData("/a?x=/../y", "/a", false)]
    [InlineData("/a%20b%c3%a9", "/a b\u00e9", false)]
    [InlineData("/%61", "/a", false)]
    [InlineData("/a%2561", "/a%61", false)]
    [InlineData("http://example.org", "/", true)]
    [InlineData("http://example.org?x", "/", true)]
    [InlineData("HTTP://user@example.org:80/a/b?c", "/a/b", false)]
    [InlineData("/...", "/...", false)]
    public void A_target_names_a_key(string target, string key, bool hasSlash)
    {
        Assert.Equal(HttpStatusCode.OK, Read(target, out var result));
        Assert.Equal(StoreKey.Parse(key), result.Key);
        Assert.Equal(hasSlash, result.HasSlash);
    }

    [Theory]
    [InlineData("/..")]
    [InlineData("/../etc/passwd")]
    [InlineData("/a/../b")]
    [InlineData("/%2e%2e/etc/passwd")]
    [InlineData("/.%2E/etc/passwd")]
    [InlineData("/%2e")]
    [InlineData("/..%2fetc%2fpasswd")]
    [InlineData("/a%2fb")]
    [InlineData("/a%00")]
    [InlineData("//etc/passwd")]
    [InlineData("/a//b")]
    [InlineData("/%ff")]
    [InlineData("/%c0%ae%c0%ae/x")]
    public void What_no_key_can_be_called_is_not_found(string target) => Assert.Equal(HttpStatusCode.NotFound, Read(target, out _));

    [Theory]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("/a%")]
    [InlineData("/a%2")]
    [InlineData("/a%zz")]
    [InlineData("/a#b")]
    [InlineData("ftp://example.org/a")]
    [InlineData("example.org:80")]
    public void What_is_no_target_is_a_bad_request(string target) => Assert.Equal(HttpStatusCode.BadRequest, Read(target, out _));

    private static HttpStatusCode Read(string target, out HttpTarget result) => HttpTarget.Read(Encoding.UTF8.GetBytes(target), out result);
}
