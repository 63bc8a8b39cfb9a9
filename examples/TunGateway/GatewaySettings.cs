using Mirage;

namespace TunGateway;

/// <summary>The times and bounds of a gateway.</summary>
public sealed record GatewaySettings
{
    /// <summary>When to ask a silent peer whether it is still there: one that has vanished sends no end, and its connection would be held for ever, on both sides.</summary>
    public static KeepAlive Asking { get; } = new(After: TimeSpan.FromMinutes(2), Interval: TimeSpan.FromSeconds(15), Probes: 4);

    /// <summary>How long a destination may take to answer; less than those inside wait for theirs.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many connections may wait for their destination at a time; more are dropped, and tried again from inside.</summary>
    public int Pending { get; init; } = 2048;

    /// <summary>How long nothing goes between two endpoints until their datagrams are forgotten (RFC 4787, REQ-5).</summary>
    public TimeSpan DatagramIdle { get; init; } = TimeSpan.FromMinutes(5);
}
