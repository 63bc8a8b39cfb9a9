using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>Frames of Linux are read as what they are, and written again byte for byte.</summary>
public sealed class CaptureTests
{
    [Fact]
    public void An_ARP_request_is_read_and_written()
    {
        Assert.True(EthernetFrame.TryParse(Captures.ArpRequest, out var frame));
        Assert.Equal(MacAddress.Broadcast, frame.Destination);
        Assert.Equal(Captures.MacA, frame.Source);
        Assert.Equal(EtherType.Arp, frame.Type);
        Assert.True(ArpPacket.TryParse(frame.Payload, out var arp));
        Assert.Equal(ArpOperation.Request, arp.Operation);
        Assert.Equal(Captures.MacA, arp.SenderMac);
        Assert.Equal(Captures.HostA.V4, arp.SenderAddress);
        Assert.True(arp.TargetMac.IsZero);
        Assert.Equal(Captures.HostB.V4, arp.TargetAddress);

        var written = new byte[EthernetFrame.HeaderSize + ArpPacket.Size];
        EthernetFrame.Write(written, MacAddress.Broadcast, Captures.MacA, EtherType.Arp);
        ArpPacket.Write(written.AsSpan(14), ArpOperation.Request, Captures.MacA, Captures.HostA.V4, default, Captures.HostB.V4);
        Assert.Equal(Captures.ArpRequest, written);
    }

    [Fact]
    public void An_ARP_reply_is_read_and_written()
    {
        Assert.True(EthernetFrame.TryParse(Captures.ArpReply, out var frame));
        Assert.True(ArpPacket.TryParse(frame.Payload, out var arp));
        Assert.Equal(ArpOperation.Reply, arp.Operation);
        Assert.Equal(Captures.MacB, arp.SenderMac);
        Assert.Equal(Captures.HostB.V4, arp.SenderAddress);
        Assert.Equal(Captures.MacA, arp.TargetMac);
        Assert.Equal(Captures.HostA.V4, arp.TargetAddress);

        var written = new byte[EthernetFrame.HeaderSize + ArpPacket.Size];
        EthernetFrame.Write(written, Captures.MacA, Captures.MacB, EtherType.Arp);
        ArpPacket.Write(written.AsSpan(14), ArpOperation.Reply, Captures.MacB, Captures.HostB.V4, Captures.MacA, Captures.HostA.V4);
        Assert.Equal(Captures.ArpReply, written);
    }

    [Fact]
    public void An_echo_request_is_read()
    {
        var packet = Ipv4(Captures.EchoRequest, IpProtocol.Icmp);
        Assert.Equal(0xa646, packet.Identification);
        Assert.True(packet.DontFragment);
        Assert.False(packet.IsFragment);
        Assert.Equal(64, packet.TimeToLive);
        Assert.Equal(Captures.HostA, packet.Source);
        Assert.Equal(Captures.HostB, packet.Destination);
        Assert.True(Icmpv4Message.TryParse(packet.Payload, out var message));
        Assert.Equal(Icmpv4Type.EchoRequest, message.Type);
        Assert.Equal(0, message.Code);
        Assert.Equal(0x1b60, message.Identifier);
        Assert.Equal(1, message.Sequence);
        Assert.Equal(0x1b60_0001u, message.Rest);
        Assert.Equal(16, message.Payload.Length);
    }

    [Fact]
    public void The_answer_written_to_an_echo_request_is_the_one_Linux_wrote()
    {
        Assert.True(Icmpv4Message.TryParse(Ipv4(Captures.EchoRequest, IpProtocol.Icmp).Payload, out var request));
        var written = new byte[EthernetFrame.HeaderSize + 44];
        EthernetFrame.Write(written, Captures.MacA, Captures.MacB, EtherType.Ipv4);
        Ipv4Packet.Write(written.AsSpan(14), new Ipv4Header
        {
            TotalLength = 44,
            Identification = 0x5e53,
            TimeToLive = 64,
            Protocol = IpProtocol.Icmp,
            Source = Captures.HostB.V4,
            Destination = Captures.HostA.V4,
        });
        request.Payload.CopyTo(written.AsSpan(42));
        Icmpv4Message.Write(written.AsSpan(34), Icmpv4Type.EchoReply, 0, request.Rest);
        Assert.Equal(Captures.EchoReply, written);
    }

