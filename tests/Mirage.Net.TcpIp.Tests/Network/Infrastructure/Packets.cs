using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Packets of a raw host to the stack, and what the stack sends, read.</summary>
internal static class Packets
{
    public static readonly Ipv4Address Router = new(10, 0, 0, 254);

    /// <summary>A whole IPv4 packet.</summary>
    public static byte[] Ip(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, ReadOnlySpan<byte> payload, Func<Ipv4Header, Ipv4Header>? with = null)
    {
        var packet = new byte[Ipv4Packet.HeaderSize + payload.Length];
        var header = new Ipv4Header { TotalLength = (ushort)packet.Length, TimeToLive = 64, Protocol = protocol, Source = source, Destination = destination };
        Ipv4Packet.Write(packet, with is null ? header : with(header));
        payload.CopyTo(packet.AsSpan(Ipv4Packet.HeaderSize));
        return packet;
    }

    /// <summary>A UDP datagram with its checksum.</summary>
    public static byte[] Udp(Ipv4Address source, ushort sourcePort, Ipv4Address destination, ushort destinationPort, ReadOnlySpan<byte> payload)
    {
        var datagram = new byte[UdpDatagram.HeaderSize + payload.Length];
        UdpDatagram.WriteHeader(datagram, sourcePort, destinationPort, (ushort)datagram.Length, 0);
        payload.CopyTo(datagram.AsSpan(UdpDatagram.HeaderSize));
        var sum = InternetChecksum.Sum(datagram, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length));
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), UdpDatagram.ComputeChecksum(sum));
        return datagram;
    }

    public static byte[] Icmp(Icmpv4Type type, byte code, uint rest, ReadOnlySpan<byte> payload)
    {
        var message = new byte[Icmpv4Message.HeaderSize + payload.Length];
        payload.CopyTo(message.AsSpan(Icmpv4Message.HeaderSize));
        Icmpv4Message.Write(message, type, code, rest);
        return message;
    }

    /// <summary>Sends an ICMP error about a packet, from a router; it quotes 8 bytes after the header.</summary>
    public static void SendError(this Script script, byte[] about, Icmpv4Type type, byte code, uint rest = 0, int quoted = 28)
        => script.SendIp(Router, Script.StackAddress, IpProtocol.Icmp, Icmp(type, code, rest, about.AsSpan(0, Math.Min(quoted, about.Length))));

    public static void SendIp(this Script script, Ipv4Address source, Ipv4Address destination, IpProtocol protocol, ReadOnlySpan<byte> payload, Func<Ipv4Header, Ipv4Header>? with = null)
        => script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, Ip(source, destination, protocol, payload, with));

    public static void SendUdp(this Script script, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload, Ipv4Address? destination = null)
    {
        var to = destination ?? Script.StackAddress;
        script.SendIp(Script.PeerAddress, to, IpProtocol.Udp, Udp(Script.PeerAddress, sourcePort, to, destinationPort, payload));
    }

    /// <summary>The next packet that the stack sends that is not TCP.</summary>
    public static async Task<byte[]> NextAsync(this Script script, double milliseconds = 10_000)
    {
        var packet = await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(milliseconds));
        Assert.NotNull(packet);
        return packet;
    }

    /// <summary>Checks that the stack sends nothing for a while.</summary>
    public static async Task SilentAsync(this Script script, double milliseconds = 1)
        => Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(milliseconds)));
}
