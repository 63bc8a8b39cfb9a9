using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Packets that this host sends to its own addresses: they wait here until the next turn and never reach the link.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private readonly Queue<WaitingPacket> _loopback = new();
    private byte[]? _lentLoopback;
    private long _loopbackHeld;

    public int ReceiveLoopback<THandler>(int budget, THandler handler)
        where THandler : struct, IIpHandler
    {
        var count = 0;
        while (count < budget && _loopback.TryDequeue(out var waiting))
        {
            count++;
            _received++;
            if (Ipv6Packet.TryParse(waiting.Buffer.AsSpan(0, waiting.Length), out var parsed) == Ipv6ParseStatus.Valid)
            {
                InputHeaders(parsed, waiting.Info, isReassembled: false, handler);
            }

            _loopbackHeld -= waiting.Buffer.Length;
            buffers.Return(waiting.Buffer);
        }

        return count;
    }

    private bool HasLoopbackRoom(int length)
        => _loopback.Count < limits.MaxLoopbackPackets && _loopbackHeld + BufferPool.LengthFor(length) <= limits.MaxLoopbackBytes;

    private void LoopBack(in WaitingPacket packet)
    {
        _loopbackHeld += packet.Buffer.Length;
        _loopback.Enqueue(packet);
    }

    private LendStatus RentLoopback(int length, out Span<byte> packet)
    {
        packet = default;
        if (_lentLoopback is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        if (!HasLoopbackRoom(length))
        {
            _counters = _counters with { LoopbackDropped = _counters.LoopbackDropped + 1 };
            return LendStatus.Full;
        }

        _lentLoopback = buffers.Rent(length);
        packet = _lentLoopback.AsSpan(0, length);
        return LendStatus.Lent;
    }
}
