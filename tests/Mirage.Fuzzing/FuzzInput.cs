using System.Buffers.Binary;

namespace Mirage.Fuzzing;

/// <summary>Bytes as decisions. After the last one every decision is 0.</summary>
/// <param name="bytes">From a fuzzer, or from a seed.</param>
public sealed class FuzzInput(ReadOnlyMemory<byte> bytes)
{
    private int _position;

    /// <summary>Whether all bytes are used up.</summary>
    public bool IsAtEnd => _position >= bytes.Length;

    /// <summary>How many bytes are used up.</summary>
    public int Position => _position;

    public byte Byte() => IsAtEnd ? (byte)0 : bytes.Span[_position++];

    /// <summary>A number from 0 to below a limit of at most 256.</summary>
    public int Below(int limit) => Byte() % limit;

    /// <summary>One of some choices.</summary>
    public T Choose<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    public ushort Field16() => (ushort)((Byte() << 8) | Byte());

    public uint Field32()
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        Fill(value);
        return BinaryPrimitives.ReadUInt32BigEndian(value);
    }

    public void Fill(Span<byte> destination)
    {
        foreach (ref var value in destination)
        {
            value = Byte();
        }
    }
}
