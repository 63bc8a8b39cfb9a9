using BenchmarkDotNet.Attributes;
using Mirage.Net.TcpIp;
using Mirage.Net.Virtual;

namespace Mirage.Benchmarks;

/// <summary>
/// Two direct stacks on a switch in memory, both on one loop and one thread: what the stacks themselves cost, without any system call. The loop's
/// time is virtual, so that sleeping costs nothing; an acknowledgement that is delayed takes no real time.
/// </summary>
[MemoryDiagnoser]
public class DirectStackBenchmarks
{
    private const int Rounds = 100;
    private const int Bulk = 1 << 20;

    private readonly byte[] _sent = new byte[Bulk];
    private readonly byte[] _received = new byte[Bulk];
    private SimulatedLoop _loop = null!;
    private TcpFlow _flow;

    /// <summary>The largest payload of a frame.</summary>
    [Params(1500, 9000)]
    public int Mtu { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _loop = new SimulatedLoop(seed: 1);
        var network = new VirtualSwitch(_loop);
        _flow = EchoPair.Connect(_loop, network.Connect(Mtu), network.Connect(Mtu));
    }

    /// <summary>One byte there and back.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public void PingPong() => _loop.Run(() => EchoClient.PingPongAsync(_flow, _received, Rounds));

    /// <summary>One MiB there and back.</summary>
    [Benchmark]
    public void EchoOfOneMebibyte() => _loop.Run(() => EchoClient.BulkAsync(_flow, _sent, _received));
}
