namespace Mirage.Net.TcpIp;

/// <summary>What the fragments of one datagram have in common (RFC 791 §3.2, RFC 8200 §4.5).</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Protocol">What it carries; 0 on IPv6, where it is no part of the key.</param>
/// <param name="Identification">What the sender has chosen.</param>
internal readonly record struct FragmentKey(IpAddress Source, IpAddress Destination, IpProtocol Protocol, uint Identification);

/// <summary>Where a fragment belongs.</summary>
/// <param name="Offset">In bytes from the start of what was fragmented: a multiple of 8.</param>
/// <param name="IsLast">Whether none follows it.</param>
/// <param name="TrafficClass">The packet's, for its ECN field.</param>
internal readonly record struct FragmentPlace(int Offset, bool IsLast, byte TrafficClass);

/// <summary>What became of a fragment.</summary>
internal enum FragmentStatus : byte
{
    /// <summary>It is kept: others are missing.</summary>
    Kept,

    /// <summary>It was the last one missing.</summary>
    Complete,

    /// <summary>It was there already, byte for byte.</summary>
    Duplicate,

    /// <summary>It contradicts another: the datagram is refused as a whole (RFC 5722 §4).</summary>
    Refused,

    /// <summary>It is empty, or not the last and its length is no multiple of 8.</summary>
    BadLength,

    /// <summary>It ends beyond the largest datagram.</summary>
    BadEnd,

    /// <summary>There is no room for it.</summary>
    Dropped,
}

/// <summary>A datagram put together again, in a buffer that its receiver gives back to the pool.</summary>
/// <param name="buffer">The buffer.</param>
/// <param name="headerLength">How many bytes of it are the first fragment's header, as it arrived.</param>
/// <param name="length">How many bytes of it are header and payload.</param>
/// <param name="isCongested">Whether a fragment had congestion experienced (RFC 3168 §5.3).</param>
internal readonly struct ReassembledDatagram(byte[] buffer, int headerLength, int length, bool isCongested)
{
    public byte[] Buffer { get; } = buffer;

    public int HeaderLength { get; } = headerLength;

    public int Length { get; } = length;

    public bool IsCongested { get; } = isCongested;
}

/// <summary>What reassembly did and dropped.</summary>
public readonly record struct FragmentCounters
{
    /// <summary>Fragments received.</summary>
    public long Received { get; init; }

    /// <summary>Datagrams put together.</summary>
    public long Reassembled { get; init; }

    /// <summary>Datagrams of which fragments were missing when their time was over.</summary>
    public long TimedOut { get; init; }

    /// <summary>Datagrams refused because fragments overlap or contradict each other (RFC 5722).</summary>
    public long Overlapping { get; init; }

    /// <summary>Fragments that are empty or have an impossible length.</summary>
    public long Malformed { get; init; }

    /// <summary>Fragments that end beyond the largest datagram.</summary>
    public long TooLong { get; init; }

    /// <summary>Fragments that were there already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Fragments of datagrams that had been refused or had too many fragments.</summary>
    public long Dropped { get; init; }

    /// <summary>Datagrams given up to make room for others.</summary>
    public long Evicted { get; init; }

    /// <summary>Datagrams that were cut into fragments on sending.</summary>
    public long Fragmented { get; init; }

    /// <summary>Fragments sent.</summary>
    public long Sent { get; init; }

    /// <summary>Datagrams of which a fragment could not be sent.</summary>
    public long SendFailed { get; init; }

    /// <summary>Datagrams that wait for fragments now.</summary>
    public int Waiting { get; init; }

    /// <summary>The bytes that these hold.</summary>
    public long Held { get; init; }
}
