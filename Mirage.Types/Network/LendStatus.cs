namespace Mirage;

/// <summary>Whether a frame was lent to be written.</summary>
public enum LendStatus : byte
{
    /// <summary>It was: write it, then send it or give it back.</summary>
    Lent = 0,

    /// <summary>The device or a queue is full. What was to be sent stays queued; the loop takes a turn when there is room again.</summary>
    Full,

    /// <summary>The frame would be larger than the device carries.</summary>
    TooLarge,

    /// <summary>There is no route to the destination, or its neighbour does not answer.</summary>
    Unreachable,

    /// <summary>The device is gone.</summary>
    Disconnected,
}

/// <summary>What became of a frame that was sent.</summary>
public enum SendStatus : byte
{
    /// <summary>The device has it. This is not a promise that it arrives.</summary>
    Sent = 0,

    /// <summary>The device could not take it now; it was not sent.</summary>
    Full,

    /// <summary>The device failed to send it; it is lost, and counted.</summary>
    Failed,
}
