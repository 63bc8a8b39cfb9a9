using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Mirage.Net.Virtual;

/// <summary>The Internet checksum (RFC 1071), as a plain sum of words in the machine's byte order until it is folded (§2 (B)).</summary>
internal static class InternetSum
{
    private const uint LowerHalf = uint.MaxValue;

    /// <summary>Adds bytes to a sum. Only the last part of what is summed may be odd.</summary>
    public static ulong Add(ReadOnlySpan<byte> bytes, ulong sum = 0)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
        var (lower, upper, mask) = (Vector<ulong>.Zero, Vector<ulong>.Zero, new Vector<ulong>(LowerHalf));
        foreach (var vector in vectors)
        {
            lower += vector & mask;
            upper += vector >>> 32;
        }

        sum += Vector.Sum(lower) + Vector.Sum(upper);
        bytes = bytes[(vectors.Length * Vector<byte>.Count)..];
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..])
        {
            sum += MemoryMarshal.Read<uint>(bytes);
        }

        if (bytes.Length >= sizeof(ushort))
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[sizeof(ushort)..];
        }

        return bytes.IsEmpty ? sum : sum + (BitConverter.IsLittleEndian ? bytes[0] : (ulong)bytes[0] << 8);
    }

    /// <summary>The sum of a number in network order.</summary>
    public static ulong Word(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>Folds a sum to 16 bits with end-around carry, to be written in network order.</summary>
    public static ushort Fold(ulong sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)sum) : (ushort)sum;
    }

    /// <summary>Whether what was summed, checksum field included, is intact.</summary>
    public static bool IsValid(ulong sum) => Fold(sum) == ushort.MaxValue;
}
