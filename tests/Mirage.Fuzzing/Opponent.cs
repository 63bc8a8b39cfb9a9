using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Fuzzing;

/// <summary>
/// The rest of the network. It answers address resolution, remembers what the stack sends, and keeps a list of conversations, so that what it makes up is
/// near to what the stack expects.
/// </summary>
internal sealed class Opponent(FuzzCable cable)
{
    /// <summary>Where the stack's program listens.</summary>
    public const ushort StackPort = 80;

    private const int MaxConversations = 16;
    private const int MaxKept = 32;

    public static readonly MacAddress Mac = MacAddress.Local(0x0200);
    public static readonly IpAddress StackV4 = new Ipv4Address(10, 0, 0, 1);
    public static readonly IpAddress StackV6 = IpAddress.Parse("fd00::1");
    public static readonly IpAddress[] Hosts = [new Ipv4Address(10, 0, 0, 2), new Ipv4Address(10, 0, 0, 3), IpAddress.Parse("fd00::2"), IpAddress.Parse("fe80::2"), new Ipv4Address(192, 0, 2, 1)];

    private readonly List<Conversation> _conversations = [];
    private readonly Queue<byte[]> _packets = new();

    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>IP packets that the stack sent lately, the oldest first.</summary>
    public IReadOnlyCollection<byte[]> Packets => _packets;

    /// <summary>Whether it answers ARP and neighbour solicitations.</summary>
    public bool AnswersResolution { get; set; } = true;

    public void Send(byte[] frame) => cable.ToStack.Enqueue(frame);

    public void SendIp(byte[] packet)
        => Send(Frames.Ethernet(FuzzCable.StackMac, Mac, packet[0] >> 4 == 4 ? EtherType.Ipv4 : EtherType.Ipv6, packet));

    public static IpAddress StackFor(IpAddress host) => host.IsV4 ? StackV4 : StackV6;

    public Conversation Open(IpEndpoint opponent, IpEndpoint stack)
    {
        var known = _conversations.Find(c => c.Opponent == opponent && c.Stack == stack);
        if (known is null)
        {
            if (_conversations.Count == MaxConversations)
            {
                _conversations.RemoveAt(0);
            }

            _conversations.Add(known = new Conversation(opponent, stack) { Next = new SequenceNumber((uint)(opponent.Port * 0x1357_9bdf)) });
        }

        return known;
    }

    /// <summary>Takes in what the stack has sent since the last time.</summary>
    public void Listen()
    {
        foreach (var frame in cable.FromStack)
        {
            if (!EthernetFrame.TryParse(frame, out var parsed))
            {
                throw new InvalidOperationException("the stack sent a frame without a header");
            }

            if (parsed.Type == EtherType.Arp)
            {
                OnArp(parsed.Payload);
            }
            else
            {
                _packets.Enqueue(parsed.Payload.ToArray());
                if (_packets.Count > MaxKept)
                {
                    _ = _packets.Dequeue();
                }

                OnIp(parsed.Payload);
            }
        }

        cable.FromStack.Clear();
    }

    private void OnArp(ReadOnlySpan<byte> payload)
    {
        if (AnswersResolution && ArpPacket.TryParse(payload, out var arp) && arp.Operation == ArpOperation.Request && arp.TargetAddress != arp.SenderAddress
            && Array.IndexOf(Hosts, arp.TargetAddress) >= 0)
        {
            Span<byte> reply = stackalloc byte[ArpPacket.Size];
            ArpPacket.Write(reply, ArpOperation.Reply, Mac, arp.TargetAddress, arp.SenderMac, arp.SenderAddress);
            Send(Frames.Ethernet(arp.SenderMac, Mac, EtherType.Arp, reply));
        }
    }

    private void OnIp(ReadOnlySpan<byte> packet)
    {
        if (packet[0] >> 4 == 4)
        {
            if (Ipv4Packet.TryParse(packet, out var ip) != Ipv4ParseStatus.Valid)
            {
                throw new InvalidOperationException("the stack sent an IPv4 packet that is not valid");
            }

            if (!ip.IsFragment)
            {
                OnPayload(ip.Source, ip.Destination, ip.Protocol, ip.Payload);
            }
        }
        else
        {
            OnPayload(new Ipv6Address(packet[8..24]), new Ipv6Address(packet[24..40]), (IpProtocol)packet[6], packet[Frames.Ipv6Header..]);
        }
    }

    private void OnPayload(IpAddress source, IpAddress destination, IpProtocol protocol, ReadOnlySpan<byte> payload)
    {
        if (protocol == IpProtocol.Tcp)
        {
            OnSegment(source, destination, payload);
        }
        else if (protocol == IpProtocol.Icmpv6 && payload.Length >= 24 && payload[0] == 135)
        {
            AnswerSolicitation(source, new Ipv6Address(payload[8..24]));
        }
    }

    // RFC 4861 §7.2.4.
    private void AnswerSolicitation(IpAddress source, Ipv6Address target)
    {
        if (!AnswersResolution || source.IsAny || Array.IndexOf(Hosts, target) < 0)
        {
            return;
        }

        Span<byte> body = stackalloc byte[24];
        target.CopyTo(body);
        (body[16], body[17]) = (2, 1);
        Mac.CopyTo(body[18..]);
        var message = Frames.WithChecksum(Frames.Icmp(136, 0, 0x6000_0000, body), target, source, IpProtocol.Icmpv6);
        SendIp(Frames.Ip(target, source, IpProtocol.Icmpv6, message, hops: 255));
    }

    private void OnSegment(IpAddress source, IpAddress destination, ReadOnlySpan<byte> payload)
    {
        if (!TcpSegment.TryParse(payload, out var segment) || !segment.VerifyChecksum(source, destination))
        {
            throw new InvalidOperationException("the stack sent a TCP segment that is not valid");
        }

        var conversation = Open(new(destination, segment.DestinationPort), new(source, segment.SourcePort));
        var options = TcpOptions.Parse(segment.Options);
        conversation.StackTimestamp = options.HasTimestamp ? options.TimestampValue : conversation.StackTimestamp;
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            return;
        }

        conversation.StackNext = (segment.Flags & TcpFlags.Syn) != 0
            ? segment.Sequence + 1
            : SequenceNumber.Max(conversation.StackNext, segment.Sequence + segment.SequenceLength);
        if ((segment.Flags & TcpFlags.Ack) != 0)
        {
            conversation.StackAcknowledges = segment.Acknowledgement;
            conversation.Next = segment.Acknowledgement;
        }

        if ((segment.Flags & TcpFlags.Syn) != 0)
        {
            conversation.HasTimestamps = options.HasTimestamp;
            if ((segment.Flags & TcpFlags.Ack) == 0)
            {
                conversation.Next = new SequenceNumber(BinaryPrimitives.ReverseEndianness(segment.Sequence.Value));
            }
        }
    }
}
