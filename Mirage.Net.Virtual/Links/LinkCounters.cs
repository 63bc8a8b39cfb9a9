namespace Mirage.Net.Virtual;

/// <summary>What a link has done so far in one direction. <see cref="Frames"/> + <see cref="Duplicated"/> = <see cref="Delivered"/> + <see cref="InFlight"/> + all that were lost.</summary>
public readonly record struct LinkCounters
{
    /// <summary>Frames that came to the link.</summary>
    public long Frames { get; init; }

    /// <summary>Their bytes, with Ethernet headers.</summary>
    public long Bytes { get; init; }

    /// <summary>Frames that came out at the other end.</summary>
    public long Delivered { get; init; }

    /// <summary>Frames under way now, those that wait included.</summary>
    public int InFlight { get; init; }

    /// <summary>The most bytes that waited at one time for those before them to leave.</summary>
    public long LongestQueue { get; init; }

    /// <summary>Frames lost by <see cref="LinkOptions.Loss"/>.</summary>
    public long Lost { get; init; }

    /// <summary>Frames lost by <see cref="LinkOptions.BurstLoss"/>.</summary>
    public long BurstLost { get; init; }

    /// <summary>Frames lost because the queue was full.</summary>
    public long QueueFull { get; init; }

    /// <summary>Frames lost because <see cref="LinkOptions.MaxInFlight"/> were under way.</summary>
    public long Overflow { get; init; }

    /// <summary>Frames lost while the link was cut, when they came to it or would have come out of it.</summary>
    public long Cut { get; init; }

    /// <summary>Frames lost because they were larger than <see cref="LinkOptions.Mtu"/>.</summary>
    public long TooLarge { get; init; }

    /// <summary>Frames lost because the device underneath failed to send them, or the link was disconnected.</summary>
    public long Failed { get; init; }

    /// <summary>Frames that came once more than they were sent.</summary>
    public long Duplicated { get; init; }

    /// <summary>Frames that were held back.</summary>
    public long Reordered { get; init; }

    /// <summary>Frames with a flipped bit.</summary>
    public long Corrupted { get; init; }

    /// <summary>Frames whose packet was marked because of <see cref="LinkOptions.MarkAt"/>.</summary>
    public long Marked { get; init; }

    /// <summary>Frames with bytes behind them.</summary>
    public long Extended { get; init; }

    /// <summary>How often the device said that it was full though it was not.</summary>
    public long Refused { get; init; }
}
