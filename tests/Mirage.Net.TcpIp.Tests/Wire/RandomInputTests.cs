using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Wire;

/// <summary>No input makes a parser throw, nor an accessor of what it accepted.</summary>
public sealed class RandomInputTests
{
    private const int Count = 100_000;

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(20_240_601);
        var buffer = new byte[160];
        var accepted = 0;
        for (var i = 0; i < Count; i++)
        {
            var bytes = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            random.NextBytes(bytes);
            accepted += ReadAll(bytes, bytes.Length);
        }

        Assert.InRange(accepted, Count / 2, int.MaxValue);
    }

    [Fact]
    public void Nearly_right_frames_never_throw()
    {
        var random = new Random(20_240_602);
        byte[][] frames =
        [
            Captures.ArpRequest, Captures.EchoRequest, Captures.PortUnreachable, Captures.UdpHello,
            Captures.TcpSyn, Captures.TcpData, Captures.TcpSackOfThree,
        ];
        var valid = 0;
        for (var i = 0; i < Count; i++)
        {
            var bytes = (byte[])frames[random.Next(frames.Length)].Clone();
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                bytes[random.Next(EthernetFrame.HeaderSize, bytes.Length)] = (byte)random.Next(256);
            }

            // Half have their header checksum put right, so that what is behind it is reached.
            if (random.Next(2) == 0)
            {
                Ipv4PacketTests.Fixed(bytes[EthernetFrame.HeaderSize..]).CopyTo(bytes, EthernetFrame.HeaderSize);
            }

            var payload = bytes.AsSpan(EthernetFrame.HeaderSize, random.Next(8) == 0 ? random.Next(bytes.Length - 13) : bytes.Length - 14);
            valid += ReadAll(payload, payload.Length);
            if (Ipv4Packet.TryParse(payload, out var packet) == Ipv4ParseStatus.Valid)
            {
                valid += ReadAll(packet.Payload, payload.Length);
            }
        }

        Assert.InRange(valid, Count, int.MaxValue);
    }

    private static int ReadAll(ReadOnlySpan<byte> bytes, int limit)
    {
        var accepted = 0;
        if (EthernetFrame.TryParse(bytes, out var frame))
        {
            accepted++;
            _ = (frame.Destination, frame.Source, frame.Type);
            Assert.InRange(frame.Payload.Length, 0, limit);
        }

        if (ArpPacket.TryParse(bytes, out var arp))
        {
            accepted++;
            _ = (arp.Operation, arp.SenderMac, arp.SenderAddress, arp.TargetMac, arp.TargetAddress);
        }

        if (Ipv4Packet.TryParse(bytes, out var packet) == Ipv4ParseStatus.Valid)
        {
            accepted++;
            _ = (packet.TrafficClass, packet.Identification, packet.DontFragment, packet.MoreFragments, packet.IsFragment, packet.TimeToLive);
            _ = (packet.Protocol, packet.Source, packet.Destination);
            Assert.InRange(packet.FragmentOffset, 0, 65_528);
            Assert.InRange(packet.HeaderLength, 20, 60);
            Assert.Equal(packet.Packet.Length, packet.Header.Length + packet.Payload.Length);
            Assert.InRange(packet.Packet.Length, 0, limit);
        }

        if (Icmpv4Message.TryParse(bytes, out var icmp))
        {
            accepted++;
            _ = (icmp.Type, icmp.Code, icmp.Rest, icmp.Identifier, icmp.Sequence);
            Assert.InRange(icmp.Payload.Length, 0, limit);
        }

        if (UdpDatagram.TryParse(bytes, out var udp))
        {
            accepted++;
            _ = (udp.SourcePort, udp.DestinationPort, udp.Checksum);
            _ = udp.VerifyChecksum(Captures.HostA, Captures.HostB);
            Assert.Equal(udp.Length, udp.Datagram.Length);
            Assert.Equal(udp.Length - UdpDatagram.HeaderSize, udp.Payload.Length);
        }

        if (TcpSegment.TryParse(bytes, out var segment))
        {
            accepted++;
            _ = (segment.SourcePort, segment.DestinationPort, segment.Sequence, segment.Acknowledgement, segment.Flags, segment.Window);
            _ = (segment.Checksum, segment.UrgentPointer, segment.VerifyChecksum(Captures.HostA, Captures.HostB));
            Assert.Equal(bytes.Length, segment.HeaderLength + segment.Payload.Length);
            Assert.Equal(segment.HeaderLength, TcpSegment.HeaderSize + segment.Options.Length);
            Assert.InRange(segment.SequenceLength, segment.Payload.Length, segment.Payload.Length + 2);
            ReadOptions(segment.Options);
        }

        ReadOptions(bytes);
        return accepted;
    }

    private static void ReadOptions(ReadOnlySpan<byte> bytes)
    {
        var options = TcpOptions.Parse(bytes);
        Assert.InRange(options.WindowScale, 0, TcpOptions.MaxWindowScale);
        Assert.InRange(options.SackCount, 0, TcpOptions.MaxSackCount);
        for (var i = 0; i < options.SackCount; i++)
        {
            _ = options.GetSack(i);
        }

        Span<byte> written = stackalloc byte[TcpOptions.MaxLength];
        Assert.Equal(options.Length, options.Write(written));
    }
}
