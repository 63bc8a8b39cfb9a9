using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

public partial struct TcpOptions
{
    /// <summary>How many bytes <see cref="Write"/> writes: a multiple of 4, at most 40.</summary>
    public readonly int Length => LengthWithoutSack + (WrittenSackCount == 0 ? 0 : 4 + (8 * WrittenSackCount));

    private readonly int LengthWithoutSack
        => (MaximumSegmentSize != 0 ? 4 : 0) + (HasTimestamp ? 12 : SackPermitted ? 4 : 0) + (HasWindowScale ? 4 : 0);

    private readonly int WrittenSackCount => Math.Min(_sackCount, (MaxLength - LengthWithoutSack - 4) / 8);

    /// <summary>
    /// Writes the options, each aligned to 4 bytes, in the order that Linux has: maximum segment size, SACK permitted, timestamps, window scale,
    /// SACK. As many SACK blocks are written as there is room for: 4, or 3 with timestamps.
    /// </summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <returns>How many bytes were written, <see cref="Length"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The destination is too short.</exception>
    public readonly int Write(Span<byte> destination)
    {
        var rest = destination[..Length];
        if (MaximumSegmentSize != 0)
        {
            rest = Put(rest, Kind.MaximumSegmentSize, 4, (byte)(MaximumSegmentSize >> 8), (byte)MaximumSegmentSize);
        }

        if (HasTimestamp)
        {
            rest = SackPermitted
                ? Put(rest, Kind.SackPermitted, 2, Kind.Timestamps, 10)
                : Put(rest, Kind.NoOperation, Kind.NoOperation, Kind.Timestamps, 10);
            rest = Put(Put(rest, TimestampValue), TimestampEcho);
        }
        else if (SackPermitted)
        {
            rest = Put(rest, Kind.NoOperation, Kind.NoOperation, Kind.SackPermitted, 2);
        }

        if (HasWindowScale)
        {
            rest = Put(rest, Kind.NoOperation, Kind.WindowScale, 3, WindowScale);
        }

        var sacks = WrittenSackCount;
        if (sacks > 0)
        {
            rest = Put(rest, Kind.NoOperation, Kind.NoOperation, Kind.Sack, (byte)(2 + (8 * sacks)));
            for (var i = 0; i < sacks; i++)
            {
                rest = Put(Put(rest, _sacks[i].Start.Value), _sacks[i].End.Value);
            }
        }

        return Length;
    }

    private static Span<byte> Put(Span<byte> destination, byte a, byte b, byte c, byte d)
        => Put(destination, ((uint)a << 24) | ((uint)b << 16) | ((uint)c << 8) | d);

    private static Span<byte> Put(Span<byte> destination, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        return destination[4..];
    }
}
