namespace Mirage;

/// <summary>
/// A device that carries IP packets without Ethernet: a TUN interface, a WireGuard or other tunnel. The rules of lending and receiving are
/// those of <see cref="INetwork"/>, with packets in place of frames: one packet is lent at a time, what is received is valid during the handler's call only, and
/// the device wakes its loop when a packet arrives and when there is room again.
/// <para>It is used on one loop. Renting a packet, or receiving one, on another thread while the loop runs throws
/// <see cref="InvalidOperationException"/>.</para>
/// <para>Packets of both versions of IP go through; the device does not look at them.</para>
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

    /// <summary>Why nothing will go through any more: the device was removed, or disconnected. The default value while it works. A device that fails wakes its loop.</summary>
    DeviceError Failure { get; }

    /// <summary>Lends a packet to be written.</summary>
    /// <param name="length">Its length in bytes with its IP header: at least 20, at most <see cref="Mtu"/> (more only with
    /// <see cref="NetworkOffload.SendSegmentation"/>).</param>
    /// <param name="packet">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns>Whether it was lent.</returns>
    LendStatus Rent(int length, out Span<byte> packet);

    /// <summary>Sends the lent packet.</summary>
    /// <param name="length">How many bytes of it, at least 20, at most what was rented.</param>
    /// <param name="info">Its checksum and segmentation; offsets from the packet's first byte. Only what <see cref="Offload"/> names may be asked.</param>
    /// <returns>What became of it. The packet is the device's again in every case.</returns>
    SendStatus Send(int length, in FrameInfo info);

    /// <summary>Gives the lent packet back unsent.</summary>
    void Return();

    /// <summary>Delivers packets that have arrived, in order.</summary>
    /// <typeparam name="THandler">The layer above.</typeparam>
    /// <param name="budget">How many at the most.</param>
    /// <param name="handler">What gets them, with offsets from the packet's first byte. It must not call <see cref="Receive{THandler}"/>.</param>
    /// <returns>How many were delivered; fewer than the budget means that there are no more now.</returns>
    int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler;

    /// <summary>Closes the device. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}
