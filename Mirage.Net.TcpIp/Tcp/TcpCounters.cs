namespace Mirage.Net.TcpIp;

/// <summary>What the TCP layer did and dropped, as <c>nstat</c> shows it.</summary>
public readonly record struct TcpCounters
{
    /// <summary>Connections in all states but CLOSED.</summary>
    public int Connections { get; init; }

    /// <summary>Of these, half-open: their SYN-ACK is not acknowledged.</summary>
    public int HalfOpen { get; init; }

    /// <summary>Of these, in TIME-WAIT.</summary>
    public int TimeWait { get; init; }

    /// <summary>Of these, closed by the program and not at their end with the peer.</summary>
    public int Orphans { get; init; }

    /// <summary>Connections opened from here.</summary>
    public long ActiveOpens { get; init; }

    /// <summary>Connections accepted.</summary>
    public long PassiveOpens { get; init; }

    /// <summary>Attempts that failed.</summary>
    public long FailedOpens { get; init; }

    /// <summary>Established connections that were reset, by either side.</summary>
    public long Resets { get; init; }

    /// <summary>Connections that failed because the peer did not answer.</summary>
    public long TimedOut { get; init; }

    /// <summary>Segments received.</summary>
    public long SegmentsReceived { get; init; }

    /// <summary>Segments sent.</summary>
    public long SegmentsSent { get; init; }

    /// <summary>Segments sent again.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Retransmission time-outs.</summary>
    public long RetransmissionTimeouts { get; init; }

    /// <summary>Times a loss was recovered without waiting for a time-out.</summary>
    public long FastRecoveries { get; init; }

    /// <summary>Recoveries, and time-outs, that were not needed, and whose congestion window was restored.</summary>
    public long SpuriousRecoveries { get; init; }

    /// <summary>Segments with data that a router had marked (CE, RFC 3168), on connections that agreed on ECN.</summary>
    public long MarksReceived { get; init; }

    /// <summary>Times that a congestion window was reduced because the peer told of marks (RFC 3168 §6.1.2).</summary>
    public long MarkReactions { get; init; }

    /// <summary>Tail loss probes (RFC 8985 §7).</summary>
    public long TailLossProbes { get; init; }

    /// <summary>Times that a peer told that something arrived twice (RFC 2883).</summary>
    public long DuplicatesReported { get; init; }

    /// <summary>Times that a peer threw away what it had acknowledged selectively (RFC 2018 §8).</summary>
    public long Reneged { get; init; }

    /// <summary>Probes of a closed window.</summary>
    public long WindowProbes { get; init; }

    /// <summary>Probes of a silent peer.</summary>
    public long KeepAliveProbes { get; init; }

    /// <summary>Resets sent.</summary>
    public long ResetsSent { get; init; }

    /// <summary>Resets not sent because of their limit.</summary>
    public long ResetsLimited { get; init; }

    /// <summary>Challenge acknowledgements sent (RFC 5961).</summary>
    public long Challenges { get; init; }

    /// <summary>Challenge acknowledgements not sent because of their limit (RFC 5961 §7).</summary>
    public long ChallengesLimited { get; init; }

    /// <summary>Truncated segments, or with a broken header.</summary>
    public long Malformed { get; init; }

    /// <summary>Segments with a wrong checksum.</summary>
    public long BadChecksum { get; init; }

    /// <summary>ICMP errors about segments that may be outstanding.</summary>
    public long ErrorsReceived { get; init; }

    /// <summary>ICMP errors about anything else, which are forged or late (RFC 5927 §4.1).</summary>
    public long ErrorsRefused { get; init; }

    /// <summary>Segments with an old timestamp (PAWS, RFC 7323 §5).</summary>
    public long OldTimestamps { get; init; }

    /// <summary>Segments that arrived out of order and were kept.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Segments that arrived out of order and were dropped: too many runs.</summary>
    public long OutOfOrderDropped { get; init; }

    /// <summary>Connection attempts, new ones or half-open ones, dropped because the listener's backlog is full.</summary>
    public long BacklogDropped { get; init; }

    /// <summary>Attempts withdrawn from a forwarder that had not decided about them for seconds, since its backlog is full and others came.</summary>
    public long DecisionsWithdrawn { get; init; }

    /// <summary>SYN-ACKs with a cookie sent (RFC 4987 §3.6).</summary>
    public long CookiesSent { get; init; }

    /// <summary>Connections opened by a cookie that came back.</summary>
    public long CookiesAccepted { get; init; }

    /// <summary>Acknowledgements that were of no cookie, while cookies were being sent.</summary>
    public long CookiesFailed { get; init; }

    /// <summary>Third segments of a handshake ignored because as many connections waited for their handler as may.</summary>
    public long AcceptOverflows { get; init; }

    /// <summary>Segments with text dropped because all connections together hold as much as they may.</summary>
    public long BuffersExhausted { get; init; }

    /// <summary>Connection attempts refused or dropped because there are too many connections.</summary>
    public long ConnectionsDropped { get; init; }

    /// <summary>Connections ended early in TIME-WAIT to make room.</summary>
    public long TimeWaitDropped { get; init; }

    /// <summary>Connections that the program closed and that were reset at once, since there were too many such.</summary>
    public long OrphansDropped { get; init; }

    /// <summary>Times that nothing arrived any more, and smaller segments were tried: an outage, or a router that drops large ones without a word (RFC 2923, RFC 4821).</summary>
    public long BlackHolesSuspected { get; init; }

    /// <summary>Times that it was the latter: smaller segments arrived, and probes of the full size among them did not.</summary>
    public long BlackHoles { get; init; }

    /// <summary>Handlers that threw an exception.</summary>
    public long HandlerFailed { get; init; }
}
