using System.Numerics;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Byte arrays whose lengths are powers of two, for one loop. What is given back is kept for the next, up to a bound; beyond it the garbage
/// collector has it. Arrays are lent with the content that they last had.
/// </summary>
/// <param name="maxRetained">How many bytes to keep at the most.</param>
public sealed class BufferPool(long maxRetained = 64 << 20)
{
    private const int SmallestShift = 9;
    private const int LargestShift = 30;

    private readonly Stack<byte[]>[] _free = Enumerable.Range(SmallestShift, LargestShift - SmallestShift + 1).Select(_ => new Stack<byte[]>()).ToArray();

    /// <summary>Bytes lent and not given back.</summary>
    public long Lent { get; private set; }

    /// <summary>Bytes kept for the next.</summary>
    public long Retained { get; private set; }

    /// <summary>Lends an array.</summary>
    /// <param name="minimumLength">The least length, at most 1 GiB.</param>
    /// <returns>An array of that length or more.</returns>
    public byte[] Rent(int minimumLength)
    {
        var shift = Shift(minimumLength);
        var length = 1 << shift;
        Lent += length;
        if (_free[shift - SmallestShift].TryPop(out var buffer))
        {
            Retained -= length;
            return buffer;
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>The length of the array that <see cref="Rent"/> lends.</summary>
    /// <param name="minimumLength">The least length, at most 1 GiB.</param>
    /// <returns>A power of two.</returns>
    public static int LengthFor(int minimumLength) => 1 << Shift(minimumLength);

    /// <summary>Takes an array back.</summary>
    /// <param name="buffer">An array from <see cref="Rent"/>, which the caller does not use any more.</param>
    public void Return(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Lent -= buffer.Length;
        if (Retained + buffer.Length <= maxRetained)
        {
            Retained += buffer.Length;
            _free[Shift(buffer.Length) - SmallestShift].Push(buffer);
        }
    }

    private static int Shift(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 1 << LargestShift);
        return Math.Max(SmallestShift, BitOperations.Log2((uint)Math.Max(length, 1) - 1) + 1);
    }
}
