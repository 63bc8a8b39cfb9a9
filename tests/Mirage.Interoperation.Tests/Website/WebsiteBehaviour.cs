using System.Globalization;
using System.Text.RegularExpressions;

namespace Mirage.Interoperation.Tests;

/// <summary>What curl and wrk see of the web site, whichever stack it runs on.</summary>
public abstract partial class WebsiteBehaviour(WebsiteFixture website) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-curl-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Received => Path.Join(_directory.FullName, "received");

    [Theory]
    [InlineData("one")]
    [InlineData("large.bin")]
    public async Task A_file_comes_as_it_is(string file)
    {
        Assert.Equal("200", await CurlAsync(file, "%{http_code}"));
        Assert.True((await File.ReadAllBytesAsync(Received, Cancellation)).AsSpan().SequenceEqual(website.Files[file]));
    }

    [Theory]
    [InlineData("0-0", 0, 1)]
    [InlineData("5000000-5999999", 5_000_000, 6_000_000)]
    [InlineData("-7", 9_999_993, 10_000_000)]
    public async Task A_range_gives_a_part(string range, int from, int to)
    {
        Assert.Equal("206", await CurlAsync("large.bin", "%{http_code}", "--range", range));
        Assert.True((await File.ReadAllBytesAsync(Received, Cancellation)).AsSpan().SequenceEqual(website.Files["large.bin"].AsSpan(from..to)));
    }

    [Fact]
    public async Task HEAD_gives_the_size_and_no_content()
        => Assert.Equal("200 10000000 0", await CurlAsync("large.bin", "%{http_code} %header{content-length} %{size_download}", "--head"));

    [Fact]
    public async Task A_file_that_is_not_there_is_not_found() => Assert.Equal("404", await CurlAsync("none", "%{http_code}"));

    [Fact]
    public async Task A_file_that_has_not_changed_is_not_sent_again()
    {
        var tag = await CurlAsync("one", "%header{etag}");
        Assert.Matches("^\".+\"$", tag);
        Assert.Equal("304 0", await CurlAsync("one", "%{http_code} %{size_download}", "--header", $"If-None-Match: {tag}"));
    }

    [Fact]
    public async Task Two_files_come_over_one_connection()
        => Assert.Equal(
            "200 1\n200 0\n",
            await website.Network.RunToolAsync(
                "curl", "--silent", "--max-time", "50", "--write-out", "%{http_code} %{num_connects}\n", "-o", Received, $"{website.Url}one", "-o", Received, $"{website.Url}large.bin"));

    [Fact]
    public async Task Load_makes_no_errors()
    {
        var output = await website.Network.RunToolAsync("wrk", "-c", "64", "-d", "5", "-t", "2", "--timeout", "30", $"{website.Url}one");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.DoesNotContain("Socket errors", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        Assert.True(double.Parse(RequestRate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture) > 0, output);
        await website.Network.CheckChecksumsAsync();
    }

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private Task<string> CurlAsync(string file, string report, params string[] options)
        => website.Network.RunToolAsync(
            "curl", ["--silent", "--show-error", "--max-time", "50", "--output", Received, "--write-out", report, .. options, $"{website.Url}{file}"]);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex RequestRate();
}
