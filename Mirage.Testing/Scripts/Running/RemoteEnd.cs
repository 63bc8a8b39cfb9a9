using System.Buffers.Binary;
using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>
/// The far end of the link: the router that answers for every neighbour, so that scripts see no ARP (RFC 826) and no neighbour discovery (RFC 4861), and the place where packets
/// are injected and seen.
/// </summary>
internal sealed class RemoteEnd(VirtualNetwork network, MacAddress stackMac, SimulatedPlatform platform, IpAddress local) : IPollable
{
    private const int HeaderLength = 14;
    private const int ArpLength = 28;
    private const ushort Ipv4Type = 0x0800;
    private const ushort ArpType = 0x0806;
    private const ushort Ipv6Type = 0x86dd;
    private const byte NeighbourSolicitation = 135;
    private const byte NeighbourAdvertisement = 136;
    private const byte FirstOfLink = 130;
    private const byte LastOfLink = 143;

    /// <summary>What the stack sent and no line has taken yet.</summary>
    public Queue<LivePacket> Packets { get; } = new();

    public PollResult Poll(Instant now, int budget) => new(network.Receive(budget, new Input(this)) > 0, Instant.Never);

    /// <summary>Brings a packet to the stack.</summary>
    /// <returns>Whether it fits the link.</returns>
    public bool Inject(ReadOnlySpan<byte> packet) => Send(stackMac, packet[0] >> 4 == 6 ? Ipv6Type : Ipv4Type, packet);

    private bool Send(MacAddress destination, ushort type, ReadOnlySpan<byte> payload)
    {
        if (network.Rent(HeaderLength + payload.Length, out var frame) != LendStatus.Lent)
        {
            return false;
        }

        destination.CopyTo(frame);
        network.Mac.CopyTo(frame[MacAddress.Size..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(2 * MacAddress.Size)..], type);
        payload.CopyTo(frame[HeaderLength..]);
        return network.Send(frame.Length, default) == SendStatus.Sent;
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < HeaderLength)
        {
            return;
        }

        var payload = frame[HeaderLength..];
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[(2 * MacAddress.Size)..]))
        {
            case ArpType when payload.Length >= ArpLength:
                OnArp(payload);
                break;
            case Ipv4Type or Ipv6Type when LivePacket.Read(payload, platform.Now) is { } packet:
                OnPacket(packet);
                break;
            default:
                break;
        }
    }

    private void OnArp(ReadOnlySpan<byte> arp)
    {
        var isRequest = BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) == 1;
        var sender = new Ipv4Address(arp.Slice(14, 4));
        var target = new Ipv4Address(arp.Slice(24, 4));
        if (!isRequest || sender.IsAny || target == sender || local == target)
        {
            return;
        }

        Span<byte> answer = stackalloc byte[ArpLength];
        arp[..ArpLength].CopyTo(answer);
        answer[7] = 2;
        network.Mac.CopyTo(answer[8..]);
        target.CopyTo(answer[14..]);
        arp.Slice(8, MacAddress.Size).CopyTo(answer[18..]);
        sender.CopyTo(answer[24..]);
        _ = Send(stackMac, ArpType, answer);
    }

    private void OnPacket(LivePacket packet)
    {
        if (packet.Protocol != LivePacket.Icmpv6 || packet.IcmpType is < FirstOfLink or > LastOfLink)
        {
            Packets.Enqueue(packet);
            return;
        }

        // What asks from no address only looks whether an address is free (RFC 4862 §5.4).
        if (packet.IcmpType == NeighbourSolicitation && packet.Data.Length >= Ipv6Address.Size && !packet.Source.IsAny)
        {
            Advertise(new Ipv6Address(packet.Data.AsSpan(0, Ipv6Address.Size)), packet.Source);
        }
    }

    private void Advertise(Ipv6Address target, IpAddress asker)
    {
        if (local == target)
        {
            return;
        }

        const int Length = 32;
        Span<byte> packet = stackalloc byte[40 + Length];
        packet.Clear();
        packet[0] = 0x60;
        packet[5] = Length;
        packet[6] = LivePacket.Icmpv6;
        packet[7] = 255;
        target.CopyTo(packet[8..]);
        asker.V6.CopyTo(packet[24..]);
        var message = packet[40..];
        message[0] = NeighbourAdvertisement;

        // Router, solicited, override.
        message[4] = 0xe0;
        target.CopyTo(message[8..]);
        message[24] = 2;
        message[25] = 1;
        network.Mac.CopyTo(message[26..]);
        var sum = InternetSum.Of(message, InternetSum.Pseudo(packet.Slice(8, 16), packet.Slice(24, 16), LivePacket.Icmpv6, Length));
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], sum);
        _ = Send(stackMac, Ipv6Type, packet);
    }

    private readonly struct Input(RemoteEnd end) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => end.OnFrame(frame);
    }
}
