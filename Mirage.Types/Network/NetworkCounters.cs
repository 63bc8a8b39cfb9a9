namespace Mirage;

/// <summary>What has gone through a network device since it was connected.</summary>
public readonly record struct NetworkCounters
{
    /// <summary>Frames received.</summary>
    public long ReceivedFrames { get; init; }

    /// <summary>Bytes of the frames received, with their Ethernet headers.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Frames sent.</summary>
    public long SentFrames { get; init; }

    /// <summary>Bytes of the frames sent, with their Ethernet headers.</summary>
    public long SentBytes { get; init; }

    /// <summary>Frames that arrived and were dropped by the device: too large, or no room.</summary>
    public long ReceiveDropped { get; init; }

    /// <summary>Frames that could not be sent and are lost.</summary>
    public long SendDropped { get; init; }
}
