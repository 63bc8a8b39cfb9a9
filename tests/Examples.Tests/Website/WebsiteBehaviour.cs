using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Mirage.Examples.Tests;

/// <summary>What the web site does whichever stack it runs on.</summary>
public abstract class WebsiteBehaviour : IDisposable
{
    private readonly IRunningWebsite _website;
    private readonly HttpClient _client;
    private int _connections;

    protected WebsiteBehaviour(IRunningWebsite website)
    {
        _website = website;
        _client = new(new SocketsHttpHandler { ConnectCallback = ConnectAsync, AllowAutoRedirect = false })
        {
            BaseAddress = new($"http://{website.Address}:{website.Port}/"),
        };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Files_come_as_they_are_over_one_connection()
    {
        Assert.Equal("1"u8.ToArray(), await _client.GetByteArrayAsync("one", Cancellation));
        Assert.True((await _client.GetByteArrayAsync("large.bin", Cancellation)).AsSpan().SequenceEqual(_website.Served.Large));
        Assert.Equal("<p>home", await _client.GetStringAsync("", Cancellation));
        Assert.Equal("<p>sub", await _client.GetStringAsync("sub/", Cancellation));
        Assert.Equal(1, _connections);
    }

    [Fact]
    public async Task Many_clients_at_once_get_what_they_asked_for()
        => await Task.WhenAll(Enumerable.Range(0, 32).Select(async i =>
        {
            using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, "large.bin");
            request.Headers.Range = new(i * 1000, (i * 1000) + 99_999);
            using var response = await _client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
            var content = await response.Content.ReadAsByteArrayAsync(Cancellation);
            Assert.True(content.AsSpan().SequenceEqual(_website.Served.Large.AsSpan(i * 1000, 100_000)));
        }));

    [Theory]
    [InlineData(0L, 0L, "bytes 0-0/10000000")]
    [InlineData(9_999_990L, null, "bytes 9999990-9999999/10000000")]
    [InlineData(null, 5L, "bytes 9999995-9999999/10000000")]
    public async Task A_range_gives_a_part(long? from, long? to, string part)
    {
        using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, "large.bin");
        request.Headers.Range = new(from, to);
        using var response = await _client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        var range = response.Content.Headers.ContentRange!;
        Assert.Equal(part, range.ToString());
        var content = await response.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal(_website.Served.Large[(int)range.From!.Value..((int)range.To!.Value + 1)], content);
    }

    [Fact]
    public async Task A_range_after_the_end_is_refused()
    {
        using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, "one");
        request.Headers.Range = new(1, null);
        using var response = await _client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("bytes */1", response.Content.Headers.ContentRange?.ToString());
    }

    [Fact]
    public async Task HEAD_tells_the_length_without_the_content()
    {
        using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Head, "large.bin");
        using var response = await _client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(_website.Served.Large.Length, response.Content.Headers.ContentLength);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task What_the_client_has_already_is_not_sent_again()
    {
        using var first = await _client.GetAsync("one", Cancellation);
        using var byTag = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, "one");
        byTag.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var byDate = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, "one");
        byDate.Headers.IfModifiedSince = first.Content.Headers.LastModified;
        foreach (var request in new[] { byTag, byDate })
        {
            using var response = await _client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        }
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_a_directory_has_a_slash()
    {
        using var none = await _client.GetAsync("none", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var directory = await _client.GetAsync("sub", Cancellation);
        Assert.Equal(HttpStatusCode.MovedPermanently, directory.StatusCode);
        Assert.Equal("/sub/", directory.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_path_that_climbs_out_of_the_root_is_not_found()
    {
        await using var stream = await ConnectAsync();
        await stream.WriteAsync("GET /../../../../../../etc/passwd HTTP/1.0\r\n\r\n"u8.ToArray(), Cancellation);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        Assert.Equal("HTTP/1.1 404 Not Found", await reader.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task A_method_that_is_not_allowed_says_which_are()
    {
        using var response = await _client.PostAsync("one", new ByteArrayContent(new byte[1000]), Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow);
        Assert.Equal("1", await _client.GetStringAsync("one", Cancellation));
        Assert.Equal(1, _connections);
    }

    [Fact]
    public async Task A_refusal_reaches_a_client_that_is_still_sending()
    {
        await using var stream = await ConnectAsync();
        await stream.WriteAsync("POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"u8.ToArray(), Cancellation);
        await stream.WriteAsync(new byte[500_000], Cancellation);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var response = await reader.ReadToEndAsync(Cancellation);
        Assert.StartsWith("HTTP/1.1 405 Method Not Allowed\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", response, StringComparison.Ordinal);
    }

    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        _ = Interlocked.Increment(ref _connections);
        return new(ConnectAsync());
    }

    private async Task<Stream> ConnectAsync()
    {
        var socket = _website.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_website.Address, _website.Port, Cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
