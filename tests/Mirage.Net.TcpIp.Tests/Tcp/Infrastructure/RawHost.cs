using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A host without a stack: it answers address resolution, and for the rest sends what a test makes and keeps what arrives.</summary>
internal sealed class RawHost : IPollable
{
    private readonly VirtualNetwork _network;
    private readonly SimulatedPlatform _platform;
    private readonly Queue<Sent> _segments = new();
    private readonly Queue<byte[]> _packets = new();
    private TaskCompletionSource? _arrived;

    public RawHost(VirtualNetwork network, SimulatedPlatform platform, Ipv4Address address)
    {
        _network = network;
        _platform = platform;
        Address = address;
        platform.Attach(this);
    }

    public Ipv4Address Address { get; }

    public MacAddress Mac => _network.Mac;

    /// <summary>The stack's Ethernet address, once it has been heard.</summary>
    public MacAddress StackMac { get; set; } = MacAddress.Broadcast;

    public bool AnswersArp { get; set; } = true;

    /// <summary>The ARP packets that arrived: when, and to whom the frame went.</summary>
    public List<(double At, MacAddress To, ArpOperation Operation, Ipv4Address Sender, Ipv4Address Target)> Arps { get; } = [];

    /// <summary>The addresses that it answers for.</summary>
    public HashSet<Ipv4Address> Addresses { get; } = [];

    /// <summary>Where frames go too, if anywhere.</summary>
    public List<byte[]>? Frames { get; set; }

    /// <summary>Where IPv4 packets go as they are, if anywhere.</summary>
    public List<byte[]>? Sink { get; set; }

    /// <summary>The packets that were kept, which are not kept any more.</summary>
    public byte[][] TakePackets()
    {
        byte[][] packets = [.. Sink ?? [], .. _packets];
        Sink?.Clear();
        _packets.Clear();
        return packets;
    }

    public double Now => _platform.Now.Nanoseconds / 1e6;

    /// <summary>Whether nothing waits to be looked at.</summary>
    public bool IsQuiet => _segments.Count == 0;

    public PollResult Poll(Instant now, int budget) => new(_network.Receive(budget, new Input(this)) > 0, Instant.Never);

    /// <summary>Forgets what has arrived.</summary>
    public void Clear() => _segments.Clear();

    /// <summary>The next segment, or <see langword="null"/> if none comes in time.</summary>
    public async Task<Sent?> NextSegmentAsync(TimeSpan limit)
    {
        await WaitAsync(() => _segments.Count > 0, limit);
        return _segments.TryDequeue(out var segment) ? segment : null;
    }

    /// <summary>The next packet that is not TCP, or <see langword="null"/> if none comes in time.</summary>
    public async Task<byte[]?> NextPacketAsync(TimeSpan limit)
    {
        await WaitAsync(() => _packets.Count > 0, limit);
        return _packets.TryDequeue(out var packet) ? packet : null;
    }

    public void SendFrame(MacAddress to, EtherType type, ReadOnlySpan<byte> payload)
    {
        Assert.Equal(LendStatus.Lent, _network.Rent(EthernetFrame.HeaderSize + payload.Length, out var frame));
        EthernetFrame.Write(frame, to, Mac, type);
        payload.CopyTo(frame[EthernetFrame.HeaderSize..]);
        Assert.Equal(SendStatus.Sent, _network.Send(frame.Length, default));
    }

    public void SendArp(ArpOperation operation, Ipv4Address sender, Ipv4Address target, MacAddress? senderMac = null, MacAddress? to = null)
    {
        Span<byte> packet = stackalloc byte[ArpPacket.Size];
        ArpPacket.Write(packet, operation, senderMac ?? Mac, sender, default, target);
        SendFrame(to ?? MacAddress.Broadcast, EtherType.Arp, packet);
    }

    public void SendIp(Ipv4Header header, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[Ipv4Packet.HeaderSize + payload.Length];
        Ipv4Packet.Write(packet, header);
        payload.CopyTo(packet.AsSpan(Ipv4Packet.HeaderSize));
        SendFrame(StackMac, EtherType.Ipv4, packet);
    }

    private async Task WaitAsync(Func<bool> done, TimeSpan limit)
    {
        var deadline = _platform.Now + limit;
        while (!done() && _platform.Now < deadline)
        {
            // Awaited directly: what joins tasks would go on on another thread.
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _arrived = arrived;
            using var timer = _platform.TimeProvider.CreateTimer(_ => arrived.TrySetResult(), null, deadline - _platform.Now, Timeout.InfiniteTimeSpan);
            await arrived.Task;
        }
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        Frames?.Add(frame.ToArray());
        Assert.True(EthernetFrame.TryParse(frame, out var ethernet));
        if (ethernet.Type == EtherType.Arp)
        {
            OnArp(ethernet);
        }
        else if (ethernet.Type == EtherType.Ipv4)
        {
            OnIp(ethernet.Payload);
        }

        _ = _arrived?.TrySetResult();
    }

    private void OnArp(in EthernetFrame frame)
    {
        Assert.True(ArpPacket.TryParse(frame.Payload, out var arp));
        Arps.Add((Now, frame.Destination, arp.Operation, arp.SenderAddress, arp.TargetAddress));
        StackMac = frame.Source;
        if (AnswersArp && arp.Operation == ArpOperation.Request && (arp.TargetAddress == Address || Addresses.Contains(arp.TargetAddress)))
        {
            SendArp(ArpOperation.Reply, arp.TargetAddress, arp.SenderAddress, to: frame.Source);
        }
    }

    private void OnIp(ReadOnlySpan<byte> packet)
    {
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var ip));
        if (Sink is not null)
        {
            Sink.Add(ip.Packet.ToArray());
            return;
        }

        if (ip.Protocol != IpProtocol.Tcp)
        {
            _packets.Enqueue(ip.Packet.ToArray());
            return;
        }

        Assert.True(TcpSegment.TryParse(ip.Payload, out var segment));
        Assert.True(segment.VerifyChecksum(ip.Source, ip.Destination));
        _segments.Enqueue(new Sent(
            Now, segment.SourcePort, segment.DestinationPort, segment.Sequence.Value, segment.Acknowledgement.Value, segment.Flags, segment.Window,
            TcpOptions.Parse(segment.Options), segment.Options.ToArray(), segment.Payload.ToArray())
        {
            TrafficClass = ip.TrafficClass,
        });
    }

    private readonly struct Input(RawHost host) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => host.OnFrame(frame);
    }
}