    [Fact]
    public void A_port_unreachable_message_quotes_the_packet_that_it_is_about()
    {
        var packet = Ipv4(Captures.PortUnreachable, IpProtocol.Icmp);
        Assert.Equal(0xc0, packet.TrafficClass);
        Assert.True(Icmpv4Message.TryParse(packet.Payload, out var message));
        Assert.Equal(Icmpv4Type.DestinationUnreachable, message.Type);
        Assert.Equal(3, message.Code);
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(message.Payload, out var quoted));
        Assert.True(quoted.Packet.SequenceEqual(Captures.UdpToClosedPort.AsSpan(14)));
    }

    [Fact]
    public void A_UDP_datagram_is_read_and_written()
    {
        var packet = Ipv4(Captures.UdpHello, IpProtocol.Udp);
        Assert.True(UdpDatagram.TryParse(packet.Payload, out var udp));
        Assert.Equal(39_454, udp.SourcePort);
        Assert.Equal(5353, udp.DestinationPort);
        Assert.Equal(13, udp.Length);
        Assert.Equal(0xf8e5, udp.Checksum);
        Assert.True(udp.Payload.SequenceEqual("hello"u8));
        Assert.True(udp.VerifyChecksum(packet.Source, packet.Destination));

        var written = new byte[13];
        var sum = InternetChecksum.PseudoHeader(packet.Source, packet.Destination, IpProtocol.Udp, 13);
        UdpDatagram.WriteHeader(written, 39_454, 5353, 13, 0);
        sum = InternetChecksum.CopyAndSum("hello"u8, written.AsSpan(8), InternetChecksum.Sum(written.AsSpan(0, 8), sum));
        UdpDatagram.WriteHeader(written, 39_454, 5353, 13, UdpDatagram.ComputeChecksum(sum));
        Assert.True(packet.Payload.SequenceEqual(written));
    }

    [Fact]
    public void A_SYN_is_read_and_written_with_its_options_in_the_same_order()
    {
        var packet = Ipv4(Captures.TcpSyn, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.Equal(39_974, segment.SourcePort);
        Assert.Equal(7, segment.DestinationPort);
        Assert.Equal(0x21ac_0a3du, segment.Sequence.Value);
        Assert.Equal(0u, segment.Acknowledgement.Value);
        Assert.Equal(TcpFlags.Syn, segment.Flags);
        Assert.Equal(64_240, segment.Window);
        Assert.Equal(0xda54, segment.Checksum);
        Assert.Equal(0, segment.UrgentPointer);
        Assert.Equal(40, segment.HeaderLength);
        Assert.True(segment.Payload.IsEmpty);
        Assert.Equal(1, segment.SequenceLength);
        Assert.True(segment.VerifyChecksum(packet.Source, packet.Destination));

        var options = TcpOptions.Parse(segment.Options);
        Assert.Equal(1460, options.MaximumSegmentSize);
        Assert.True(options.SackPermitted);
        Assert.True(options.HasTimestamp);
        Assert.Equal(1_335_117_560u, options.TimestampValue);
        Assert.Equal(0u, options.TimestampEcho);
        Assert.True(options.HasWindowScale);
        Assert.Equal(10, options.WindowScale);
        Assert.Equal(0, options.SackCount);
        AssertWrittenAgain(packet, segment);
    }

    [Fact]
    public void A_SYN_and_ACK_is_read_and_written()
    {
        var packet = Ipv4(Captures.TcpSynAck, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, segment.Flags);
        Assert.Equal(0x822d_c7b5u, segment.Sequence.Value);
        Assert.Equal(0x21ac_0a3eu, segment.Acknowledgement.Value);
        Assert.Equal(1_335_117_560u, TcpOptions.Parse(segment.Options).TimestampEcho);
        AssertWrittenAgain(packet, segment);
    }

    [Fact]
    public void Data_is_read_and_written()
    {
        var packet = Ipv4(Captures.TcpData, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.Equal(TcpFlags.Psh | TcpFlags.Ack, segment.Flags);
        Assert.True(segment.Payload.SequenceEqual("hello"u8));
        Assert.Equal(5, segment.SequenceLength);
        var options = TcpOptions.Parse(segment.Options);
        Assert.True(options.HasTimestamp);
        Assert.Equal(0x4f94_46f8u, options.TimestampValue);
        Assert.Equal(0x6744_0b5fu, options.TimestampEcho);
        AssertWrittenAgain(packet, segment);
    }

    [Fact]
    public void An_ACK_and_a_FIN_are_read_and_written()
    {
        var ack = Ipv4(Captures.TcpAck, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(ack.Payload, out var segment));
        Assert.Equal(0, segment.SequenceLength);
        AssertWrittenAgain(ack, segment);

        var fin = Ipv4(Captures.TcpFin, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(fin.Payload, out segment));
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack, segment.Flags);
        Assert.Equal(1, segment.SequenceLength);
        AssertWrittenAgain(fin, segment);
    }

    [Fact]
    public void Three_SACK_blocks_are_read_and_written()
    {
        var packet = Ipv4(Captures.TcpSackOfThree, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        var options = TcpOptions.Parse(segment.Options);
        Assert.Equal(3, options.SackCount);
        uint[] starts = [0x15ec_4edc, 0x15ec_4e78, 0x15ec_4e14];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(starts[i], options.GetSack(i).Start.Value);
            Assert.Equal(5, options.GetSack(i).End - options.GetSack(i).Start);
        }

        AssertWrittenAgain(packet, segment);
    }

    [Fact]
    public void A_reset_without_options_is_read()
    {
        var packet = Ipv4(Captures.TcpRst, IpProtocol.Tcp);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.Equal(TcpFlags.Rst, segment.Flags);
        Assert.True(segment.Options.IsEmpty);
        AssertWrittenAgain(packet, segment);
    }

    private static Ipv4Packet Ipv4(byte[] bytes, IpProtocol protocol)
    {
        Assert.True(EthernetFrame.TryParse(bytes, out var frame));
        Assert.Equal(EtherType.Ipv4, frame.Type);
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(frame.Payload, out var packet));
        Assert.Equal(protocol, packet.Protocol);
        return packet;
    }

    private static void AssertWrittenAgain(Ipv4Packet packet, TcpSegment segment)
    {
        var written = new byte[packet.Packet.Length];
        Ipv4Packet.Write(written, new Ipv4Header
        {
            TrafficClass = packet.TrafficClass,
            TotalLength = (ushort)packet.Packet.Length,
            Identification = packet.Identification,
            DontFragment = packet.DontFragment,
            TimeToLive = packet.TimeToLive,
            Protocol = packet.Protocol,
            Source = packet.Source,
            Destination = packet.Destination,
        });
        var tcp = written.AsSpan(Ipv4Packet.HeaderSize);
        var options = TcpOptions.Parse(segment.Options);
        var length = TcpSegment.HeaderSize + options.Write(tcp[TcpSegment.HeaderSize..]);
        TcpSegment.WriteHeader(
            tcp, segment.SourcePort, segment.DestinationPort, segment.Sequence, segment.Acknowledgement, segment.Flags, segment.Window, length);
        segment.Payload.CopyTo(tcp[length..]);
        var sum = InternetChecksum.Sum(tcp, InternetChecksum.PseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, tcp.Length));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], InternetChecksum.Finish(sum));
        Assert.Equal(packet.Packet.ToArray(), written);
    }
}
