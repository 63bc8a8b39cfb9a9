using Website;

namespace Mirage.Examples.Tests;

public sealed class DirectoryFilesTests : IDisposable
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("mirage-files-");
    private readonly DirectoryFiles _files;

    public DirectoryFilesTests()
    {
        var root = _outside.CreateSubdirectory("root");
        File.WriteAllText(Path.Join(_outside.FullName, "secret"), "secret");
        File.WriteAllText(Path.Join(root.FullName, "b.txt"), "0123456789");
        File.WriteAllText(Path.Join(root.CreateSubdirectory("a").FullName, "c.txt"), "c");
        _ = File.CreateSymbolicLink(Path.Join(root.FullName, "file-link"), Path.Join(_outside.FullName, "secret"));
        _ = Directory.CreateSymbolicLink(Path.Join(root.FullName, "directory-link"), _outside.FullName);
        _files = DirectoryFiles.Open(root.FullName).Value;
    }

    public void Dispose() => _outside.Delete(recursive: true);

    [Fact]
    public void A_directory_that_is_not_there_is_an_error_that_names_it()
        => Assert.Equal("there is no directory '/none/such'", DirectoryFiles.Open("/none/such").Error.ToString());

    [Fact]
    public async Task A_value_is_read_whole_and_in_parts()
    {
        var key = StoreKey.Parse("b.txt");
        Assert.Equal(10, (await _files.GetSizeAsync(key)).Value);
        Assert.Equal("0123456789"u8.ToArray(), (await _files.GetAsync(key)).Value.ToArray());
        var buffer = new byte[4];
        Assert.Equal(4, (await _files.ReadAsync(key, 2, buffer)).Value);
        Assert.Equal("2345"u8.ToArray(), buffer);
        Assert.Equal(1, (await _files.ReadAsync(key, 9, buffer)).Value);
        Assert.Equal(0, (await _files.ReadAsync(key, 10, buffer)).Value);
        Assert.Equal(0, (await _files.ReadAsync(key, long.MaxValue, buffer)).Value);
    }

    [Theory]
    [InlineData("file-link")]
    [InlineData("directory-link")]
    [InlineData("directory-link/secret")]
    [InlineData("none")]
    [InlineData("none/x")]
    [InlineData("b.txt/x")]
    public async Task What_a_link_leads_to_is_not_found(string name)
    {
        var key = StoreKey.Parse(name);
        Assert.Equal(ErrorKind.NotFound, (await _files.FindAsync(key)).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, (await _files.GetAsync(key)).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, (await _files.GetSizeAsync(key)).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, (await _files.ReadAsync(key, 0, new byte[1])).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, (await _files.ListAsync(key)).Error.Kind);
    }

    [Fact]
    public async Task A_directory_is_no_value_and_a_value_no_directory()
    {
        Assert.Equal(StoreEntryKind.Directory, (await _files.FindAsync(StoreKey.Parse("a"))).Value);
        Assert.Equal(StoreEntryKind.Value, (await _files.FindAsync(StoreKey.Parse("a/c.txt"))).Value);
        Assert.Equal(ErrorKind.Invalid, (await _files.GetSizeAsync(StoreKey.Parse("a"))).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, (await _files.GetSizeAsync(StoreKey.Root)).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, (await _files.ListAsync(StoreKey.Parse("b.txt"))).Error.Kind);
    }

    [Fact]
    public async Task A_listing_has_whole_keys_in_order_and_no_links()
        => Assert.Equal(
            [new StoreEntry(StoreKey.Parse("a"), StoreEntryKind.Directory), new StoreEntry(StoreKey.Parse("b.txt"), StoreEntryKind.Value)],
            (await _files.ListAsync(StoreKey.Root)).Value);

    [Fact]
    public async Task The_digest_changes_with_the_value()
    {
        var key = StoreKey.Parse("a/c.txt");
        var path = Path.Join(_outside.FullName, "root", "a", "c.txt");
        var before = (await _files.GetDigestAsync(key)).Value;
        Assert.Equal(before, (await _files.GetDigestAsync(key)).Value);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddTicks(10));
        Assert.NotEqual(before, (await _files.GetDigestAsync(key)).Value);
    }

    [Fact]
    public async Task Nothing_is_read_after_it_is_closed()
    {
        await _files.DisconnectAsync();
        await _files.DisconnectAsync();
        Assert.Equal(ErrorKind.Disconnected, (await _files.GetSizeAsync(StoreKey.Parse("b.txt"))).Error.Kind);
    }

    [Fact]
    public async Task The_default_value_names_nothing()
    {
        Assert.True(default(DirectoryFiles).IsDefault);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await default(DirectoryFiles).DisconnectAsync());
        Assert.Contains(nameof(DirectoryFiles), failure.Message, StringComparison.Ordinal);
    }
}
