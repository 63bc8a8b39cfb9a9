using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mirage;

public static partial class InternetChecksum
{
    // Below this the set-up of a vector loop costs more than it saves.
    private const int VectorThreshold = 64;

    private interface IMode
    {
        static abstract bool Copies { get; }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Accumulate<TMode>(ReadOnlySpan<byte> source, Span<byte> destination, ulong sum)
        where TMode : struct, IMode
        => Accumulate<TMode>(ref MemoryMarshal.GetReference(source), ref MemoryMarshal.GetReference(destination), (nuint)source.Length, sum);

    private static ulong Accumulate<TMode>(ref byte source, ref byte destination, nuint length, ulong sum)
        where TMode : struct, IMode
    {
        nuint offset = 0;
        if (length >= VectorThreshold && Vector128.IsHardwareAccelerated)
        {
            sum += Vector512.IsHardwareAccelerated && length >= 2 * VectorThreshold
                ? Vectors512<TMode>(ref source, ref destination, length, ref offset)
                : Vector256.IsHardwareAccelerated
                    ? Vectors256<TMode>(ref source, ref destination, length, ref offset)
                    : Vectors128<TMode>(ref source, ref destination, length, ref offset);
        }

        for (; length - offset >= sizeof(ulong); offset += sizeof(ulong))
        {
            var word = Move<TMode, ulong>(ref source, ref destination, offset);
            sum += (word >> 32) + (uint)word;
        }

        if ((length & 4) != 0)
        {
            sum += Move<TMode, uint>(ref source, ref destination, offset);
            offset += 4;
        }

        if ((length & 2) != 0)
        {
            sum += Move<TMode, ushort>(ref source, ref destination, offset);
            offset += 2;
        }

        if ((length & 1) != 0)
        {
            var last = Move<TMode, byte>(ref source, ref destination, offset);
            sum += BitConverter.IsLittleEndian ? last : (ulong)last << 8;
        }

        return sum;
    }

    // In each vector loop `all` is the sum of the 64-bit lanes modulo 2^64 and `upper` that of their upper halves, from which the sum of the lower
    // halves follows: three operations for a vector instead of four.
    private static ulong Vectors512<TMode>(ref byte source, ref byte destination, nuint length, ref nuint position)
        where TMode : struct, IMode
    {
        var (all0, all1, upper0, upper1) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero, Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        nuint offset = 0;
        for (; length - offset >= 2 * 64; offset += 2 * 64)
        {
            var v0 = Move<TMode, Vector512<ulong>>(ref source, ref destination, offset);
            var v1 = Move<TMode, Vector512<ulong>>(ref source, ref destination, offset + 64);
            all0 += v0;
            all1 += v1;
            upper0 += v0 >>> 32;
            upper1 += v1 >>> 32;
        }

        if (length - offset >= 64)
        {
            var v = Move<TMode, Vector512<ulong>>(ref source, ref destination, offset);
            all0 += v;
            upper0 += v >>> 32;
            offset += 64;
        }

        position = offset;
        var upper = upper0 + upper1;
        return Vector512.Sum(all0 + all1 - (upper << 32) + upper);
    }

    private static ulong Vectors256<TMode>(ref byte source, ref byte destination, nuint length, ref nuint position)
        where TMode : struct, IMode
    {
        var (all0, all1, upper0, upper1) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        nuint offset = 0;
        for (; length - offset >= 2 * 32; offset += 2 * 32)
        {
            var v0 = Move<TMode, Vector256<ulong>>(ref source, ref destination, offset);
            var v1 = Move<TMode, Vector256<ulong>>(ref source, ref destination, offset + 32);
            all0 += v0;
            all1 += v1;
            upper0 += v0 >>> 32;
            upper1 += v1 >>> 32;
        }

        position = offset;
        var upper = upper0 + upper1;
        return Vector256.Sum(all0 + all1 - (upper << 32) + upper);
    }

    private static ulong Vectors128<TMode>(ref byte source, ref byte destination, nuint length, ref nuint position)
        where TMode : struct, IMode
    {
        var (all0, all1, upper0, upper1) = (Vector128<ulong>.Zero, Vector128<ulong>.Zero, Vector128<ulong>.Zero, Vector128<ulong>.Zero);
        nuint offset = 0;
        for (; length - offset >= 2 * 16; offset += 2 * 16)
        {
            var v0 = Move<TMode, Vector128<ulong>>(ref source, ref destination, offset);
            var v1 = Move<TMode, Vector128<ulong>>(ref source, ref destination, offset + 16);
            all0 += v0;
            all1 += v1;
            upper0 += v0 >>> 32;
            upper1 += v1 >>> 32;
        }

        position = offset;
        var upper = upper0 + upper1;
        return Vector128.Sum(all0 + all1 - (upper << 32) + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Move<TMode, T>(ref byte source, ref byte destination, nuint offset)
        where TMode : struct, IMode
        where T : unmanaged
    {
        var value = Unsafe.ReadUnaligned<T>(ref Unsafe.AddByteOffset(ref source, offset));
        if (TMode.Copies)
        {
            Unsafe.WriteUnaligned(ref Unsafe.AddByteOffset(ref destination, offset), value);
        }

        return value;
    }

    private readonly struct SumOnly : IMode
    {
        public static bool Copies => false;
    }

    private readonly struct SumAndCopy : IMode
    {
        public static bool Copies => true;
    }
}
