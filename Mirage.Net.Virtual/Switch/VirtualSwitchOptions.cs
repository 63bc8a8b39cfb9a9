namespace Mirage.Net.Virtual;

/// <summary>The sizes of a <see cref="VirtualSwitch"/>.</summary>
public sealed record VirtualSwitchOptions
{
    /// <summary>How many received frames wait at each port before further ones are dropped: 1 to 1,048,576; rounded up to a power of two.</summary>
    public int QueueLength { get; init; } = 1024;

    /// <summary>How many addresses the switch remembers: 4 to 1,048,576; rounded up to a power of two. What it does not know it floods.</summary>
    public int MacTableSize { get; init; } = 1024;
}

/// <summary>What a <see cref="VirtualSwitch"/> has done so far, over all ports.</summary>
public readonly record struct SwitchCounters
{
    /// <summary>Frames that went to the one port where their destination is known to be.</summary>
    public long Forwarded { get; init; }

    /// <summary>Frames that went to all other ports: to a group, to everyone, or to an address not known.</summary>
    public long Flooded { get; init; }

    /// <summary>Frames whose destination is at the port they came from, or in another partition; they go nowhere.</summary>
    public long Filtered { get; init; }

    /// <summary>Frames lost because a port's receive queue was full; a flooded frame counts once for each such port.</summary>
    public long QueueFull { get; init; }

    /// <summary>Frames lost because they were larger than the receiving port's MTU.</summary>
    public long TooLarge { get; init; }

    /// <summary>Addresses in the table now.</summary>
    public int KnownAddresses { get; init; }

    /// <summary>Addresses put out of the table to make room for others.</summary>
    public long Evictions { get; init; }
}
