using System.Buffers.Binary;

namespace Mirage.Net.Dhcp.Wire;

/// <summary>Writes a DHCP message: the fixed fields first, then options in the order of adding.</summary>
public ref struct DhcpWriter
{
    /// <summary>The least length of a message: what BOOTP relays expect (RFC 1542 §2.1).</summary>
    public const int MinimumSize = 300;

    private const int LargestPart = 255;

    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Writes the fixed fields.</summary>
    /// <param name="buffer">Where to; at least 300 bytes.</param>
    /// <param name="header">The fields.</param>
    public DhcpWriter(Span<byte> buffer, scoped in DhcpHeader header)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, MinimumSize, nameof(buffer));
        buffer.Clear();
        buffer[0] = header.IsReply ? DhcpMessage.ReplyCode : DhcpMessage.RequestCode;
        buffer[1] = DhcpMessage.Ethernet;
        buffer[2] = MacAddress.Size;
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], header.TransactionId);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[8..], header.Seconds);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[10..], header.Broadcast ? DhcpMessage.BroadcastFlag : (ushort)0);
        header.ClientAddress.CopyTo(buffer[12..]);
        header.YourAddress.CopyTo(buffer[16..]);
        header.NextServer.CopyTo(buffer[20..]);
        header.Relay.CopyTo(buffer[24..]);
        header.ClientHardware.CopyTo(buffer[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[(DhcpMessage.HeaderSize - sizeof(uint))..], DhcpMessage.Cookie);
        _buffer = buffer;
        _length = DhcpMessage.HeaderSize;
    }

    /// <summary>Whether something did not fit and was left out.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Adds an option; one of more than 255 bytes is split (RFC 3396).</summary>
    /// <param name="code">Which.</param>
    /// <param name="value">Its value.</param>
    public void Add(DhcpOption code, scoped ReadOnlySpan<byte> value)
    {
        var parts = Math.Max(1, (value.Length + LargestPart - 1) / LargestPart);

        // A byte stays free for the end.
        if (_length + value.Length + (2 * parts) >= _buffer.Length)
        {
            Overflowed = true;
            return;
        }

        do
        {
            var part = value[..Math.Min(value.Length, LargestPart)];
            _buffer[_length] = (byte)code;
            _buffer[_length + 1] = (byte)part.Length;
            part.CopyTo(_buffer[(_length + 2)..]);
            _length += 2 + part.Length;
            value = value[part.Length..];
        }
        while (!value.IsEmpty);
    }

    /// <summary>Says what the message is for.</summary>
    /// <param name="type">What for.</param>
    public void Add(DhcpMessageType type) => Add(DhcpOption.MessageType, [(byte)type]);

    /// <summary>Adds an option that is an address.</summary>
    /// <param name="code">Which.</param>
    /// <param name="address">The address.</param>
    public void Add(DhcpOption code, Ipv4Address address) => Add(code, address.Value);

    /// <summary>Adds an option that is a number of four bytes.</summary>
    /// <param name="code">Which.</param>
    /// <param name="number">The number.</param>
    public void Add(DhcpOption code, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        Add(code, bytes);
    }

    /// <summary>Adds an option that is a number of two bytes.</summary>
    /// <param name="code">Which.</param>
    /// <param name="number">The number.</param>
    public void Add(DhcpOption code, ushort number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        Add(code, bytes);
    }

    /// <summary>Ends the options.</summary>
    /// <returns>The message's length, at least 300.</returns>
    public int Finish()
    {
        _buffer[_length++] = (byte)DhcpOption.End;
        return Math.Max(_length, MinimumSize);
    }
}
