namespace Mirage.Net.Virtual;

/// <summary>What an <see cref="Offloading{TNetwork}"/> has done in place of the stack.</summary>
public readonly record struct OffloadCounters
{
    /// <summary>Checksums completed on sending, of frames that were not cut.</summary>
    public long ChecksumsCompleted { get; init; }

    /// <summary>Frames that were cut on sending.</summary>
    public long FramesCut { get; init; }

    /// <summary>Segments that they were cut into.</summary>
    public long SegmentsCut { get; init; }

    /// <summary>TCP checksums found right on receiving.</summary>
    public long ChecksumsVerified { get; init; }

    /// <summary>Frames that were delivered in place of several segments.</summary>
    public long FramesJoined { get; init; }

    /// <summary>Segments that they were joined from.</summary>
    public long SegmentsJoined { get; init; }
}
