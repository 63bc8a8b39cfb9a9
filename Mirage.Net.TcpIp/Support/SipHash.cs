using System.Buffers.Binary;
using System.Numerics;

namespace Mirage.Net.TcpIp;

/// <summary>SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short inputs, for numbers that strangers must not guess (RFC 6528, RFC 7739).</summary>
internal static class SipHash
{
    /// <summary>The hash of some bytes under a key of 128 bits.</summary>
    public static ulong Compute(ulong key0, ulong key1, ReadOnlySpan<byte> data)
    {
        var v0 = key0 ^ 0x736f_6d65_7073_6575;
        var v1 = key1 ^ 0x646f_7261_6e64_6f6d;
        var v2 = key0 ^ 0x6c79_6765_6e65_7261;
        var v3 = key1 ^ 0x7465_6462_7974_6573;
        var last = (ulong)data.Length << 56;
        while (data.Length >= sizeof(ulong))
        {
            Compress(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        for (var i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        Compress(ref v0, ref v1, ref v2, ref v3, last);
        v2 ^= 0xff;
        for (var i = 0; i < 4; i++)
        {
            Round(ref v0, ref v1, ref v2, ref v3);
        }

        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Compress(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
