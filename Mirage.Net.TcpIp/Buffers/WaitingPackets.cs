namespace Mirage.Net.TcpIp;

/// <summary>The packets of one family that wait for neighbours' link addresses: bounded for each neighbour and in all; the neighbour's oldest makes room.</summary>
/// <param name="buffers">Where their buffers come from.</param>
/// <param name="limits">The bounds.</param>
internal sealed class WaitingPackets(BufferPool buffers, StackLimits limits)
{
    private long _held;

    /// <summary>How many were dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>Puts a packet into a neighbour's queue.</summary>
    public void Add(Queue<WaitingPacket> queue, in WaitingPacket packet)
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
