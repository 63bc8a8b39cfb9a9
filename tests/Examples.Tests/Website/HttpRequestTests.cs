using System.Net;
using System.Text;
using FsCheck.Fluent;
using FsCheck;
using Website;

namespace Mirage.Examples.Tests;

public sealed class HttpRequestTests
{
    private const string Typical =
        "GET /a%20b/c.html?q=1 HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: x\r\nConnection: keep-alive, close\r\n" +
        "If-None-Match: W/\"a\", \"b\"\r\nRange:bytes=1-2\t\r\nContent-Length: 12\r\n\r\n";

    [Fact]
    public void A_typical_head_is_read()
    {
        var request = new HttpRequest();
        Assert.Equal(HttpStatusCode.OK, Read(request, Typical));
        Assert.Equal(RequestMethod.Get, request.Method);
        Assert.Equal("/a%20b/c.html?q=1", Text(request.Target));
        Assert.False(request.KeepAlive);
        Assert.Equal("W/\"a\", \"b\"", Text(request.IfNoneMatch));
        Assert.Equal("bytes=1-2", Text(request.Range));
        Assert.Equal(12, request.ContentLength);
    }

    [Fact]
    public void Nothing_of_one_request_is_left_in_the_next()
    {
        var request = new HttpRequest();
        _ = Read(request, Typical);
        Assert.Equal(HttpStatusCode.OK, Read(request, "HEAD / HTTP/1.1\r\nHost:\r\n\r\n"));
        Assert.True(request.KeepAlive);
        Assert.Equal(0, request.ContentLength);
        Assert.True(request.IfNoneMatch.IsEmpty);
        Assert.True(request.Range.IsEmpty);
    }

    [Theory]
    [InlineData("1.1", "", true)]
    [InlineData("1.1", "Connection: close\r\n", false)]
    [InlineData("1.1", "Connection: x, CLOSE\r\n", false)]
    [InlineData("1.0", "", false)]
    [InlineData("1.0", "Connection: Keep-Alive\r\n", true)]
    [InlineData("1.0", "Connection: keep-alive\r\nConnection: close\r\n", false)]
    public void Whether_the_connection_goes_on_depends_on_the_version_and_the_field(string version, string field, bool keepAlive)
    {
        var request = new HttpRequest();
        Assert.Equal(HttpStatusCode.OK, Read(request, $"GET / HTTP/{version}\r\nHost: a\r\n{field}\r\n"));
        Assert.Equal(keepAlive, request.KeepAlive);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n Host: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("G(T / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public void A_malformed_head_is_a_bad_request(string head) => Assert.Equal(HttpStatusCode.BadRequest, Read(new(), head));

    [Theory]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", HttpStatusCode.HttpVersionNotSupported)]
    [InlineData("GET / HTTP/0.9\r\nHost: a\r\n\r\n", HttpStatusCode.HttpVersionNotSupported)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", HttpStatusCode.NotImplemented)]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n", HttpStatusCode.OK)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", HttpStatusCode.OK)]
    public void Versions_and_transfer_codings_are_told_apart(string head, HttpStatusCode status) => Assert.Equal(status, Read(new(), head));

    [Fact]
    public void A_length_beyond_every_number_is_the_largest()
    {
        var request = new HttpRequest();
        Assert.Equal(HttpStatusCode.OK, Read(request, $"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {new string('9', 40)}\r\n\r\n"));
        Assert.Equal(long.MaxValue, request.ContentLength);
    }

    [Fact]
    public void A_truncated_head_is_not_complete()
    {
        var head = Encoding.Latin1.GetBytes(Typical);
        for (var length = 0; length < head.Length; length++)
        {
            Assert.True(HttpHead.TryFind(head.AsSpan(0, length), out var found));
            Assert.Equal(0, found);
        }

        Assert.True(HttpHead.TryFind([.. head, .. "GET"u8], out var whole));
        Assert.Equal(head.Length, whole);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    public void Line_feeds_alone_end_no_line(string text) => Assert.False(HttpHead.TryFind(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Random_bytes_never_throw()
        => Prop.ForAll<byte[]>(static bytes =>
        {
            _ = HttpHead.TryFind(bytes, out _);
            _ = new HttpRequest().Read(bytes);
            _ = HttpTarget.Read(bytes, out _);
            _ = ByteRange.Read(bytes, 1000, out _);
            _ = HttpDate.TryParse(bytes, out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void A_typical_head_with_bytes_changed_never_throws()
        => Prop.ForAll<(ushort At, byte Value)[]>(static changes =>
        {
            var head = Encoding.Latin1.GetBytes(Typical);
            foreach (var (at, value) in changes)
            {
                head[at % head.Length] = value;
            }

            var request = new HttpRequest();
            if (request.Read(head) == HttpStatusCode.OK)
            {
                _ = HttpTarget.Read(request.Target.Span, out _);
                _ = Preconditions.Check(request, "b", DateTimeOffset.UnixEpoch);
                _ = ByteRange.Read(request.Range.Span, 1000, out _);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static HttpStatusCode Read(HttpRequest request, string head) => request.Read(Encoding.Latin1.GetBytes(head));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);
}
