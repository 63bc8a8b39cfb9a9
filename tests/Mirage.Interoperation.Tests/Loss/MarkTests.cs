using System.Globalization;

namespace Mirage.Interoperation.Tests;

/// <summary>The kernel sends through a link that marks packets (RFC 3168): our stack echoes the marks, and the kernel slows down before anything is lost.</summary>
public sealed class MarkTests : IDisposable
{
    private const int Bytes = 20_000_000;
    private const long Rate = 100_000_000;
    private const int MarkAt = 50_000;

    private readonly KernelData _data = new();

    [Theory]
    [InlineData(Network.Address)]
    [InlineData(Network.Ipv6Address)]
    public async Task The_kernel_reduces_its_window_for_marks_that_are_echoed(string address)
    {
        Tools.Require("nc");
        using var network = Network.Create();
        _ = await network.ShellAsync("sysctl -w net.ipv4.tcp_ecn=1");
        using var peer = await network.StartMarkingPeerAsync(Rate, MarkAt);
        var received = KernelData.OutcomeAsync(peer);
        var hash = await _data.SendAsync(network, address, Bytes);
        Assert.Equal($"received {Bytes} {hash}", await received);

        var counters = await KernelData.CountersAsync(peer);
        Assert.Matches(@"^counters out \d+ lost 0 in \d+ lost 0 marked [1-9]\d* .* malformed 0 checksums 0$", counters);

        // The kernel heard of segments that were delivered with a mark, and took none for lost. On a busy machine an answer may come after its time-out, and so something is sent again.
        var delivered = await network.RunToolAsync("nstat", "-asz", "TcpExtTCPDeliveredCE", "TcpExtTCPSackRecovery", "TcpExtTCPFastRetrans", "TcpRetransSegs");
        TestContext.Current.TestOutputHelper?.WriteLine(delivered);
        Assert.True(Value(delivered, "TcpExtTCPDeliveredCE") > 0, delivered);
        Assert.Equal(0, Value(delivered, "TcpExtTCPSackRecovery"));
        Assert.Equal(0, Value(delivered, "TcpExtTCPFastRetrans"));
        await network.CheckChecksumsAsync();
    }

    public void Dispose() => _data.Dispose();

    private static long Value(string counters, string name)
        => long.Parse(counters.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
