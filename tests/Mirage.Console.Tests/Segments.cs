using System.Buffers;

namespace Mirage.Consoles.Tests;

/// <summary>Sequences of several segments.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Of(params ReadOnlySpan<ReadOnlyMemory<byte>> parts)
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
