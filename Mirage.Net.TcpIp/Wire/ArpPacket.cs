using System.Buffers.Binary;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>What an ARP packet asks or tells (RFC 826).</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target address?</summary>
    Request = 1,

    /// <summary>The sender has the sender address.</summary>
    Reply = 2,
}

/// <summary>A view of an ARP packet for IPv4 over Ethernet (RFC 826). Valid as long as the bytes under it.</summary>
public readonly ref struct ArpPacket
{
    /// <summary>The length of a packet in bytes.</summary>
    public const int Size = 28;

    // Hardware type 1 (Ethernet), protocol type 0x0800 (IPv4), address lengths 6 and 4.
    private const ulong EthernetIpv4 = 0x0001_0800_06_04;

    private readonly ReadOnlySpan<byte> _packet;

    private ArpPacket(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>Request or reply.</summary>
    public ArpOperation Operation => (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]);

    /// <summary>The sender's Ethernet address.</summary>
    public MacAddress SenderMac => new(_packet[8..]);

    /// <summary>The sender's IPv4 address; <c>0.0.0.0</c> in a probe (RFC 5227 §1.1).</summary>
    public Ipv4Address SenderAddress => new(_packet[14..]);

    /// <summary>The target's Ethernet address; of no meaning in a request.</summary>
    public MacAddress TargetMac => new(_packet[18..]);

    /// <summary>The target's IPv4 address.</summary>
    public Ipv4Address TargetAddress => new(_packet[24..]);

    /// <summary>Views a packet; bytes after it, such as padding, are ignored.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="result">The view.</param>
    /// <returns>Whether it is a request or a reply for IPv4 over Ethernet.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out ArpPacket result)
    {
        result = default;
        if (packet.Length < Size)
        {
            return false;
        }

        var start = BinaryPrimitives.ReadUInt64BigEndian(packet);
        if (start >> 16 != EthernetIpv4 || (ArpOperation)(ushort)start is not (ArpOperation.Request or ArpOperation.Reply))
        {
            return false;
        }

        result = new ArpPacket(packet[..Size]);
        return true;
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="packet">At least 28 bytes.</param>
    /// <param name="operation">Request or reply.</param>
    /// <param name="senderMac">The sender's Ethernet address.</param>
    /// <param name="senderAddress">The sender's IPv4 address.</param>
    /// <param name="targetMac">The target's Ethernet address; zero in a request.</param>
    /// <param name="targetAddress">The target's IPv4 address.</param>
    public static void Write(
        Span<byte> packet,
        ArpOperation operation,
        MacAddress senderMac,
        Ipv4Address senderAddress,
        MacAddress targetMac,
        Ipv4Address targetAddress)
    {
        packet = packet[..Size];
        BinaryPrimitives.WriteUInt64BigEndian(packet, (EthernetIpv4 << 16) | (ushort)operation);
        senderMac.CopyTo(packet[8..]);
        senderAddress.CopyTo(packet[14..]);
        targetMac.CopyTo(packet[18..]);
        targetAddress.CopyTo(packet[24..]);
    }
}
