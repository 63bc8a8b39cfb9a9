using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>Much data to and from the kernel while one frame in twenty is lost in each direction. Every byte counts, by its SHA-256.</summary>
public sealed class LossTests : IDisposable
{
    private const int Bytes = 100_000_000;
    private const int Seed = 7;
    private const double Loss = 0.05;

    private readonly KernelData _data = new();

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task A_hundred_megabytes_from_the_kernel_arrive_as_they_were(string address)
    {
        Tools.Require("nc");
        using var network = Network.Create();
        using var peer = await network.StartLossyPeerAsync(Loss, Seed, Bytes);
        var received = KernelData.OutcomeAsync(peer);
        var hash = await _data.SendAsync(network, address, Bytes);
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
        var sent = KernelData.OutcomeAsync(peer);
        var hash = await _data.ReceiveAsync(network, address);
        Assert.Equal($"sent {Bytes} {hash}", await sent);
        await CheckLossAsync(network, peer);
    }

    public void Dispose() => _data.Dispose();

    private static async Task CheckLossAsync(Network network, NamespaceProcess peer)
    {
        var counters = await KernelData.CountersAsync(peer);
        Assert.Matches(@"^counters out \d+ lost [1-9]\d{2,} in \d+ lost [1-9]\d{2,} .* malformed 0 checksums 0$", counters);
        TestContext.Current.TestOutputHelper?.WriteLine(await network.RunToolAsync("nstat", "-asz", "TcpRetransSegs", "TcpExtTCPTimeouts", "TcpExtTCPLossProbes", "TcpExtTCPSpuriousRTOs"));
        await network.CheckChecksumsAsync();
    }
}
