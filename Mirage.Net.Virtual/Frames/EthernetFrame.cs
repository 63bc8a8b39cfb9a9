using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>The little that is read of a frame here.</summary>
internal static class EthernetFrame
{
    public const int HeaderSize = 14;

    public static ulong Address(ReadOnlySpan<byte> bytes)
        => ((ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[sizeof(uint)..]);

    public static bool IsGroup(ulong address) => (address & 0x0100_0000_0000) != 0;
}
