using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

internal sealed partial class FrameSource
{
    private void Datagram()
    {
        var host = input.Choose(Opponent.Hosts);
        var datagram = Frames.Udp(input.Choose((ushort)0, (ushort)1, (ushort)53, Opponent.StackPort), input.Choose(Opponent.StackPort, (ushort)81), Pattern.From(default, input.Choose(0, 1, 50, 1400)));
        SendMessage(host, Destination(host), IpProtocol.Udp, datagram);
    }

    /// <summary>An echo request, or another message of ICMP.</summary>
    private void Control()
    {
        var host = input.Choose(Opponent.Hosts);
        var type = input.Below(4) == 0 ? input.Byte() : host.IsV4 ? (byte)8 : (byte)128;
        var message = Frames.Icmp(type, (byte)input.Below(3), input.Field32(), Pattern.From(default, input.Choose(0, 4, 56, 1000)));
        SendMessage(host, Destination(host), host.IsV4 ? IpProtocol.Icmp : IpProtocol.Icmpv6, message);
    }

    private void Arp()
    {
        var packet = new byte[ArpPacket.Size];
        ArpPacket.Write(
            packet,
            input.Choose(ArpOperation.Request, ArpOperation.Reply, (ArpOperation)7),
            input.Choose(Opponent.Mac, MacAddress.Local((byte)input.Below(8)), MacAddress.Broadcast),
            input.Choose(Opponent.Hosts[0].V4, Opponent.Hosts[1].V4, Opponent.StackV4.V4, Ipv4Address.Any, new Ipv4Address(10, 0, 0, input.Byte())),
            MacAddress.Broadcast,
            input.Choose(Opponent.StackV4.V4, Opponent.Hosts[0].V4));
        SendFrame(Frames.Ethernet(input.Choose(FuzzCable.StackMac, MacAddress.Broadcast), Opponent.Mac, EtherType.Arp, packet));
    }

    /// <summary>An ICMP error that quotes something that the stack sent.</summary>
    private void Quote()
    {
        if (opponent.Packets.Count == 0)
        {
            return;
        }

        var quoted = opponent.Packets.ElementAt(input.Field16() % opponent.Packets.Count);
        quoted = quoted[..Math.Min(quoted.Length, input.Choose(28, 48, 60, 500))];
        var host = input.Choose(Opponent.Hosts);
        if (quoted[0] >> 4 == 4)
        {
            var code = input.Choose(0x0304, 0x0301, 0x0303, 0x030d, 0x0b00, 0x0c00, 0x0400, 0x0501);
            var from = host.IsV4 ? host : Opponent.Hosts[0];
            SendMessage(from, Opponent.StackV4, IpProtocol.Icmp, Frames.Icmp((byte)(code >> 8), (byte)code, input.Choose(0u, 68u, 576u, 1400u, 1500u, uint.MaxValue), quoted));
        }
        else
        {
            var code = input.Choose(0x0200, 0x0100, 0x0104, 0x0101, 0x0300, 0x0401);
            var from = host.IsV4 ? Opponent.Hosts[2] : host;
            SendMessage(from, Opponent.StackV6, IpProtocol.Icmpv6, Frames.Icmp((byte)(code >> 8), (byte)code, input.Choose(0u, 1280u, 1400u, 1500u, uint.MaxValue), quoted));
        }
    }

    private void Fragment()
    {
        var host = input.Choose(Opponent.Hosts);
        var data = Pattern.From(default, 8 * input.Choose(1, 2, 100, 180) + input.Choose(0, 0, 3));
        var fragment = Frames.Ip(
            host, Opponent.StackFor(host), input.Choose(IpProtocol.Udp, IpProtocol.Tcp, IpProtocol.Icmp), data,
            identification: (ushort)input.Below(4), offset: 8 * input.Choose(0, 0, 1, 2, 100, 180, 8000, 8191), more: input.Below(3) != 0);
        SendFrame(Frames.Ethernet(FuzzCable.StackMac, Opponent.Mac, host.IsV4 ? EtherType.Ipv4 : EtherType.Ipv6, fragment));
    }

    /// <summary>A message of neighbour discovery or group management.</summary>
    private void Neighbour()
    {
        var body = new byte[input.Choose(0, 4, 16, 24, 28, 60)];
        input.Fill(body.AsSpan(0, Math.Min(body.Length, 16)));
        if (body.Length >= 24 && input.Below(2) == 0)
        {
            input.Choose(Opponent.StackV6, Opponent.Hosts[2], Opponent.Hosts[3]).V6.CopyTo(body);
            (body[16], body[17]) = (input.Choose((byte)1, (byte)2, (byte)3, (byte)5), input.Choose((byte)1, (byte)4, (byte)0));
            Opponent.Mac.CopyTo(body.AsSpan(18));
        }

        var type = input.Choose<byte>(130, 131, 132, 133, 134, 135, 136, 137, 143);
        var source = input.Choose(Opponent.Hosts[2], Opponent.Hosts[3]);
        var destination = input.Choose(Opponent.StackV6, IpAddress.Parse("ff02::1"), IpAddress.Parse("ff02::1:ff00:1"));
        SendMessage(source, destination, IpProtocol.Icmpv6, Frames.Icmp(type, 0, input.Field32(), body), hops: input.Below(8) == 0 ? (byte)64 : (byte)255);
        if (input.Below(4) == 0)
        {
            SendMessage(Opponent.Hosts[0], new Ipv4Address(224, 0, 0, 1), (IpProtocol)2, Frames.Icmp(0x11, input.Byte(), 0, default), hops: 1);
        }
    }

    private IpAddress Destination(IpAddress host) => input.Below(4) switch
    {
        0 => host.IsV4 ? new Ipv4Address(10, 0, 0, 255) : IpAddress.Parse("ff02::1"),
        _ => Opponent.StackFor(host),
    };
}
