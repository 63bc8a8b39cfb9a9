using System.Buffers;

namespace Mirage.Behaviour;

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
}
