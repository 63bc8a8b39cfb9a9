using Mirage.Net.TcpIp.Wire;
using Mirage.Net.Virtual;

namespace Mirage.Guards.Tests.Allocation;

/// <summary>A device that asks for echoes, one after the other, and answers the address resolution that comes first.</summary>
internal sealed class Pinger : IPollable
{
    private static readonly Ipv4Address _address = new(10, 0, 0, 3);

    private readonly TaskCompletionSource _done = new();
    private readonly VirtualNetwork _device;
    private readonly AllocationMeter _meter;
    private readonly MacAddress _server;
    private readonly int _size;
    private bool _isAnswered = true;

    public Pinger(Network network, AllocationMeter meter, int size)
    {
        _device = network.Switch.Connect();
        _server = network.ServerMac;
        (_meter, _size) = (meter, size);
    }

    public Task Done => _done.Task;

    public PollResult Poll(Instant now, int budget)
    {
        var busy = _device.Receive(budget, new Handler(this)) > 0;
        if (_isAnswered && !_meter.IsOver)
        {
            _isAnswered = false;
            SendEcho();
            busy = true;
        }

        return new PollResult(busy, Instant.Never);
    }

    private void SendEcho()
    {
        var frame = Rent(EtherType.Ipv4, Ipv4Packet.HeaderSize + Icmpv4Message.HeaderSize + _size);
        var packet = frame[EthernetFrame.HeaderSize..];
        Ipv4Packet.Write(packet, new Ipv4Header
        {
            TotalLength = (ushort)packet.Length,
            TimeToLive = 64,
            Protocol = IpProtocol.Icmp,
            Source = _address,
            Destination = Network.ServerAddress.V4,
        });
        Icmpv4Message.Write(packet[Ipv4Packet.HeaderSize..], Icmpv4Type.EchoRequest, 0, 1);
        Check.That(_device.Send(frame.Length, default) == SendStatus.Sent);
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        Check.That(EthernetFrame.TryParse(frame, out var parsed));
        if (parsed.Type == EtherType.Arp && ArpPacket.TryParse(parsed.Payload, out var arp) && arp.TargetAddress == _address)
        {
            ArpPacket.Write(
                Rent(EtherType.Arp, ArpPacket.Size)[EthernetFrame.HeaderSize..], ArpOperation.Reply, _device.Mac, _address, arp.SenderMac, arp.SenderAddress);
            Check.That(_device.Send(EthernetFrame.HeaderSize + ArpPacket.Size, default) == SendStatus.Sent);
        }
        else if (parsed.Type == EtherType.Ipv4)
        {
            Check.That(Ipv4Packet.TryParse(parsed.Payload, out var packet) == Ipv4ParseStatus.Valid);
            Check.That(Icmpv4Message.TryParse(packet.Payload, out var message) && message.Type == Icmpv4Type.EchoReply && message.Payload.Length == _size);
            _isAnswered = true;
            if (!_meter.Step())
            {
                _done.SetResult();
            }
        }
    }

    private Span<byte> Rent(EtherType type, int length)
    {
        Check.That(_device.Rent(EthernetFrame.HeaderSize + length, out var frame) == LendStatus.Lent);
        EthernetFrame.Write(frame, _server, _device.Mac, type);
        return frame;
    }

    private readonly struct Handler(Pinger pinger) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => pinger.OnFrame(frame);
    }
}
