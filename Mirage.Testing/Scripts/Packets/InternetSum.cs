using System.Buffers.Binary;

namespace Mirage.Testing.Scripts;

/// <summary>The Internet checksum (RFC 1071), byte by byte: the script's own, so that a stack's is checked against another.</summary>
internal static class InternetSum
{
    /// <summary>The checksum of some bytes; 0 over what includes a right one.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes, uint start = 0)
    {
        ulong sum = start;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
        }

        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>The sum of a pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1).</summary>
    public static uint Pseudo(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, int length)
    {
        uint sum = protocol;
        sum += (uint)length >> 16;
        sum += (uint)length & ushort.MaxValue;
        for (var i = 0; i < source.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(source[i..]);
            sum += BinaryPrimitives.ReadUInt16BigEndian(destination[i..]);
        }

        return sum;
    }
}
