using BenchmarkDotNet.Attributes;

namespace Mirage.Benchmarks;

/// <summary>The Internet checksum (RFC 1071) by size: 64 bytes is an acknowledgement, 1460 a full segment.</summary>
[MemoryDiagnoser]
public class ChecksumBenchmarks
{
    private byte[] _data = [];
    private byte[] _copy = [];

    /// <summary>Bytes that are summed.</summary>
    [Params(20, 64, 576, 1460, 9000, 65_536)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _data = new byte[Size];
        _copy = new byte[Size];
        new Random(1).NextBytes(_data);
    }

    /// <summary>Two bytes at a time, as RFC 1071 §4.1 has it.</summary>
    [Benchmark(Baseline = true)]
    public ushort Scalar()
    {
        var sum = 0u;
        var data = _data.AsSpan();
        for (var i = 0; i + 1 < data.Length; i += 2)
        {
            sum += (uint)((data[i] << 8) | data[i + 1]);
        }

        if ((data.Length & 1) != 0)
        {
            sum += (uint)data[^1] << 8;
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    [Benchmark]
    public ushort Sum() => InternetChecksum.Finish(InternetChecksum.Sum(_data));

    /// <summary>What a segment's data goes through on its way into a frame.</summary>
    [Benchmark]
    public ushort CopyAndSum() => InternetChecksum.Finish(InternetChecksum.CopyAndSum(_data, _copy));

    /// <summary>The same in two passes.</summary>
    [Benchmark]
    public ushort CopyThenSum()
    {
        _data.AsSpan().CopyTo(_copy);
        return InternetChecksum.Finish(InternetChecksum.Sum(_copy));
    }
}
