using System.Globalization;

namespace Mirage.Net.TcpIp;

/// <summary>A listener as <c>ss -tln</c> shows it.</summary>
public readonly record struct TcpListenerInfo
{
    /// <summary>Where it listens; no address for all, and port 0 for what a forwarder takes.</summary>
    public IpEndpoint Local { get; init; }

    /// <summary>Connections whose SYN-ACK is not acknowledged.</summary>
    public int HalfOpen { get; init; }

    /// <summary>Of these, those that a forwarder has not decided about: they have no SYN-ACK.</summary>
    public int Undecided { get; init; }

    /// <summary>Established connections that wait for their handler.</summary>
    public int Waiting { get; init; }

    /// <summary>Connections whose handler runs.</summary>
    public int Running { get; init; }

    /// <summary>How many may be half-open, and how many may wait.</summary>
    public int Backlog { get; init; }

    /// <summary>What it did and dropped.</summary>
    public TcpListenerCounters Counters { get; init; }

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{"LISTEN",-12} {Waiting,8} {Backlog,8} {Local}  half-open:{HalfOpen} running:{Running} accepted:{Counters.Accepted} dropped:{Counters.Dropped} overflows:{Counters.Overflows} cookies:{Counters.CookiesSent}/{Counters.CookiesAccepted}");
}

/// <summary>What a listener did and dropped.</summary>
public record struct TcpListenerCounters
{
    /// <summary>Connections established.</summary>
    public long Accepted { get; set; }

    /// <summary>SYNs dropped, and half-open connections dropped for them.</summary>
    public long Dropped { get; set; }

    /// <summary>Third segments of a handshake ignored since as many connections waited for their handler as may.</summary>
    public long Overflows { get; set; }

    /// <summary>SYN-ACKs with a cookie (RFC 4987 §3.6).</summary>
    public long CookiesSent { get; set; }

    /// <summary>Connections opened by a cookie that came back.</summary>
    public long CookiesAccepted { get; set; }

    /// <summary>Acknowledgements that were of no cookie, while cookies were being sent.</summary>
    public long CookiesFailed { get; set; }
}
