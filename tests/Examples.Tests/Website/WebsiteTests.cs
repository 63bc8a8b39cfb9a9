using System.Text;
using Mirage.Examples.Tests.Fakes;
using Website;

namespace Mirage.Examples.Tests;

public sealed class WebsiteTests : IDisposable
{
    private const ushort Port = 8080;
    private const string Modified = "Sat, 14 Mar 2026 15:09:26 GMT";

    private readonly MemoryConsole _console = MemoryConsole.Create();
    private readonly MemoryStack _stack = new();
    private readonly MemoryFiles _files = new();
    private readonly ManualPlatform _platform = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Website<MemoryConsole, MemoryStack, MemoryFiles, ManualPlatform> _website;
    private readonly Task _running;

    public WebsiteTests()
    {
        _files["index.html"] = "<p>home"u8.ToArray();
        _files["a.txt"] = "0123456789"u8.ToArray();
        _files["sub/index.html"] = "<p>sub"u8.ToArray();
        _files["empty"] = [];
        _website = new(_console, _stack, _files, _platform, Port, Ipv4Address.Loopback);
        _running = _website.StartAsync(_stop.Token);
    }

    private CancellationToken Cancellation => _stop.Token;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task The_console_tells_where_the_site_is_and_the_program_ends_when_told_to()
    {
        Assert.Equal("website on http://127.0.0.1:8080/\n", _console.WrittenText);
        await _stop.CancelAsync();
        await _running;
    }

