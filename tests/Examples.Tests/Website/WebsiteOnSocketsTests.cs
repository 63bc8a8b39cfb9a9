using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mirage.Examples.Tests;

public sealed class WebsiteOnSocketsTests(WebsiteOnSocketsTests.Fixture website)
    : WebsiteBehaviour(website), IClassFixture<WebsiteOnSocketsTests.Fixture>
{
    private const string Curl = "/usr/bin/curl";

    private readonly Fixture _website = website;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Curl_gets_the_same_bytes()
    {
        Assert.SkipUnless(File.Exists(Curl), $"there is no {Curl}");
        var start = new ProcessStartInfo(Curl) { RedirectStandardOutput = true };
        foreach (var arg in new[] { "--silent", "--fail", "--max-time", "60", $"http://127.0.0.1:{_website.Port}/large.bin" })
        {
            start.ArgumentList.Add(arg);
        }

        using var curl = Process.Start(start)!;
        var received = new MemoryStream();
        await curl.StandardOutput.BaseStream.CopyToAsync(received, Cancellation);
        await curl.WaitForExitAsync(Cancellation);
        Assert.Equal(0, curl.ExitCode);
        Assert.True(received.ToArray().AsSpan().SequenceEqual(_website.Served.Large));
    }

    [Fact]
    public async Task A_port_in_use_ends_the_program_with_one_line()
    {
        var (exitCode, output, error) = await ChildProcess.RunAsync("Website", "--port", _website.Port.ToString(CultureInfo.InvariantCulture));
        Assert.Equal((1, ""), (exitCode, output));
        var line = ErrorLines.Single(error);
        Assert.StartsWith("website: ", line, StringComparison.Ordinal);
        Assert.Contains(_website.Port.ToString(CultureInfo.InvariantCulture), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_ends_the_program_with_one_line()
    {
        var (exitCode, output, error) = await ChildProcess.RunAsync("Website", "--root", "/none/such");
        Assert.Equal((1, "", "website: there is no directory '/none/such'"), (exitCode, output, ErrorLines.Single(error)));
    }

    [Fact]
    public async Task A_wrong_port_ends_the_program_with_one_line()
        => Assert.Equal((64, "", "website: --port: '65536' is out of range for PORT\n"), await ChildProcess.RunAsync("Website", "--port", "65536"));

    [Fact]
    public async Task Without_a_directory_it_serves_its_own_page_and_ends_when_told_to()
    {
        using var process = ChildProcess.Start("Website", "--port", "0");
        var line = await process.LineAsync();
        using var client = new HttpClient { BaseAddress = Fixture.BaseOf(line) };
        Assert.Contains("Mirage for .NET", await client.GetStringAsync("", Cancellation), StringComparison.Ordinal);
        using var style = await client.GetAsync("style.css", Cancellation);
        Assert.Equal("text/css", style.Content.Headers.ContentType?.MediaType);
        using var none = await client.GetAsync("none", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("Not found.", await none.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        process.Signal(ChildProcess.Terminate);
        var (exitCode, output, _) = await process.EndAsync();
        Assert.Equal((0, ""), (exitCode, output));
    }

    public sealed class Fixture : IRunningWebsite, IAsyncLifetime
    {
        private ChildProcess? _process;

        public IPAddress Address => IPAddress.Loopback;

        public ushort Port { get; private set; }

        public ServedDirectory Served { get; } = new();

        public static Uri BaseOf(string? line)
        {
            const string Prefix = "website on ";
            Assert.StartsWith(Prefix, line, StringComparison.Ordinal);
            return new(line![Prefix.Length..]);
        }

        public Socket CreateSocket(SocketType type, ProtocolType protocol) => new(AddressFamily.InterNetwork, type, protocol);

        public async ValueTask InitializeAsync()
        {
            _process = ChildProcess.Start("Website", "--port", "0", "--root", Served.Root);
            Port = (ushort)BaseOf(await _process.LineAsync()).Port;
        }

        public ValueTask DisposeAsync()
        {
            _process?.Dispose();
            Served.Dispose();
            return default;
        }
    }
}
