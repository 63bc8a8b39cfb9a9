using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Scenarios.Tests;

/// <summary>Sends SYNs from invented addresses behind a router that it plays, at a steady rate; what is answered is dropped.</summary>
internal sealed class SynFlood : IPollable
{
    private const int PerBurst = 100;
    private const int FrameLength = EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize + TcpSegment.HeaderSize + 4;

    private readonly VirtualNetwork _network;
    private readonly SimulatedPlatform _platform;
    private readonly MacAddress _target;
    private readonly Ipv4Address _router;
    private readonly TimeSpan _interval;
    private readonly byte[] _frame = new byte[FrameLength];
    private readonly byte[] _random = new byte[PerBurst * 12];
    private Instant _next;
    private long _left;

    public SynFlood(VirtualNetwork network, SimulatedPlatform platform, (MacAddress Mac, Ipv4Address Address, ushort Port) target, Ipv4Address router, long count, int perSecond)
    {
        (_network, _platform, _target, _router, _left) = (network, platform, target.Mac, router, count);
        _interval = TimeSpan.FromSeconds((double)PerBurst / perSecond);
        _next = platform.Now;
        EthernetFrame.Write(_frame, target.Mac, network.Mac, EtherType.Ipv4);
        Ipv4Packet.Write(_frame.AsSpan(EthernetFrame.HeaderSize), new Ipv4Header
        {
            TotalLength = FrameLength - EthernetFrame.HeaderSize,
            TimeToLive = 64,
            Protocol = IpProtocol.Tcp,
            Destination = target.Address,
        });
        var options = new TcpOptions { MaximumSegmentSize = 1460 };
        TcpSegment.WriteHeader(Segment, 0, target.Port, default, default, TcpFlags.Syn, 65_535, TcpSegment.HeaderSize + 4);
        _ = options.Write(Segment[TcpSegment.HeaderSize..]);
        platform.Attach(this);
    }

    public bool IsDone => _left == 0;

    /// <summary>How many segments came back.</summary>
    public long Answered { get; private set; }

    private Span<byte> Segment => _frame.AsSpan(EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize);

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
        // 172.16.0.0/12, a port, a sequence number.
        var packet = _frame.AsSpan(EthernetFrame.HeaderSize);
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], 0xac10_0001 + (BinaryPrimitives.ReadUInt32BigEndian(random) & 0xf_fffe));
        Put(packet[..Ipv4Packet.HeaderSize], 10, 0);
        BinaryPrimitives.WriteUInt16BigEndian(Segment, (ushort)(1024 + (BinaryPrimitives.ReadUInt16BigEndian(random[4..]) % 60_000)));
        random.Slice(6, 4).CopyTo(Segment[4..]);
        Put(Segment, 16, Checksum.PseudoHeader(new Ipv4Address(packet[12..]), new Ipv4Address(packet[16..]), IpProtocol.Tcp, Segment.Length));
        Send(_frame);
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
        BinaryPrimitives.WriteUInt16BigEndian(data[position..], Checksum.Finish(Checksum.Sum(data, sum)));
    }

    private readonly struct Answers(SynFlood flood) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == (ushort)EtherType.Arp)
            {
                Span<byte> answer = stackalloc byte[EthernetFrame.HeaderSize + ArpPacket.Size];
                EthernetFrame.Write(answer, flood._target, flood._network.Mac, EtherType.Arp);
                var asker = new Ipv4Address(frame.Slice(EthernetFrame.HeaderSize + 14, 4));
                ArpPacket.Write(answer[EthernetFrame.HeaderSize..], ArpOperation.Reply, flood._network.Mac, flood._router, flood._target, asker);
                if (new Ipv4Address(frame.Slice(EthernetFrame.HeaderSize + 24, 4)) == flood._router)
                {
                    flood.Send(answer);
                }
            }
            else
            {
                flood.Answered++;
            }
        }
    }
}
