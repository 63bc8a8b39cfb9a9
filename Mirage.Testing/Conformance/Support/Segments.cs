using System.Buffers;

namespace Mirage.Testing;

/// <summary>A sequence of several segments, of which one is empty.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> bytes, int size)
    {
        var first = new Segments(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        for (var offset = 0; offset < bytes.Length; offset += size)
        {
            var next = new Segments(bytes.Slice(offset, Math.Min(size, bytes.Length - offset)), offset);
            last.Next = next;
            last = next;
        }

        return new(first, 0, last, last.Memory.Length);
    }

    /// <summary>A sequence of the parts as they are, empty ones too.</summary>
    public static ReadOnlySequence<byte> OfParts(params ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        var first = new Segments(parts[0], 0);
        var last = first;
        foreach (var part in parts[1..])
        {
            var next = new Segments(part, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new(first, 0, last, last.Memory.Length);
    }
}
