using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

public partial struct TcpOptions
{
    // What all but a few segments of a connection carry: NOP, NOP, timestamps (RFC 7323 appendix A).
    private const int TimestampsOnlyLength = 12;
    private const uint TimestampsOnlyStart = 0x0101_080a;

    /// <summary>
    /// Reads options. Unknown ones and known ones of a wrong length are skipped; reading stops at the end-of-options option and at a length
    /// that cannot be (RFC 9293 §3.2, MUST-6 and MUST-7). Nothing throws.
    /// </summary>
    /// <param name="options">The options of a segment, with their padding.</param>
    /// <returns>What was found.</returns>
    public static TcpOptions Parse(ReadOnlySpan<byte> options)
    {
        var result = default(TcpOptions);
        if (options.Length == TimestampsOnlyLength && BinaryPrimitives.ReadUInt32BigEndian(options) == TimestampsOnlyStart)
        {
            result.SetTimestamp(options[4..]);
        }
        else
        {
            result.Read(options);
        }

        return result;
    }

    private void Read(ReadOnlySpan<byte> options)
    {
        while (!options.IsEmpty && options[0] != Kind.End)
        {
            if (options[0] == Kind.NoOperation)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
            {
                return;
            }

            int length = options[1];
            Read(options[0], options[2..length]);
            options = options[length..];
        }
    }

    private void Read(byte kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case Kind.MaximumSegmentSize when value.Length == 2:
                MaximumSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(value);
                break;
            case Kind.WindowScale when value.Length == 1:
                HasWindowScale = true;
                WindowScale = value[0];
                break;
            case Kind.SackPermitted when value.IsEmpty:
                SackPermitted = true;
                break;
            case Kind.Timestamps when value.Length == 8:
                SetTimestamp(value);
                break;
            case Kind.Sack when value.Length is 8 or 16 or 24 or 32:
                SetSacks(value);
                break;
        }
    }

    private void SetTimestamp(ReadOnlySpan<byte> value)
    {
        HasTimestamp = true;
        TimestampValue = BinaryPrimitives.ReadUInt32BigEndian(value);
        TimestampEcho = BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
    }

    private void SetSacks(ReadOnlySpan<byte> value)
    {
        for (_sackCount = 0; !value.IsEmpty; value = value[8..])
        {
            AddSack(new(BinaryPrimitives.ReadUInt32BigEndian(value)), new(BinaryPrimitives.ReadUInt32BigEndian(value[4..])));
        }
    }
}
