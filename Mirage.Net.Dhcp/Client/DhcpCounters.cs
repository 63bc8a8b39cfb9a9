namespace Mirage.Net.Dhcp;

/// <summary>What a client did and dropped.</summary>
public readonly record struct DhcpCounters
{
    /// <summary>Messages sent.</summary>
    public long Sent { get; init; }

    /// <summary>Messages that the stack did not send; they are sent again as if lost.</summary>
    public long SendFailed { get; init; }

    /// <summary>Datagrams received.</summary>
    public long Received { get; init; }

    /// <summary>Not DHCP; or without what the kind of message must have: an address that a host can have, a server, a time.</summary>
    public long Malformed { get; init; }

    /// <summary>For another client, or an answer to an older question.</summary>
    public long NotForUs { get; init; }

    /// <summary>An answer that does not fit what is being done: of another kind, or from another server than was asked.</summary>
    public long Unexpected { get; init; }

    /// <summary>Offers beyond as many as are remembered.</summary>
    public long OffersDropped { get; init; }

    /// <summary>Refusals by a server.</summary>
    public long Refused { get; init; }

    /// <summary>Addresses that another host was found to have, and that were declined.</summary>
    public long Declined { get; init; }

    /// <summary>Leases extended.</summary>
    public long Renewed { get; init; }

    /// <summary>Leases that ended because no server extended them.</summary>
    public long Expired { get; init; }
}
