namespace Mirage.Net.Virtual;

/// <summary>One end of a <see cref="VirtualPacketLink"/>.</summary>
internal sealed class PacketEnd(Loop loop, FramePool pool, int queueLength)
    : VirtualEndpoint(loop, pool, SmallestIpHeader, queueLength, nameof(VirtualPacketDevice))
{
    public const int SmallestIpHeader = 20;

    private PacketEnd? _peer;

    public int Mtu => Pool.Size;

    public static void Join(PacketEnd a, PacketEnd b) => (a._peer, b._peer) = (b, a);

    public SendStatus Send(int length, in FrameInfo info)
    {
        if (Take(length, in info) is not { } buffer)
        {
            return SendStatus.Failed;
        }

        // As on a wire: what finds nobody, or no room, is lost, and the receiver counts it.
        if (_peer?.Enqueue(Pool, buffer, length) is not EnqueueStatus.Queued)
        {
            Pool.Return(buffer);
        }

        return SendStatus.Sent;
    }

    protected override void OnDisconnected()
    {
        if (_peer is { } peer)
        {
            peer._peer = null;
            _peer = null;
        }
    }
}
