using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Random data that the kernel sends to a peer of ours, or takes from it, and what the peer says of it.</summary>
internal sealed class KernelData : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mirage-data-");

    /// <summary>Sends random bytes to the peer.</summary>
    /// <returns>Their SHA-256.</returns>
    public Task<string> SendAsync(Network network, string address, int bytes)
        => HashAsync(network, $"head -c {bytes} /dev/urandom > sent && nc -N {address} 5001 < sent && sha256sum < sent");

    /// <summary>Takes what the peer sends.</summary>
    /// <returns>Its SHA-256.</returns>
    public Task<string> ReceiveAsync(Network network, string address) => HashAsync(network, $"nc -d {address} 5002 > received && sha256sum < received");

    /// <summary>What the peer says when a transfer has ended.</summary>
    public static Task<string> OutcomeAsync(NamespaceProcess peer)
        => peer.WaitForLineAsync(
            line => line.StartsWith("received", StringComparison.Ordinal) || line.StartsWith("sent", StringComparison.Ordinal) || line.StartsWith("failed", StringComparison.Ordinal),
            Bound.Token(Bound.LongLimit));

    public static async Task<string> CountersAsync(NamespaceProcess peer)
    {
        peer.WriteLine("counters");
        var counters = await peer.WaitForLineAsync(line => line.StartsWith("counters", StringComparison.Ordinal), Bound.Token());
        TestContext.Current.TestOutputHelper?.WriteLine(counters);
        return counters;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    // The hash that the last command of a line of shell wrote.
    private async Task<string> HashAsync(Network network, string line)
        => (await network.ShellAsync($"cd '{_directory.FullName}' && {line}", Bound.LongLimit)).Split(' ')[0];
}
