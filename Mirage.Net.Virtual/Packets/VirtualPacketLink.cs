namespace Mirage.Net.Virtual;

/// <summary>
/// Two packet devices in memory, connected to each other: what one sends arrives at the other, in the buffer that the sender wrote. It is a cable, not a host:
/// when one end is disconnected the other goes on, and what it sends is lost. A packet that finds the other end's queue full is lost and counted there.
/// </summary>
public sealed class VirtualPacketLink
{
    private const int MinMtu = 20;
    private const int MaxMtu = 65_535;
    private const int MaxQueueLength = 1 << 20;

    /// <summary>Connects two devices.</summary>
    /// <param name="loop">The loop of both, and of what uses them.</param>
    /// <param name="mtu">The largest packet in bytes, with its IP header: 20 to 65,535.</param>
    /// <param name="queueLength">How many received packets wait at each end before further ones are dropped: 1 to 1,048,576; rounded up to a power of two.</param>
    public VirtualPacketLink(Loop loop, int mtu = 1500, int queueLength = 1024)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, MinMtu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, MaxMtu);
        ArgumentOutOfRangeException.ThrowIfLessThan(queueLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queueLength, MaxQueueLength);
        var pool = new FramePool(mtu);
        var (a, b) = (new PacketEnd(loop, pool, queueLength), new PacketEnd(loop, pool, queueLength));
        PacketEnd.Join(a, b);
        (A, B) = (new VirtualPacketDevice(a), new VirtualPacketDevice(b));
    }

    /// <summary>One end.</summary>
    public VirtualPacketDevice A { get; }

    /// <summary>The other end.</summary>
    public VirtualPacketDevice B { get; }
}
