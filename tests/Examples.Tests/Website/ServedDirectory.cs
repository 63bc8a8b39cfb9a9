namespace Mirage.Examples.Tests;

/// <summary>A directory with something to serve, gone with the test.</summary>
public sealed class ServedDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-website-");

    public ServedDirectory()
    {
        new Random(42).NextBytes(Large);
        File.WriteAllBytes(Path.Join(Root, "one"), "1"u8);
        File.WriteAllBytes(Path.Join(Root, "large.bin"), Large);
        File.WriteAllBytes(Path.Join(Root, "index.html"), "<p>home"u8);
        File.WriteAllBytes(Path.Join(_directory.CreateSubdirectory("sub").FullName, "index.html"), "<p>sub"u8);
    }

    public string Root => _directory.FullName;

    /// <summary>What is in <c>large.bin</c>.</summary>
    public byte[] Large { get; } = new byte[10_000_000];

    public void Dispose() => _directory.Delete(recursive: true);
}
