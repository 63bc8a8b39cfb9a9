using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of an ICMPv6 message (RFC 4443 §2.1). Valid as long as the bytes under it.</summary>
public readonly ref struct Icmpv6Message
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderSize = 8;

    private Icmpv6Message(ReadOnlySpan<byte> message) => Message = message;

    /// <summary>Header and payload.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>The kind of message.</summary>
    public Icmpv6Type Type => (Icmpv6Type)Message[0];

    /// <summary>Whether it tells of an error (RFC 4443 §2.1).</summary>
    public bool IsError => Message[0] < 128;

    /// <summary>The kind within the kind.</summary>
    public byte Code => Message[1];

    /// <summary>Bytes 4 to 7, whose meaning depends on the type: identifier and sequence number, an MTU, a pointer.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(Message[4..]);

    /// <summary>What follows the header: an echo's data, or the start of the packet that an error is about.</summary>
    public ReadOnlySpan<byte> Payload => Message[HeaderSize..];

    /// <summary>Views a message.</summary>
    /// <param name="source">From the IP header: the checksum covers it.</param>
    /// <param name="destination">From the IP header.</param>
    /// <param name="message">The message, no more and no less.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header and the checksum is right.</returns>
    public static bool TryParse(in IpAddress source, in IpAddress destination, ReadOnlySpan<byte> message, out Icmpv6Message result)
    {
        var valid = message.Length >= HeaderSize
            && InternetChecksum.IsValid(InternetChecksum.Sum(message, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, message.Length)));
        result = valid ? new Icmpv6Message(message) : default;
        return valid;
    }

    /// <summary>Writes the header of a message whose payload is in place, with the checksum over both.</summary>
    /// <param name="source">From the IP header.</param>
    /// <param name="destination">From the IP header.</param>
    /// <param name="message">The whole message.</param>
    /// <param name="type">The kind of message.</param>
    /// <param name="code">The kind within the kind.</param>
    /// <param name="rest">Bytes 4 to 7.</param>
    public static void Write(in IpAddress source, in IpAddress destination, Span<byte> message, Icmpv6Type type, byte code, uint rest)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        BinaryPrimitives.WriteUInt32BigEndian(message, ((uint)type << 24) | ((uint)code << 16));
        var sum = InternetChecksum.Sum(message, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, message.Length));
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Finish(sum));
    }
}
