using System.Buffers.Binary;

namespace Mirage.Net.Virtual;

/// <summary>Marks a packet as a router with a long queue does (RFC 3168 §5).</summary>
internal static class CongestionMark
{
    private const int Ipv4 = 0x0800;
    private const int Ipv6 = 0x86dd;
    private const int Ipv4HeaderSize = 20;
    private const int ChecksumOffset = 10;
    private const ushort Ipv4Field = 0x0003;
    private const ushort Ipv6Field = 0x0030;

    /// <summary>Sets CE in a frame, if what is in it is an IP packet whose sender understands marks.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="headerSize">How many bytes of it come before the packet: an Ethernet header with its type at the end, or none.</param>
    /// <returns>Whether it was.</returns>
    public static bool TrySet(Span<byte> frame, int headerSize)
    {
        if (frame.Length < headerSize + Ipv4HeaderSize)
        {
            return false;
        }

        var packet = frame[headerSize..];
        var type = headerSize != 0 ? BinaryPrimitives.ReadUInt16BigEndian(frame[(headerSize - sizeof(ushort))..])
            : packet[0] >> 4 == 4 ? Ipv4
            : Ipv6;
        var field = type switch { Ipv4 => Ipv4Field, Ipv6 => Ipv6Field, _ => (ushort)0 };
        var before = BinaryPrimitives.ReadUInt16BigEndian(packet);
        if ((before & field) == 0)
        {
            return false;
        }

        var after = (ushort)(before | field);
        BinaryPrimitives.WriteUInt16BigEndian(packet, after);
        if (type == Ipv4)
        {
            // RFC 1624: what a changed word does to the header's checksum.
            var sum = (ushort)~BinaryPrimitives.ReadUInt16BigEndian(packet[ChecksumOffset..]) + (ushort)~before + after;
            sum = (sum & ushort.MaxValue) + (sum >> 16);
            sum = (sum & ushort.MaxValue) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(packet[ChecksumOffset..], (ushort)~sum);
        }

        return true;
    }
}
