namespace Mirage.Interoperation.Tests;

/// <summary>The web site, with files to serve.</summary>
/// <param name="program">For which target.</param>
/// <param name="arguments">Its arguments besides the directory.</param>
public abstract class WebsiteFixture(string program, params string[] arguments) : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-website-");
    private Network? _network;
    private Example? _example;
    private string _reason = "";

    /// <summary>What it serves.</summary>
    internal Dictionary<string, byte[]> Files { get; } = new() { ["one"] = [49], ["large.bin"] = new byte[10_000_000] };

    /// <summary>The network, where the site is running; or the test is skipped.</summary>
    internal Network Network
    {
        get
        {
            Assert.SkipWhen(_network is null, _reason);
            Assert.False(_example!.HasExited);
            return _network;
        }
    }

    internal abstract string Url { get; }

    /// <summary>Waits until the started site can be reached.</summary>
    private protected virtual Task ReadyAsync(Network network) => Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        new Random(5).NextBytes(Files["large.bin"]);
        foreach (var (name, content) in Files)
        {
            await File.WriteAllBytesAsync(Path.Join(_directory.FullName, name), content);
        }

        _network = Network.TryCreate(1500, out _reason);
        if (_network is not null)
        {
            _example = await _network.StartAsync(program, ["--root", _directory.FullName, .. arguments]);
            await ReadyAsync(_network);
        }
    }

    public ValueTask DisposeAsync()
    {
        _example?.Dispose();
        _network?.Dispose();
        _directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return default;
    }
}