    [Fact]
    public async Task On_all_addresses_the_console_tells_each()
    {
        var console = MemoryConsole.Create();
        var running = new Website<MemoryConsole, MemoryStack, MemoryFiles, ManualPlatform>(console, new MemoryStack(), _files, _platform, Port).StartAsync(Cancellation);
        Assert.Equal("website on http://192.0.2.2:8080/\n", console.WrittenText);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_file_is_served_with_what_is_known_of_it()
        => Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 08:30:15 GMT\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n" +
            $"ETag: \"v10\"\r\nLast-Modified: {Modified}\r\nAccept-Ranges: bytes\r\n\r\n0123456789",
            await ExchangeAsync("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));

    [Fact]
    public async Task HEAD_has_the_same_head_and_no_content()
    {
        var whole = await ExchangeAsync("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(whole[..^"0123456789".Length], await ExchangeAsync("HEAD /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n\r\n"));
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        var responses = await ExchangeAsync(
            "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n" +
            "GET /sub/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(3, Count(responses, "HTTP/1.1 200 OK\r\n"));
        Assert.Equal(1, Count(responses, "Connection: close\r\n"));
        Assert.EndsWith("<p>sub", responses, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_answered()
    {
        var (flow, _) = _stack.Connect(Port);
        foreach (var character in "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        {
            await flow.WriteTextAsync($"{character}", Cancellation);
        }

        Assert.EndsWith("0123456789", Encoding.Latin1.GetString(await flow.ReadToEndAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_file_comes_whole()
    {
        var value = new byte[1_000_003];
        new Random(1).NextBytes(value);
        _files["large"] = value;
        var (flow, _) = _stack.Connect(Port);
        await flow.WriteTextAsync("GET /large HTTP/1.0\r\n\r\n", Cancellation);
        var response = await flow.ReadToEndAsync(Cancellation);
        Assert.True(response.AsSpan().EndsWith(value));
        Assert.Equal("\r\n\r\n"u8, response.AsSpan(response.Length - value.Length - 4, 4));
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_resets_the_connection()
    {
        _files["shrinks"] = new byte[1_000_000];
        var (flow, served) = _stack.Connect(Port);
        await flow.WriteTextAsync("GET /shrinks HTTP/1.1\r\nHost: a\r\n\r\n", Cancellation);
        _ = await flow.ReadExactlyAsync(1000, Cancellation);
        _files["shrinks"] = [];
        var failure = await Assert.ThrowsAsync<DeviceException>(() => flow.ReadToEndAsync(Cancellation));
        Assert.Equal(ErrorKind.Reset, failure.Error.Kind);
        await served;
    }

    [Theory]
    [InlineData("/", "200 OK")]
    [InlineData("/sub/", "200 OK")]
    [InlineData("/empty", "200 OK")]
    [InlineData("/none", "404 Not Found")]
    [InlineData("/a.txt/", "404 Not Found")]
    [InlineData("/../a.txt", "404 Not Found")]
    [InlineData("/%", "400 Bad Request")]
    public async Task The_status_depends_on_what_is_there(string target, string status)
        => Assert.StartsWith($"HTTP/1.1 {status}\r\n", await ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public async Task A_directory_without_its_slash_is_elsewhere()
    {
        var response = await ExchangeAsync("GET http://a/sub?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 301 Moved Permanently\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: /sub/?q=1\r\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sites_own_page_says_that_something_is_not_found()
    {
        _files["404.html"] = "<p>gone"u8.ToArray();
        var response = await ExchangeAsync("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 7\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n<p>gone", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "405 Method Not Allowed")]
    [InlineData("OPTIONS", "405 Method Not Allowed")]
    [InlineData("get", "501 Not Implemented")]
    [InlineData("BREW", "501 Not Implemented")]
    public async Task Other_methods_are_refused_and_the_connection_goes_on(string method, string status)
    {
        var responses = await ExchangeAsync(
            $"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\nGET /x HTTP/1.GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", responses, StringComparison.Ordinal);
        Assert.Equal(status.StartsWith("405", StringComparison.Ordinal) ? 1 : 0, Count(responses, "\r\nAllow: GET, HEAD\r\n"));
        Assert.EndsWith("0123456789", responses, StringComparison.Ordinal);
        Assert.Equal(2, Count(responses, "HTTP/1.1 "));
    }

    [Fact]
    public async Task Content_that_comes_late_is_skipped()
    {
        var (flow, _) = _stack.Connect(Port);
        await flow.WriteTextAsync("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n", Cancellation);
        Assert.StartsWith("HTTP/1.1 200", Encoding.Latin1.GetString(await flow.ReadExactlyAsync(16, Cancellation)), StringComparison.Ordinal);
        await flow.WriteTextAsync(new string('x', 20000), Cancellation);
        await flow.WriteTextAsync("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Cancellation);
        Assert.EndsWith("0123456789", Encoding.Latin1.GetString(await flow.ReadToEndAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", "413 Content Too Large")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", "405 Method Not Allowed")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "501 Not Implemented")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400 Bad Request")]
    [InlineData("GET / HTTP/1.1\n\n", "400 Bad Request")]
    [InlineData("GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported")]
    public async Task What_leaves_in_doubt_where_the_next_request_starts_closes_the_connection(string request, string status)
    {
        var responses = await ExchangeAsync($"{request}GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", responses, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", responses, StringComparison.Ordinal);
        Assert.Equal(1, Count(responses, "HTTP/1.1 "));
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_refused()
    {
        var line = await ExchangeAsync($"GET /{new string('a', 20000)} HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 414 URI Too Long\r\n", line, StringComparison.Ordinal);
        var fields = await ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('a', 20000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n", fields, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_1_0_closes_unless_asked_not_to()
    {
        var responses = await ExchangeAsync(
            "GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a.txt HTTP/1.0\r\n\r\nGET /a.txt HTTP/1.0\r\n\r\n");
        Assert.Equal(2, Count(responses, "HTTP/1.1 200 OK\r\n"));
        Assert.Equal(1, Count(responses, "Connection: keep-alive\r\n"));
        Assert.Equal(1, Count(responses, "Connection: close\r\n"));
    }

    [Theory]
    [InlineData("If-None-Match: \"v10\"", "304 Not Modified")]
    [InlineData("If-None-Match: W/\"v10\"", "304 Not Modified")]
    [InlineData("If-None-Match: \"x\", \"v10\"", "304 Not Modified")]
    [InlineData("If-None-Match: *", "304 Not Modified")]
    [InlineData("If-None-Match: \"v1\"", "200 OK")]
    [InlineData("If-None-Match: v10", "200 OK")]
    [InlineData("If-None-Match: \"v1\"\r\nIf-Modified-Since: " + Modified, "200 OK")]
    [InlineData("If-Modified-Since: " + Modified, "304 Not Modified")]
    [InlineData("If-Modified-Since: Sat, 14 Mar 2026 15:09:25 GMT", "200 OK")]
    [InlineData("If-Modified-Since: yesterday", "200 OK")]
    [InlineData("If-Match: \"v10\"", "200 OK")]
    [InlineData("If-Match: *", "200 OK")]
    [InlineData("If-Match: W/\"v10\"", "412 Precondition Failed")]
    [InlineData("If-Unmodified-Since: " + Modified, "200 OK")]
    [InlineData("If-Unmodified-Since: Sat, 14 Mar 2026 15:09:25 GMT", "412 Precondition Failed")]
    public async Task Conditions_are_checked(string field, string status)
    {
        var response = await ExchangeAsync($"GET /a.txt HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nETag: \"v10\"\r\n", response, StringComparison.Ordinal);
        Assert.Equal(status.StartsWith("304", StringComparison.Ordinal), response.EndsWith("GMT\r\n\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bytes=2-4", "", "2-4", "234")]
    [InlineData("bytes=-3", "", "7-9", "789")]
    [InlineData("bytes=8-", "If-Range: \"v10\"\r\n", "8-9", "89")]
    [InlineData("bytes=8-", "If-Range: " + Modified + "\r\n", "8-9", "89")]
    public async Task A_range_gives_a_part(string range, string field, string part, string content)
    {
        var response = await ExchangeAsync($"GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: {range}\r\n{field}\r\n");
        Assert.StartsWith("HTTP/1.1 206 Partial Content\r\n", response, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {content.Length}\r\nContent-Range: bytes {part}/10\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n{content}", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes=0-1,4-5", "")]
    [InlineData("bytes=0-1", "If-Range: \"v1\"\r\n")]
    [InlineData("bytes=0-1", "If-Range: W/\"v10\"\r\n")]
    public async Task Several_ranges_and_a_range_of_another_version_give_the_whole(string range, string field)
    {
        var response = await ExchangeAsync($"GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: {range}\r\n{field}\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith("0123456789", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_after_the_end_is_refused_with_the_size()
    {
        var response = await ExchangeAsync("GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=10-\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 416 Range Not Satisfiable\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Range: bytes */10\r\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_waits_too_long_is_closed()
    {
        var (idle, idleServed) = _stack.Connect(Port);
        var (slow, slowServed) = _stack.Connect(Port);
        Assert.Equal(2, _website.Connections.Count);
        _platform.Advance(TimeSpan.FromSeconds(40));
        await slow.WriteTextAsync("GET / HTTP/1.1\r\n", Cancellation);
        await AdvanceUntilAsync(Task.WhenAll(idleServed, slowServed));
        Assert.Empty(await idle.ReadToEndAsync(Cancellation));
        Assert.Empty(await slow.ReadToEndAsync(Cancellation));
        Assert.Equal(0, _website.Connections.Count);
        Assert.Equal(2, _website.Connections.TimedOut);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_closed()
    {
        _files["large"] = new byte[10_000_000];
        var (flow, served) = _stack.Connect(Port);
        await flow.WriteTextAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n", Cancellation);
        _ = await flow.ReadExactlyAsync(1, Cancellation);
        await AdvanceUntilAsync(served);
        Assert.Equal(0, _website.Connections.Count);
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_is_reset()
    {
        var connections = new Connections(_platform.TimeProvider, TimeSpan.FromSeconds(60), limit: 1);
        _ = _stack.ListenTcp(81, new HttpHandler<MemoryFiles, ManualPlatform>(_files, _platform, connections));
        var (first, firstServed) = _stack.Connect(81);
        var (second, secondServed) = _stack.Connect(81);
        await secondServed;
        var failure = await Assert.ThrowsAsync<DeviceException>(() => second.ReadToEndAsync(Cancellation));
        Assert.Equal(ErrorKind.Reset, failure.Error.Kind);
        Assert.Equal(1, connections.Refused);
        _ = await first.CloseAsync(Cancellation);
        await firstServed;
        var (third, _) = _stack.Connect(81);
        await third.WriteTextAsync("GET /a.txt HTTP/1.0\r\n\r\n", Cancellation);
        Assert.EndsWith("0123456789", Encoding.Latin1.GetString(await third.ReadToEndAsync(Cancellation)), StringComparison.Ordinal);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private async Task<string> ExchangeAsync(string requests)
    {
        var (flow, served) = _stack.Connect(Port);
        await flow.WriteTextAsync(requests, Cancellation);
        _ = await flow.ShutdownAsync(FlowDirection.Write, Cancellation);
        var responses = Encoding.Latin1.GetString(await flow.ReadToEndAsync(Cancellation));
        await served;
        return responses;
    }

    // What the server does between two steps of time is not seen from here, so time passes until it has ended.
    private async Task AdvanceUntilAsync(Task served)
    {
        while (!served.IsCompleted)
        {
            _platform.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
            Cancellation.ThrowIfCancellationRequested();
        }

        await served;
    }
}
