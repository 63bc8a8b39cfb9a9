using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Much data to and from the kernel while one frame in twenty is lost in each direction. Every byte counts, by its SHA-256.</summary>
public sealed class LossTests : IDisposable
{
    private const int Bytes = 100_000_000;
    private const int Seed = 7;
    private const double Loss = 0.05;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-loss-");

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_hundred_megabytes_from_the_kernel_arrive_as_they_were(string address)
    {
        Tools.Require("nc");
        using var network = Network.Create();
        using var peer = await network.StartLossyPeerAsync(Loss, Seed, Bytes);
        var received = peer.WaitForLineAsync(IsOutcome, Bound.Token(Bound.LongLimit));
        var hash = await ShellAsync(network, $"head -c {Bytes} /dev/urandom > sent && nc -N {address} 5001 < sent && sha256sum < sent");
        Assert.Equal($"received {Bytes} {hash}", await received);
        await CheckLossAsync(network, peer);
    }

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_hundred_megabytes_to_the_kernel_arrive_as_they_were(string address)
    {
        Tools.Require("nc");
        using var network = Network.Create();
        using var peer = await network.StartLossyPeerAsync(Loss, Seed, Bytes);
        var sent = peer.WaitForLineAsync(IsOutcome, Bound.Token(Bound.LongLimit));
        var hash = await ShellAsync(network, $"nc -d {address} 5002 > received && sha256sum < received");
        Assert.Equal($"sent {Bytes} {hash}", await sent);
        await CheckLossAsync(network, peer);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static bool IsOutcome(string line) => line.StartsWith("received", StringComparison.Ordinal) || line.StartsWith("sent", StringComparison.Ordinal)
        || line.StartsWith("failed", StringComparison.Ordinal);

    // The hash that the last command of a line of shell wrote.
    private async Task<string> ShellAsync(Network network, string line)
        => (await network.ShellAsync($"cd '{_directory.FullName}' && {line}", Bound.LongLimit)).Split(' ')[0];

    private static async Task CheckLossAsync(Network network, NamespaceProcess peer)
    {
        peer.WriteLine("counters");
        var counters = await peer.WaitForLineAsync(line => line.StartsWith("counters", StringComparison.Ordinal), Bound.Token());
        TestContext.Current.TestOutputHelper?.WriteLine(counters);
        Assert.Matches(@"^counters out \d+ lost [1-9]\d{2,} in \d+ lost [1-9]\d{2,} .* malformed 0 checksums 0$", counters);
        TestContext.Current.TestOutputHelper?.WriteLine(await network.RunToolAsync("nstat", "-asz", "TcpRetransSegs", "TcpExtTCPTimeouts", "TcpExtTCPLossProbes", "TcpExtTCPSpuriousRTOs"));
        await network.CheckChecksumsAsync();
    }
}
