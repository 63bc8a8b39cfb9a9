using System.Numerics;

namespace Mirage.Net.Virtual;

/// <summary>Frame buffers of any length: a pool for each power of two.</summary>
internal sealed class FramePools
{
    private const int SmallestLog2 = 8;

    private readonly FramePool?[] _pools = new FramePool?[32 - SmallestLog2];

    /// <summary>Lends a buffer of at least a length.</summary>
    public byte[] Rent(int length)
    {
        var log2 = Log2(length);
        return (_pools[log2 - SmallestLog2] ??= new FramePool(1 << log2)).Rent();
    }

    /// <summary>Takes back a buffer that was lent here.</summary>
    public void Return(byte[] buffer) => _pools[Log2(buffer.Length) - SmallestLog2]!.Return(buffer);

    private static int Log2(int length) => Math.Max(SmallestLog2, 32 - BitOperations.LeadingZeroCount((uint)length - 1));
}
