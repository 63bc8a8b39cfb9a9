namespace Mirage.Net.TcpIp;

/// <summary>The packets of one family that this host sends to its own addresses, or to a group that it is in: they wait here until the next turn and never reach the link.
/// Bounded in number and in bytes.</summary>
/// <param name="buffers">Where their buffers come from.</param>
/// <param name="limits">The bounds.</param>
internal sealed class LoopbackQueue(BufferPool buffers, StackLimits limits)
{
    private readonly Queue<WaitingPacket> _packets = new();
    private byte[]? _lent;
    private long _held;

    /// <summary>How many were refused for want of room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Lends a packet to be written, which <see cref="TrySend"/> or <see cref="TryReturn"/> ends.</summary>
    public LendStatus Rent(int length, out Span<byte> packet)
    {
        packet = default;
        if (_lent is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        if (!HasRoom(length))
        {
            Dropped++;
            return LendStatus.Full;
        }

        _lent = buffers.Rent(length);
        packet = _lent.AsSpan(0, length);
        return LendStatus.Lent;
    }

    /// <summary>Sends the packet that was lent here, if one was.</summary>
    public bool TrySend(int length, in FrameInfo info)
    {
        if (_lent is not { } buffer)
        {
            return false;
        }

        _lent = null;
        Add(new WaitingPacket(buffer, length, info));
        return true;
    }

    /// <summary>Takes the packet back that was lent here, if one was.</summary>
    public bool TryReturn()
    {
        if (_lent is not { } buffer)
        {
            return false;
        }

        _lent = null;
        buffers.Return(buffer);
        return true;
    }

    public bool HasRoom(int length)
        => _packets.Count < limits.MaxLoopbackPackets && _held + BufferPool.LengthFor(length) <= limits.MaxLoopbackBytes;

    /// <summary>Adds a packet for which there is room. Its buffer goes back to the pool after it was received.</summary>
    public void Add(in WaitingPacket packet)
    {
        _held += packet.Buffer.Length;
        _packets.Enqueue(packet);
    }

    /// <summary>Takes the oldest packet, which <see cref="Release"/> ends.</summary>
    public bool TryTake(out WaitingPacket packet) => _packets.TryDequeue(out packet);

    public void Release(in WaitingPacket packet)
    {
        _held -= packet.Buffer.Length;
        buffers.Return(packet.Buffer);
    }
}
