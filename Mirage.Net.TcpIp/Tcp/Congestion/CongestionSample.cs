namespace Mirage.Net.TcpIp;

/// <summary>What an acknowledgement tells of the path. Positions count bytes from the connection's beginning and do not wrap.</summary>
public readonly record struct CongestionSample
{
    /// <summary>The present.</summary>
    public Instant Now { get; init; }

    /// <summary>How many bytes were newly acknowledged, cumulatively; after a time-out, of what was sent again, since the rest may have arrived long before (RFC 3465 §2.3).</summary>
    public long Acknowledged { get; init; }

    /// <summary>How many bytes were newly delivered: acknowledged cumulatively or selectively, each byte once.</summary>
    public long Delivered { get; init; }

    /// <summary>Bytes outstanding before the acknowledgement.</summary>
    public long InFlight { get; init; }

    /// <summary>Up to where everything is acknowledged now. With <see cref="TotalSent"/> it tells rounds: what is sent now is acknowledged a round trip later.</summary>
    public long TotalAcknowledged { get; init; }

    /// <summary>Up to where data was sent.</summary>
    public long TotalSent { get; init; }

    /// <summary>How many bytes have been delivered in all, as of now.</summary>
    public long TotalDelivered { get; init; }

    /// <summary>What <see cref="TotalDelivered"/> was when the segment was sent that is newest among those delivered now. Less the present one, over
    /// <see cref="RoundTripTime"/>, it is a sample of the rate of delivery.</summary>
    public long DeliveredWhenSent { get; init; }

    /// <summary>The round-trip time of the newest segment that this acknowledgement delivers; zero if none was measured, since only retransmissions were delivered.</summary>
    public TimeSpan RoundTripTime { get; init; }

    /// <summary>The smoothed round-trip time (RFC 6298); zero before the first measurement.</summary>
    public TimeSpan SmoothedRoundTripTime { get; init; }

    /// <summary>The least round-trip time of the last minutes; zero before the first measurement.</summary>
    public TimeSpan MinimumRoundTripTime { get; init; }

    /// <summary>Whether the congestion window was what limited sending at some time in the last round trip. A window that was not used says nothing of
    /// the path, and does not grow (RFC 7661 §4.1, RFC 9438 §5.8).</summary>
    public bool IsWindowLimited { get; init; }

    /// <summary>Whether the newest segment delivered now was sent when the program had no more to send, so that the rate of delivery is the program's.</summary>
    public bool IsApplicationLimited { get; init; }

    /// <summary>Whether fast recovery goes on. What is sent then is decided by proportional rate reduction (RFC 9937), and a window that follows loss stays as it is.</summary>
    public bool IsRecovering { get; init; }

    /// <summary>Whether the peer tells with it that a router marked a segment (ECE). A window does not grow then (RFC 3168 §6.1.2).</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether what is sent is spread over the round trip.</summary>
    public bool IsPaced { get; init; }
}
