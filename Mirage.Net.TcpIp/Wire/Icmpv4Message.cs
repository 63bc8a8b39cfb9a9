using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of an ICMP message (RFC 792). Valid as long as the bytes under it.</summary>
public readonly ref struct Icmpv4Message
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderSize = 8;

    private readonly ReadOnlySpan<byte> _message;

    private Icmpv4Message(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The kind of message.</summary>
    public Icmpv4Type Type => (Icmpv4Type)_message[0];

    /// <summary>The kind within the kind.</summary>
    public byte Code => _message[1];

    /// <summary>
    /// Bytes 4 to 7, whose meaning depends on the type. Where fragmentation was needed the low half is the next hop's MTU (RFC 1191 §4).
    /// </summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>The identifier of an echo.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(_message[4..]);

    /// <summary>The sequence number of an echo.</summary>
    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(_message[6..]);

    /// <summary>What follows the header: an echo's data, or the start of the packet that an error is about.</summary>
    public ReadOnlySpan<byte> Payload => _message[HeaderSize..];

    /// <summary>Views a message.</summary>
    /// <param name="message">The message, no more and no less.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header and the checksum is right.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, out Icmpv4Message result)
    {
        var valid = message.Length >= HeaderSize && InternetChecksum.IsValid(InternetChecksum.Sum(message));
        result = valid ? new Icmpv4Message(message) : default;
        return valid;
    }

    /// <summary>Writes the header of a message whose payload is in place, with the checksum over both.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="type">The kind of message.</param>
    /// <param name="code">The kind within the kind.</param>
    /// <param name="rest">Bytes 4 to 7.</param>
    public static void Write(Span<byte> message, Icmpv4Type type, byte code, uint rest)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        message[0] = (byte)type;
        message[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Finish(InternetChecksum.Sum(message)));
    }
}
