using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Scenarios.Tests;

/// <summary>Sends SYNs from invented addresses behind a router that it plays, at a steady rate; what is answered is dropped.</summary>
internal sealed class SynFlood : IPollable
{
    private const int PerBurst = 100;
    private const int SegmentLength = TcpSegment.HeaderSize + 4;

    private readonly VirtualNetwork _network;
    private readonly SimulatedPlatform _platform;
    private readonly MacAddress _target;
    private readonly IpAddress _server;
    private readonly IpAddress _router;
    private readonly int _segmentAt;
    private readonly TimeSpan _interval;
    private readonly byte[] _frame;
    private readonly byte[] _random = new byte[PerBurst * 12];
    private Instant _next;
    private long _left;

    public SynFlood(VirtualNetwork network, SimulatedPlatform platform, (MacAddress Mac, IpAddress Address, ushort Port) target, IpAddress router, long count, int perSecond)
    {
        (_network, _platform, _target, _server, _router, _left) = (network, platform, target.Mac, target.Address, router, count);
        _interval = TimeSpan.FromSeconds((double)PerBurst / perSecond);
        _next = platform.Now;
        _segmentAt = EthernetFrame.HeaderSize + (_server.IsV6 ? Ipv6Packet.HeaderSize : Ipv4Packet.HeaderSize);
        _frame = new byte[_segmentAt + SegmentLength];
        EthernetFrame.Write(_frame, target.Mac, network.Mac, _server.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
        var packet = _frame.AsSpan(EthernetFrame.HeaderSize);
        if (_server.IsV6)
        {
            Ipv6Packet.Write(packet, new Ipv6Header
            {
                PayloadLength = SegmentLength,
                HopLimit = 64,
                NextHeader = IpProtocol.Tcp,
                Source = IpAddress.Parse("2001:db8::").V6,
                Destination = _server.V6,
            });
        }
        else
        {
            Ipv4Packet.Write(packet, new Ipv4Header
            {
                TotalLength = (ushort)packet.Length,
                TimeToLive = 64,
                Protocol = IpProtocol.Tcp,
                Destination = _server.V4,
            });
        }

        var options = new TcpOptions { MaximumSegmentSize = 1460 };
        TcpSegment.WriteHeader(Segment, 0, target.Port, default, default, TcpFlags.Syn, 65_535, TcpSegment.HeaderSize + 4);
        _ = options.Write(Segment[TcpSegment.HeaderSize..]);
        platform.Attach(this);
    }

    public bool IsDone => _left == 0;

    /// <summary>How many segments came back.</summary>
    public long Answered { get; private set; }

    private Span<byte> Segment => _frame.AsSpan(_segmentAt);

    public PollResult Poll(Instant now, int budget)
    {
        var received = _network.Receive(budget, new Answers(this));
        while (now >= _next && _left > 0)
        {
            _platform.Fill(_random);
            for (var i = 0; i < PerBurst && _left > 0; i++, _left--)
            {
                SendSyn(_random.AsSpan(i * 12, 12));
            }

            _next += _interval;
        }

        return new PollResult(received > 0, _left > 0 ? _next : Instant.Never);
    }

    private void SendSyn(ReadOnlySpan<byte> random)
    {
        // An address of 172.16.0.0/12 or 2001:db8::/64, a port, a sequence number.
        var packet = _frame.AsSpan(EthernetFrame.HeaderSize);
        IpAddress source;
        if (_server.IsV6)
        {
            random[..4].CopyTo(packet[20..]);
            source = new Ipv6Address(packet[8..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet[12..], 0xac10_0001 + (BinaryPrimitives.ReadUInt32BigEndian(random) & 0xf_fffe));
            Put(packet[..Ipv4Packet.HeaderSize], 10, 0);
            source = new Ipv4Address(packet[12..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(Segment, (ushort)(1024 + (BinaryPrimitives.ReadUInt16BigEndian(random[4..]) % 60_000)));
        random.Slice(6, 4).CopyTo(Segment[4..]);
        Put(Segment, 16, InternetChecksum.PseudoHeader(source, _server, IpProtocol.Tcp, Segment.Length));
        Send(_frame);
    }

    /// <summary>The router's answer to who asks for its address.</summary>
    private void AnswerArp(ReadOnlySpan<byte> frame)
    {
        if (_router.IsV6 || new Ipv4Address(frame.Slice(EthernetFrame.HeaderSize + 24, 4)) != _router)
        {
            return;
        }

        Span<byte> answer = stackalloc byte[EthernetFrame.HeaderSize + ArpPacket.Size];
        EthernetFrame.Write(answer, _target, _network.Mac, EtherType.Arp);
        var asker = new Ipv4Address(frame.Slice(EthernetFrame.HeaderSize + 14, 4));
        ArpPacket.Write(answer[EthernetFrame.HeaderSize..], ArpOperation.Reply, _network.Mac, _router.V4, _target, asker);
        Send(answer);
    }

    /// <inheritdoc cref="AnswerArp"/>
    private void AnswerSolicitation(ReadOnlySpan<byte> message)
    {
        if ((Icmpv6Type)message[0] != Icmpv6Type.NeighbourSolicitation || new Ipv6Address(message[8..]) != _router.V6)
        {
            return;
        }

        const int OptionLength = 8;
        Span<byte> answer = stackalloc byte[EthernetFrame.HeaderSize + Ipv6Packet.HeaderSize + NeighbourMessage.Size + OptionLength];
        Span<byte> option = stackalloc byte[OptionLength];
        NdpOptions.WriteLinkAddress(option, NdpOptionType.TargetLinkAddress, _network.Mac);
        EthernetFrame.Write(answer, _target, _network.Mac, EtherType.Ipv6);
        var (router, server) = (_router.V6, _server.V6);
        Ipv6Packet.Write(answer[EthernetFrame.HeaderSize..], new Ipv6Header
        {
            PayloadLength = NeighbourMessage.Size + OptionLength, HopLimit = 255, NextHeader = IpProtocol.Icmpv6, Source = router, Destination = server,
        });
        const uint Flags = NeighbourMessage.RouterFlag | NeighbourMessage.SolicitedFlag | NeighbourMessage.OverrideFlag;
        NeighbourMessage.Write(
            router, server, answer[(EthernetFrame.HeaderSize + Ipv6Packet.HeaderSize)..], Icmpv6Type.NeighbourAdvertisement, Flags, router, option);
        Send(answer);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(LendStatus.Lent, _network.Rent(bytes.Length, out var frame));
        bytes.CopyTo(frame);
        Assert.Equal(SendStatus.Sent, _network.Send(bytes.Length, default));
    }

    private static void Put(Span<byte> data, int position, ulong sum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(data[position..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(data[position..], InternetChecksum.Finish(InternetChecksum.Sum(data, sum)));
    }

    private readonly struct Answers(SynFlood flood) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            if ((EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == EtherType.Arp)
            {
                flood.AnswerArp(frame);
            }
            else if (flood._server.IsV6 && (IpProtocol)frame[EthernetFrame.HeaderSize + 6] != IpProtocol.Tcp)
            {
                flood.AnswerSolicitation(frame[flood._segmentAt..]);
            }
            else
            {
                flood.Answered++;
            }
        }
    }
}
