namespace Mirage;

/// <summary>
/// A device that carries IP packets without Ethernet: a TUN interface, a WireGuard or other tunnel. The rules of lending and receiving are
/// those of <see cref="INetwork"/>, with packets in place of frames.
/// </summary>
public interface IPacketDevice
{
    /// <inheritdoc cref="INetwork.Offload"/>
    static abstract NetworkOffload Offload { get; }

    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>The largest packet in bytes, with its IP header.</summary>
    int Mtu { get; }

    /// <summary>What has gone through; frames are packets here.</summary>
    NetworkCounters Counters { get; }

    /// <summary>Lends a packet to be written.</summary>
    /// <param name="length">Its length in bytes with its IP header, at most <see cref="Mtu"/>.</param>
    /// <param name="packet">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent.</returns>
    LendStatus Rent(int length, out Span<byte> packet);

    /// <summary>Sends the lent packet.</summary>
    /// <param name="length">How many bytes of it.</param>
    /// <param name="info">Its checksum and segmentation; offsets from the packet's first byte.</param>
    /// <returns>What became of it.</returns>
    SendStatus Send(int length, in FrameInfo info);

    /// <summary>Gives the lent packet back unsent.</summary>
    void Return();

    /// <summary>Delivers packets that have arrived, in order.</summary>
    /// <typeparam name="THandler">The layer above.</typeparam>
    /// <param name="budget">How many at the most.</param>
    /// <param name="handler">What gets them.</param>
    /// <returns>How many were delivered.</returns>
    int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler;

    /// <summary>Closes the device. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}
