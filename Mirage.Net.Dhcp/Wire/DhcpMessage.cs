using System.Buffers.Binary;

namespace Mirage.Net.Dhcp.Wire;

/// <summary>A view of a DHCP message over Ethernet (RFC 2131 §2). Valid as long as the bytes under it.</summary>
public readonly ref struct DhcpMessage
{
    /// <summary>The port of servers and relays.</summary>
    public const ushort ServerPort = 67;

    /// <summary>The port of clients.</summary>
    public const ushort ClientPort = 68;

    /// <summary>The length of the fixed fields and the cookie after them.</summary>
    public const int HeaderSize = 240;

    internal const int ServerNameOffset = 44;
    internal const int ServerNameSize = 64;
    internal const int FileOffset = ServerNameOffset + ServerNameSize;
    internal const int FileSize = 128;
    internal const uint Cookie = 0x63825363;
    internal const byte RequestCode = 1;
    internal const byte ReplyCode = 2;
    internal const byte Ethernet = 1;
    internal const ushort BroadcastFlag = 0x8000;

    private readonly ReadOnlySpan<byte> _message;
    private readonly byte _overload;

    private DhcpMessage(ReadOnlySpan<byte> message, byte overload)
    {
        _message = message;
        _overload = overload;
    }

    /// <summary>Whether it goes from a server to a client.</summary>
    public bool IsReply => _message[0] == ReplyCode;

    /// <summary>What joins answers to questions (<c>xid</c>).</summary>
    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>Seconds since the client began (<c>secs</c>).</summary>
    public ushort Seconds => BinaryPrimitives.ReadUInt16BigEndian(_message[8..]);

    /// <summary>Whether answers are to be sent to everyone.</summary>
    public bool Broadcast => (BinaryPrimitives.ReadUInt16BigEndian(_message[10..]) & BroadcastFlag) != 0;

    /// <summary>The address that the client has (<c>ciaddr</c>).</summary>
    public Ipv4Address ClientAddress => new(_message[12..]);

    /// <summary>The address that the client gets (<c>yiaddr</c>).</summary>
    public Ipv4Address YourAddress => new(_message[16..]);

    /// <summary>The next server to boot from (<c>siaddr</c>); not the DHCP server, which <see cref="DhcpOption.ServerIdentifier"/> names.</summary>
    public Ipv4Address NextServer => new(_message[20..]);

    /// <summary>The relay through which it came (<c>giaddr</c>).</summary>
    public Ipv4Address Relay => new(_message[24..]);

    /// <summary>The client's address on the link (<c>chaddr</c>).</summary>
    public MacAddress ClientHardware => new(_message[28..]);

    /// <summary>What it is for; <see cref="DhcpMessageType.None"/> if it does not say.</summary>
    public DhcpMessageType Type => TryGet(DhcpOption.MessageType, [], out var value) && value.Length == 1 ? (DhcpMessageType)value[0] : DhcpMessageType.None;

    /// <summary>Views a message.</summary>
    /// <param name="datagram">The payload of a UDP datagram.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it has all fixed fields for Ethernet, the cookie, and options that each lie within their field.</returns>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out DhcpMessage result)
    {
        result = default;
        if (datagram.Length < HeaderSize
            || datagram[0] is not (RequestCode or ReplyCode)
            || datagram[1] != Ethernet
            || datagram[2] != MacAddress.Size
            || BinaryPrimitives.ReadUInt32BigEndian(datagram[(HeaderSize - sizeof(uint))..]) != Cookie
            || !IsWellFormed(datagram[HeaderSize..]))
        {
            return false;
        }

        var plain = new DhcpMessage(datagram, 0);
        byte overload = 0;
        if (plain.TryGet(DhcpOption.Overload, [], out var value))
        {
            // RFC 2132 §9.3.
            if (value.Length != 1 || value[0] is 0 or > 3)
            {
                return false;
            }

            overload = value[0];
        }

        result = new DhcpMessage(datagram, overload);
        return (!result.HasFileOptions || IsWellFormed(result.File)) && (!result.HasServerNameOptions || IsWellFormed(result.ServerName));
    }

    /// <summary>Finds an option. One that is split into several is joined (RFC 3396), in the order of the fields: options, <c>file</c>, <c>sname</c>.</summary>
    /// <param name="code">Which.</param>
    /// <param name="buffer">Where to join the parts; an option that is whole needs none.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it is there, and fits the buffer if it is split.</returns>
    public bool TryGet(DhcpOption code, Span<byte> buffer, out ReadOnlySpan<byte> value)
    {
        value = default;
        var parts = 0;
        var length = 0;
        for (var field = 0; field < 3; field++)
        {
            var options = Field(field);
            while (TryNext(ref options, out var found, out var part))
            {
                if (found != code)
                {
                    continue;
                }

                if (++parts == 1)
                {
                    value = part;
                }

                if (part.Length <= buffer.Length - length)
                {
                    part.CopyTo(buffer[length..]);
                }

                length += part.Length;
            }
        }

        if (parts > 1)
        {
            if (length > buffer.Length)
            {
                value = default;
                return false;
            }

            value = buffer[..length];
        }

        return parts > 0;
    }

    /// <summary>Finds an option that is one address, or whose first address is wanted.</summary>
    /// <param name="code">Which.</param>
    /// <param name="address">The address.</param>
    /// <returns>Whether it is there and has one.</returns>
    public bool TryGetAddress(DhcpOption code, out Ipv4Address address)
    {
        var found = TryGet(code, stackalloc byte[Ipv4Address.Size * 4], out var value) && value.Length >= Ipv4Address.Size;
        address = found ? new Ipv4Address(value) : default;
        return found;
    }

    /// <summary>Finds an option that is a number of four bytes: a time in seconds.</summary>
    /// <param name="code">Which.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is there and has four bytes.</returns>
    public bool TryGetUInt32(DhcpOption code, out uint number)
    {
        var found = TryGet(code, [], out var value) && value.Length == sizeof(uint);
        number = found ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        return found;
    }

    private bool HasFileOptions => (_overload & 1) != 0;

    private bool HasServerNameOptions => (_overload & 2) != 0;

    private ReadOnlySpan<byte> File => _message.Slice(FileOffset, FileSize);

    private ReadOnlySpan<byte> ServerName => _message.Slice(ServerNameOffset, ServerNameSize);

    private ReadOnlySpan<byte> Field(int number) => number switch
    {
        0 => _message[HeaderSize..],
        1 => HasFileOptions ? File : [],
        _ => HasServerNameOptions ? ServerName : [],
    };

    private static bool IsWellFormed(ReadOnlySpan<byte> options)
    {
        while (TryNext(ref options, out _, out _))
        {
        }

        // What is left begins with the end, or there is nothing.
        return options.IsEmpty || options[0] == (byte)DhcpOption.End;
    }

    private static bool TryNext(scoped ref ReadOnlySpan<byte> options, out DhcpOption code, out ReadOnlySpan<byte> value)
    {
        options = options.TrimStart((byte)DhcpOption.Pad);
        code = options.IsEmpty ? DhcpOption.End : (DhcpOption)options[0];
        value = default;
        if (code == DhcpOption.End || options.Length < 2 || options.Length < 2 + options[1])
        {
            return false;
        }

        value = options.Slice(2, options[1]);
        options = options[(2 + value.Length)..];
        return true;
    }
}
