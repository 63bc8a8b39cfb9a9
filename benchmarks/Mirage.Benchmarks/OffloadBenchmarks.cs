using BenchmarkDotNet.Attributes;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Benchmarks;

/// <summary>
/// What super-segments save (<see cref="NetworkOffload.SendSegmentation"/>), and what a card in software costs (<see cref="Offloading{TNetwork}"/>): one MiB there and back, in memory, on one
/// thread. Over a switch the card cuts, sums and joins in the same thread; to the host itself nothing is cut, and only the stack works.
/// </summary>
[MemoryDiagnoser]
public class OffloadBenchmarks
{
    private const int Bulk = 1 << 20;

    private readonly byte[] _sent = new byte[Bulk];
    private readonly byte[] _received = new byte[Bulk];
    private SimulatedLoop _loop = null!;
    private TcpFlow _plain;
    private TcpFlow _offloading;

    /// <summary>Whether the connection is with the host itself.</summary>
    [Params(false, true)]
    public bool ToItself { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _loop = new SimulatedLoop(seed: 1);
        var network = new VirtualSwitch(_loop);
        var other = new VirtualSwitch(_loop);
        _plain = Connect(network.Connect(), network.Connect());
        _offloading = Connect(new Offloading<VirtualNetwork>(other.Connect()), new Offloading<VirtualNetwork>(other.Connect()));
    }

    /// <summary>Segments of an MTU of 1500, summed by the stack.</summary>
    [Benchmark(Baseline = true)]
    public void WithoutOffload() => _loop.Run(() => EchoClient.BulkAsync(_plain, _sent, _received));

    /// <summary>Super-segments.</summary>
    [Benchmark]
    public void WithOffload() => _loop.Run(() => EchoClient.BulkAsync(_offloading, _sent, _received));

    private TcpFlow Connect<TNetwork>(TNetwork clientNetwork, TNetwork serverNetwork)
        where TNetwork : struct, INetwork
        => ToItself ? EchoPair.ConnectToItself(_loop, clientNetwork) : EchoPair.Connect(_loop, clientNetwork, serverNetwork);
}
