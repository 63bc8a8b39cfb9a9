using Mirage.Net.TcpIp.Wire;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.BadInput;

/// <summary>
/// A host on the network that follows the protocols just far enough to get somewhere: it answers address resolution, opens TCP connections and knows the
/// sequence numbers of the one that is open. What it sends on is for others to spoil.
/// </summary>
internal sealed class Attacker : IPollable
{
    // Far from the others' addresses: one wrong bit must not make it one of them, which would be another attack.
    public static readonly Ipv4Address Address = new(10, 0, 0, 252);

    private static readonly MacAddress _mac = MacAddress.Local(0x5555_5555_5555);

    private readonly FrameBuilder _reply = new();
    private readonly Loop _loop;

    public Attacker(Network network)
    {
        _loop = network.Loop;
        Device = network.Switch.Connect(_mac);
        Target = network.ServerMac;
    }

    public VirtualNetwork Device { get; }

    public MacAddress Target { get; }

    public ushort Port { get; private set; }

    /// <summary>Whether the connection from <see cref="Port"/> is open, as far as this end knows.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>How many connections were opened.</summary>
    public int Opened { get; private set; }

    public SequenceNumber Next { get; private set; }

    public SequenceNumber PeerNext { get; private set; }

    public uint PeerTimestamp { get; private set; }

    public uint Timestamp => (uint)(_loop.Now.Nanoseconds / 1_000_000) + 1000;

    /// <summary>Whether the answer to the last opening would be here: one at a time, since a flood of them is another matter than wrong ones.</summary>
    public bool MayBegin { get; private set; } = true;

    public PollResult Poll(Instant now, int budget)
    {
        var received = Device.Receive(budget, new Handler(this));
        MayBegin = !IsOpen;
        return new(received > 0, Instant.Never);
    }

    public void Send(ReadOnlySpan<byte> frame)
    {
        Assert.Equal(LendStatus.Lent, Device.Rent(frame.Length, out var lent));
        frame.CopyTo(lent);
        Assert.Equal(SendStatus.Sent, Device.Send(frame.Length, default));
    }

    /// <summary>Takes a port for the next connection.</summary>
    public void Begin(ushort port, SequenceNumber sequence)
    {
        (Port, Next, MayBegin) = (port, sequence + 1, false);
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        Assert.True(EthernetFrame.TryParse(frame, out var parsed));
        if (parsed.Type == EtherType.Arp && ArpPacket.TryParse(parsed.Payload, out var arp) && arp.Operation == ArpOperation.Request && arp.TargetAddress == Address)
        {
            Send(_reply.Ethernet(arp.SenderMac, Device.Mac, EtherType.Arp).Arp(ArpOperation.Reply, Device.Mac, Address, arp.SenderMac, arp.SenderAddress).Frame);
        }
        else if (parsed.Type == EtherType.Ipv4 && Ipv4Packet.TryParse(parsed.Payload, out var packet) == Ipv4ParseStatus.Valid
            && packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var segment) && segment.DestinationPort == Port)
        {
            OnSegment(segment);
        }
    }

    private void OnSegment(in TcpSegment segment)
    {
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            IsOpen = false;
            return;
        }

        var options = TcpOptions.Parse(segment.Options);
        PeerTimestamp = options.HasTimestamp ? options.TimestampValue : PeerTimestamp;
        PeerNext = segment.Sequence + segment.SequenceLength;
        if ((segment.Flags & TcpFlags.Ack) != 0)
        {
            Next = segment.Acknowledgement;
        }

        if ((segment.Flags & TcpFlags.Syn) != 0)
        {
            IsOpen = true;
            Opened++;
        }

        if (segment.SequenceLength > 0)
        {
            var acknowledgement = new TcpOptions { HasTimestamp = options.HasTimestamp, TimestampValue = Timestamp, TimestampEcho = PeerTimestamp };
            Send(_reply.Ethernet(Target, Device.Mac, EtherType.Ipv4).Ipv4(Header(IpProtocol.Tcp))
                .Tcp(Port, segment.SourcePort, Next, PeerNext, TcpFlags.Ack, acknowledgement, default).Complete().Frame);
        }
    }

    public static Ipv4Header Header(IpProtocol protocol)
        => new() { TimeToLive = 64, Protocol = protocol, Source = Address, Destination = Network.ServerAddress.V4 };

    private readonly struct Handler(Attacker attacker) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => attacker.OnFrame(frame);
    }
}
