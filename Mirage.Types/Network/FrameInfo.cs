namespace Mirage;

/// <summary>What is known of the transport checksum of a frame.</summary>
public enum ChecksumState : byte
{
    /// <summary>Not checked: the receiver must check it. On sending: complete in the frame.</summary>
    Complete = 0,

    /// <summary>Received and found right by the device; need not be checked again.</summary>
    Valid,

    /// <summary>
    /// Partial: the field holds the sum of the pseudo-header only, and the rest, from <see cref="FrameInfo.ChecksumStart"/> to the end, is to
    /// be added by whoever puts the frame on a wire. On receiving it means that the frame never was on one, and is trusted.
    /// </summary>
    Partial,
}

/// <summary>
/// What goes with a frame beside its bytes: the state of its transport checksum, its segmentation, its queue. The default value says that the
/// frame is complete as it stands. Offsets count from the first byte of the span that it goes with: a layer that adds or removes a header moves them
/// by <see cref="Shift"/>.
/// </summary>
public readonly struct FrameInfo
{
    /// <summary>The state of the transport checksum.</summary>
    public ChecksumState Checksum { get; init; }

    /// <summary>Where the checksummed bytes start; meaningful only if <see cref="ChecksumState.Partial"/>.</summary>
    public ushort ChecksumStart { get; init; }

    /// <summary>Where the checksum field is, from <see cref="ChecksumStart"/>; meaningful only if <see cref="ChecksumState.Partial"/>.</summary>
    public ushort ChecksumOffset { get; init; }

    /// <summary>The payload of each TCP segment that the frame is to be cut into, or was joined from, in bytes; the last one's may be shorter. 0 if it is one segment.</summary>
    public ushort SegmentSize { get; init; }

    /// <summary>Which queue of the device it came from or goes to.</summary>
    public ushort Queue { get; init; }

    /// <summary>The same for a span that starts elsewhere.</summary>
    /// <param name="bytes">How many bytes were added before the span (positive) or taken from its start (negative).</param>
    /// <returns>The information, with its offsets moved.</returns>
    public FrameInfo Shift(int bytes) => Checksum == ChecksumState.Partial ? this with { ChecksumStart = (ushort)(ChecksumStart + bytes) } : this;
}
