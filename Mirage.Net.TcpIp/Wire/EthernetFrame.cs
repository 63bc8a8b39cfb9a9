using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>A view of an Ethernet II frame without its check sequence (IEEE 802.3 §3, RFC 894). Valid as long as the bytes under it.</summary>
public readonly ref struct EthernetFrame
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderSize = 14;

    /// <summary>The length of a VLAN tag in bytes (IEEE 802.1Q §9.3).</summary>
    public const int TagSize = 4;

    /// <summary>The length of the shortest frame in bytes, without its check sequence (IEEE 802.3 §3.2.7).</summary>
    public const int MinimumSize = 60;

    private readonly ReadOnlySpan<byte> _frame;

    private EthernetFrame(ReadOnlySpan<byte> frame) => _frame = frame;

    /// <summary>To whom.</summary>
    public MacAddress Destination => new(_frame);

    /// <summary>Who sent it.</summary>
    public MacAddress Source => new(_frame[6..]);

    /// <summary>What it carries. Below 1536 it is a length (IEEE 802.3 §3.2.6), which no <see cref="EtherType"/> equals.</summary>
    public EtherType Type => (EtherType)BinaryPrimitives.ReadUInt16BigEndian(_frame[12..]);

    /// <summary>What follows the header, with any padding.</summary>
    public ReadOnlySpan<byte> Payload => _frame[HeaderSize..];

    /// <summary>Views a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether there is a whole header.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, out EthernetFrame result)
    {
        var whole = frame.Length >= HeaderSize;
        result = whole ? new EthernetFrame(frame) : default;
        return whole;
    }

    /// <summary>Reads the tag of a frame (IEEE 802.1Q §9.6).</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="vlan">The VLAN; 0 if the tag has a priority only.</param>
    /// <param name="type">What the frame carries.</param>
    /// <returns>Whether there is a whole tag.</returns>
    public static bool TryParseTag(ReadOnlySpan<byte> frame, out int vlan, out EtherType type)
    {
        (vlan, type) = (0, default);
        if (frame.Length < HeaderSize + TagSize || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != (ushort)EtherType.Vlan)
        {
            return false;
        }

        vlan = BinaryPrimitives.ReadUInt16BigEndian(frame[14..]) & 0xfff;
        type = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[16..]);
        return true;
    }

    /// <summary>Writes a header with a tag.</summary>
    /// <param name="frame">At least 18 bytes.</param>
    /// <param name="destination">To whom.</param>
    /// <param name="source">From whom.</param>
    /// <param name="vlan">The VLAN.</param>
    /// <param name="type">What it carries.</param>
    public static void WriteTagged(Span<byte> frame, MacAddress destination, MacAddress source, ushort vlan, EtherType type)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(frame[14..], vlan);
        Write(frame, destination, source, EtherType.Vlan);
    }

    /// <summary>Writes a header.</summary>
    /// <param name="frame">At least 14 bytes.</param>
    /// <param name="destination">To whom.</param>
    /// <param name="source">From whom.</param>
    /// <param name="type">What it carries.</param>
    public static void Write(Span<byte> frame, MacAddress destination, MacAddress source, EtherType type)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], (ushort)type);
        destination.CopyTo(frame);
        source.CopyTo(frame[6..]);
    }
}
