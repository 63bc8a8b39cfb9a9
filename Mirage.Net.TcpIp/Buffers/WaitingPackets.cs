namespace Mirage.Net.TcpIp;

/// <summary>The packets of one family that wait for neighbours' link addresses: bounded for each neighbour and in all; the neighbour's oldest makes room.</summary>
/// <param name="buffers">Where their buffers come from.</param>
/// <param name="limits">The bounds.</param>
internal sealed class WaitingPackets(BufferPool buffers, StackLimits limits)
{
    // What is lent while a neighbour's address is not known.
    private Queue<WaitingPacket>? _lentFor;
    private byte[]? _lent;
    private long _held;

    /// <summary>How many were dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>Lends a packet to be written, for a neighbour's queue: <see cref="TrySend"/> or <see cref="TryReturn"/> ends it.</summary>
    public LendStatus Rent(Queue<WaitingPacket> queue, int length, out Span<byte> packet)
    {
        if (_lent is not null)
        {
            throw new InvalidOperationException("a packet is lent already; send it or give it back first");
        }

        _lentFor = queue;
        _lent = buffers.Rent(length);
        packet = _lent.AsSpan(0, length);
        return LendStatus.Lent;
    }

    /// <summary>Puts the packet that was lent here, if one was, into its neighbour's queue.</summary>
    public bool TrySend(int length, in FrameInfo info)
    {
        if (_lent is not { } buffer)
        {
            return false;
        }

        var queue = _lentFor!;
        (_lent, _lentFor) = (null, null);
        Add(queue, new WaitingPacket(buffer, length, info));
        return true;
    }

    /// <summary>Takes the packet back that was lent here, if one was.</summary>
    public bool TryReturn()
    {
        if (_lent is not { } buffer)
        {
            return false;
        }

        (_lent, _lentFor) = (null, null);
        buffers.Return(buffer);
        return true;
    }

    private void Add(Queue<WaitingPacket> queue, in WaitingPacket packet)
    {
        _held += packet.Buffer.Length;
        queue.Enqueue(packet);
        while (queue.Count > limits.MaxPacketsPerNeighbour || (_held > limits.MaxWaitingForNeighbours && queue.Count > 0))
        {
            Drop(queue.Dequeue());
        }
    }

    /// <summary>A packet was sent.</summary>
    public void Return(in WaitingPacket packet)
    {
        _held -= packet.Buffer.Length;
        buffers.Return(packet.Buffer);
    }

    /// <summary>A packet is not to be sent.</summary>
    public void Drop(in WaitingPacket packet)
    {
        Dropped++;
        Return(packet);
    }
}
