namespace Mirage;

/// <summary>
/// What network devices (<see cref="INetwork"/>) and packet devices (<see cref="IPacketDevice"/>) have in common: they carry frames, which are Ethernet
/// frames in the one and IP packets in the other. A device implements one of these two. Frames are written in the device's memory and read in it: nothing is copied on the way.
/// <para>It is used on one loop. Renting a frame, or receiving one, on another thread while the loop runs throws
/// <see cref="InvalidOperationException"/>: two threads would mix up frames without a word.</para>
/// <para><b>Sending.</b> <see cref="Rent"/> lends one frame; the caller writes it and then either calls <see cref="Send"/> or <see cref="Return"/>,
/// before the next <see cref="Rent"/>. The span is the caller's only until then. Renting while a frame is lent throws
/// <see cref="InvalidOperationException"/>. Replies made in a receive handler follow the same rule.</para>
/// <para><b>Receiving.</b> <see cref="Receive{THandler}"/> calls the handler with each frame that has arrived; the span is valid only during that call.</para>
/// <para>A device wakes its loop when a frame arrives, and when there is room after it had lent nothing because it was full.</para>
/// </summary>
public interface IFrameDevice
{
    /// <summary>What the device does in place of the stack; the same for the whole life of the program.</summary>
    static abstract NetworkOffload Offload { get; }

    /// <summary>How many bytes of a frame come before the IP packet: 14 with Ethernet, 0 without.</summary>
    static abstract int LinkHeaderSize { get; }

    /// <summary>The least length of a frame in bytes: that of an Ethernet header, or of an IPv4 header.</summary>
    static abstract int MinFrameLength { get; }

    /// <summary>Whether this is the default value, which names nothing.</summary>
    bool IsDefault { get; }

    /// <summary>The largest payload of a frame in bytes, without its <see cref="LinkHeaderSize"/>: the largest IP packet.</summary>
    int Mtu { get; }

    /// <summary>What has gone through.</summary>
    NetworkCounters Counters { get; }

    /// <summary>Why nothing will go through any more: the device was removed, or disconnected. The default value while it works. A device that fails wakes its loop.</summary>
    DeviceError Failure { get; }

    /// <summary>Lends a frame to be written.</summary>
    /// <param name="length">The frame's length in bytes: at least <see cref="MinFrameLength"/>, at most <see cref="Mtu"/> + <see cref="LinkHeaderSize"/>; with
    /// <see cref="NetworkOffload.SendSegmentation"/> also more, up to an IP packet of 65,535 bytes, and before it with Ethernet a header with a VLAN tag.</param>
    /// <param name="frame">Exactly that many bytes, with unspecified content. Empty unless lent.</param>
    /// <returns><see cref="LendStatus.Lent"/>, or why it was not lent.</returns>
    LendStatus Rent(int length, out Span<byte> frame);

    /// <summary>Sends the lent frame.</summary>
    /// <param name="length">How many bytes of it, at least <see cref="MinFrameLength"/>, at most what was rented.</param>
    /// <param name="info">Its checksum and segmentation; offsets from the frame's first byte. Only what <see cref="Offload"/> names may be asked.</param>
    /// <returns>What became of it. The frame is the device's again in every case.</returns>
    SendStatus Send(int length, in FrameInfo info);

    /// <summary>Gives the lent frame back unsent.</summary>
    void Return();

    /// <summary>Delivers frames that have arrived, in order.</summary>
    /// <typeparam name="THandler">The layer above.</typeparam>
    /// <param name="budget">How many at the most.</param>
    /// <param name="handler">What gets them. It must not call <see cref="Receive{THandler}"/>.</param>
    /// <returns>How many were delivered; fewer than the budget means that there are no more now.</returns>
    int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler;

    /// <summary>Closes the device. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    ValueTask DisconnectAsync();
}

/// <summary>What receives frames: a small struct, so that the device's call of it is compiled directly.</summary>
public interface IFrameHandler
{
    /// <summary>Takes a frame.</summary>
    /// <param name="frame">The frame with its link header, if it has one; valid during the call only.</param>
    /// <param name="info">What the device knows of it; offsets from the frame's first byte.</param>
    void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info);
}
