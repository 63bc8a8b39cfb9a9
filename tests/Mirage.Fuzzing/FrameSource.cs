using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

/// <summary>Frames for the stack: near to what it expects, and then a little beside it.</summary>
internal sealed partial class FrameSource(Opponent opponent, FuzzInput input)
{
    private byte[]? _last;

    public void Send()
    {
        switch (input.Below(16))
        {
            case 0:
                Noise();
                break;
            case 1:
                Repeat();
                break;
            case 2:
                OpenConnection();
                break;
            case 3:
                Datagram();
                break;
            case 4:
                Control();
                break;
            case 5:
                Arp();
                break;
            case 6:
                Quote();
                break;
            case 7:
                Fragment();
                break;
            case 8:
                Neighbour();
                break;
            default:
                Segment();
                break;
        }
    }

    private void Noise()
    {
        var payload = new byte[input.Byte()];
        input.Fill(payload.AsSpan(0, Math.Min(payload.Length, 80)));
        SendFrame(Frames.Ethernet(
            input.Choose(FuzzCable.StackMac, MacAddress.Broadcast, MacAddress.Local(7)),
            Opponent.Mac,
            input.Choose(EtherType.Ipv4, EtherType.Ipv6, EtherType.Arp, EtherType.Vlan, (EtherType)input.Field16()),
            payload));
    }

    /// <summary>The last frame once more, perhaps with one wrong bit, or cut.</summary>
    private void Repeat()
    {
        if (_last is null)
        {
            return;
        }

        var frame = _last.ToArray();
        switch (input.Below(3))
        {
            case 0:
                frame[input.Field16() % frame.Length] ^= (byte)(1 << input.Below(8));
                break;
            case 1:
                frame = frame[..(input.Field16() % (frame.Length + 1))];
                break;
        }

        if (frame.Length > 0)
        {
            opponent.Send(frame);
        }
    }

    private void SendFrame(byte[] frame)
    {
        _last = frame;
        opponent.Send(frame);
    }

    private void SendMessage(IpAddress source, IpAddress destination, IpProtocol protocol, byte[] message, byte hops = 64)
    {
        var packet = Frames.Ip(source, destination, protocol, Frames.WithChecksum(message, source, destination, protocol), hops, trafficClass: (byte)(input.Below(8) == 0 ? 3 : 0));
        SendFrame(Frames.Ethernet(
            destination.IsMulticast ? MacOf(destination) : FuzzCable.StackMac,
            Opponent.Mac,
            source.IsV4 ? EtherType.Ipv4 : EtherType.Ipv6,
            packet));
    }

    private static MacAddress MacOf(IpAddress group)
    {
        if (group.IsV4)
        {
            return MacAddress.ForMulticast(group.V4);
        }

        Span<byte> bytes = stackalloc byte[16];
        group.V6.CopyTo(bytes);
        (bytes[10], bytes[11]) = (0x33, 0x33);
        return new MacAddress(bytes[10..]);
    }
}
