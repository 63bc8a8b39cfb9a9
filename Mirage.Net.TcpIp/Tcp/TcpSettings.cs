namespace Mirage.Net.TcpIp;

/// <summary>The times and sizes of TCP, exact in virtual time. What all connections together may hold is in <see cref="StackLimits"/>. A number or time that cannot be throws <see cref="ArgumentOutOfRangeException"/> where it is written.</summary>
public sealed record TcpSettings
{
    /// <summary>How many bytes a connection holds to be sent or acknowledged, at the most; a write waits for room.</summary>
    public int SendBuffer { get; init => field = Setting.AtLeast(value, 1); } = 4 << 20;

    /// <summary>The same at first. It grows to twice the congestion window.</summary>
    public int InitialSendBuffer { get; init => field = Setting.AtLeast(value, 1); } = 128 << 10;

    /// <summary>How many received bytes a connection holds at the most, which is the largest window it advertises; the window scale is chosen for it. At most 1 GiB.</summary>
    public int ReceiveBuffer { get; init => field = Setting.Within(value, 1, 1 << 30); } = 6 << 20;

    /// <summary>
    /// The same at first. It grows to twice what the program reads in a round trip; beyond 1 MiB, which is what the queue of a Linux TAP device holds, in the
    /// shortest round trip of the last seconds, so that only long paths have large windows.
    /// </summary>
    public int InitialReceiveBuffer { get; init => field = Setting.AtLeast(value, 1); } = 64 << 10;

    /// <summary>Whether timestamps (RFC 7323) are offered and taken.</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Whether ECN (RFC 3168) is offered and taken. As on Linux it is taken only, by default.</summary>
    public EcnUse Ecn { get; init => field = Setting.Named(value); } = EcnUse.Accept;

    /// <summary>The least retransmission time-out. RFC 6298 (2.4) asks for a second; as Linux does, less is the default, with delayed ACKs of 40 ms in mind.</summary>
    public TimeSpan MinimumRetransmissionTimeout { get; init => field = Setting.Positive(value); } = TimeSpan.FromMilliseconds(200);

    /// <summary>The retransmission time-out before the first measurement (RFC 6298 (2.1)).</summary>
    public TimeSpan InitialRetransmissionTimeout { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>The largest retransmission time-out and the longest time between zero-window probes (RFC 6298 (2.5): at least 60 s).</summary>
    public TimeSpan MaximumRetransmissionTimeout { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(60);

    /// <summary>How long a connection goes on without any answer to what it sends before it fails with <see cref="ErrorKind.TimedOut"/> (R2 of RFC 9293 §3.8.3: at least 100 s).</summary>
    public TimeSpan RetransmissionLimit { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(120);

    /// <summary>When a SYN is answered with a cookie (RFC 4987 §3.6).</summary>
    public SynCookieUse SynCookies { get; init => field = Setting.Named(value); }

    /// <summary>The same for a SYN-ACK, whose connection counts against a listener's backlog.</summary>
    public TimeSpan HandshakeLimit { get; init => field = Setting.Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>How long small segments are sent after large ones seemed to be dropped on the way, before large ones are tried again (RFC 4821 §7.7: at least 5 minutes).</summary>
    public TimeSpan BlackHoleTime { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromMinutes(10);

    /// <summary>How long an acknowledgement waits for data to go with it or a second segment (RFC 9293 §3.8.6.3: less than 0.5 s).</summary>
    public TimeSpan AcknowledgementDelay { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromMilliseconds(40);

    /// <summary>The time in TIME-WAIT: twice the maximum segment lifetime (RFC 9293 §3.4.2; 2 × 30 s as on Linux).</summary>
    public TimeSpan TimeWait { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(60);

    /// <summary>How long a closed connection waits in FIN-WAIT-2 for the peer's end.</summary>
    public TimeSpan FinWait2 { get; init => field = Setting.NotNegative(value); } = TimeSpan.FromSeconds(60);

    /// <summary>Every connection's initial sequence number, for tests of sequence wrap; <see langword="null"/> chooses as RFC 6528 says.</summary>
    internal uint? InitialSequence { get; init; }

    /// <summary>Refuses what cannot be together; a value by itself is refused where it is written.</summary>
    internal void Check()
    {
        if (MinimumRetransmissionTimeout > MaximumRetransmissionTimeout)
        {
            throw new ArgumentException(
                $"{nameof(MinimumRetransmissionTimeout)} ({MinimumRetransmissionTimeout}) is more than {nameof(MaximumRetransmissionTimeout)} ({MaximumRetransmissionTimeout})");
        }
    }
}
