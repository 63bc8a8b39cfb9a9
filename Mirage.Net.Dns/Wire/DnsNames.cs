namespace Mirage.Net.Dns.Wire;

/// <summary>Names in messages, which may end with a pointer to an earlier one (RFC 1035 §4.1.4).</summary>
public static class DnsNames
{
    // A name has at most 127 labels, and a pointer without a label before it is of no use.
    private const int MaxPointers = 128;

    /// <summary>Reads a name.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins.</param>
    /// <param name="name">The name.</param>
    /// <param name="next">Where what follows begins.</param>
    /// <returns>Whether it is whole, not too long, and each of its pointers leads further back: so it ends.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, int offset, out DomainName name, out int next)
    {
        Span<byte> wire = stackalloc byte[DomainName.MaxWireLength];
        name = default;
        next = 0;
        var length = 0;
        var pointers = 0;
        var limit = offset;
        while ((uint)offset < (uint)message.Length)
        {
            int first = message[offset];
            if (first >= 0xc0)
            {
                if (offset + 1 >= message.Length || ++pointers > MaxPointers)
                {
                    return false;
                }

                next = pointers == 1 ? offset + 2 : next;
                offset = ((first & 0x3f) << 8) | message[offset + 1];
                if (offset >= limit)
                {
                    return false;
                }

                limit = offset;
                continue;
            }

            // RFC 1035 §4.1.4: the other two combinations are reserved.
            if (first > DomainName.MaxLabelLength || length + 1 + first > wire.Length || offset + 1 + first > message.Length)
            {
                return false;
            }

            message.Slice(offset, 1 + first).CopyTo(wire[length..]);
            length += 1 + first;
            offset += 1 + first;
            if (first == 0)
            {
                next = pointers == 0 ? offset : next;
                return DomainName.TryCreate(wire[..length], out name);
            }
        }

        return false;
    }
}
