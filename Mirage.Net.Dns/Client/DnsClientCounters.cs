namespace Mirage.Net.Dns;

/// <summary>What a client did and dropped.</summary>
public readonly record struct DnsClientCounters
{
    /// <summary>Questions of the program.</summary>
    public long Questions { get; init; }

    /// <summary>Of these, answered from memory, or from what is known of hosts.</summary>
    public long Cached { get; init; }

    /// <summary>Of these, the same as one that was being asked.</summary>
    public long Merged { get; init; }

    /// <summary>Of these, refused because too many were being asked.</summary>
    public long TooMany { get; init; }

    /// <summary>Datagrams sent to servers.</summary>
    public long Sent { get; init; }

    /// <summary>Questions sent to servers over TCP.</summary>
    public long SentTcp { get; init; }

    /// <summary>Tries that no answer came to in time.</summary>
    public long TimedOut { get; init; }

    /// <summary>Answers that did not fit a datagram.</summary>
    public long Truncated { get; init; }

    /// <summary>Answers that are no DNS messages, or contradict themselves.</summary>
    public long Malformed { get; init; }

    /// <summary>Datagrams that answer nothing that was asked: from elsewhere, with another number or question (RFC 5452 §9.1).</summary>
    public long Mismatched { get; init; }

    /// <summary>Answers that say that the server failed, or will not.</summary>
    public long ServerFailed { get; init; }

    /// <summary>Answers forgotten to make room.</summary>
    public long Evicted { get; init; }

    /// <summary>Answers remembered now.</summary>
    public long Remembered { get; init; }
}
