using System.Globalization;
using System.Text;

namespace Mirage.Net.TcpIp;

/// <summary>A connection as <c>ss -tin</c> shows it.</summary>
public readonly record struct TcpConnectionInfo
{
    /// <summary>The state (RFC 9293 §3.3.2), by its name there.</summary>
    public string State { get; init; }

    /// <summary>This end.</summary>
    public IpEndpoint Local { get; init; }

    /// <summary>The other end.</summary>
    public IpEndpoint Remote { get; init; }

    /// <summary>Bytes that the program has not read.</summary>
    public int ReceiveQueue { get; init; }

    /// <summary>Bytes that the peer has not acknowledged, sent or not.</summary>
    public int SendQueue { get; init; }

    /// <summary>Bytes of data sent and not acknowledged.</summary>
    public int InFlight { get; init; }

    /// <summary>The congestion window in bytes.</summary>
    public long CongestionWindow { get; init; }

    /// <summary>The smoothed round-trip time; zero before the first measurement.</summary>
    public TimeSpan RoundTripTime { get; init; }

    /// <summary>The retransmission time-out.</summary>
    public TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>Segments sent again.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Whether the program has let go of it.</summary>
    public bool IsOrphan { get; init; }

    /// <summary>When the stack does something about it next if nothing arrives; <see cref="Instant.Never"/> if it has no timer.</summary>
    public Instant Due { get; init; }

    /// <summary>All that is known of it; nothing while it is half-open.</summary>
    public TcpStatistics Statistics { get; init; }

    /// <summary>One line; what is not so, or zero, is left out at its end.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{State,-12} {ReceiveQueue,8} {SendQueue,8} {Local} {Remote}  rtt:{RoundTripTime.TotalMilliseconds:0.###} rto:{RetransmissionTimeout.TotalMilliseconds:0} cwnd:{CongestionWindow} unacked:{InFlight} retrans:{Retransmissions}{(IsOrphan ? " orphan" : "")}")
        + (Statistics.State is null ? "" : Details(Statistics));

    private static string Details(in TcpStatistics statistics)
    {
        var text = new StringBuilder();
        Add("mss", statistics.MaximumSegmentSize);
        Add("bytes_acked", statistics.BytesAcknowledged);
        Add("bytes_received", statistics.BytesReceived);
        Add("sacked", statistics.SelectivelyAcknowledged);
        Add("lost", statistics.Lost);
        Add("minrtt", Math.Round(statistics.MinimumRoundTripTime.TotalMilliseconds, 3));
        Add("delivery_rate", statistics.DeliveryRate);
        Add("marks", statistics.MarksReceived);
        Add("reactions", statistics.MarkReactions);
        return text.Append(statistics.CongestionState == TcpCongestionState.Open ? "" : $" {statistics.CongestionState}")
            .Append(statistics.ReorderingSeen ? " reordering" : "")
            .Append(statistics.CongestionNotification ? " ecn" : "")
            .ToString();

        void Add(string name, double value)
        {
            if (value != 0)
            {
                _ = text.Append(CultureInfo.InvariantCulture, $" {name}:{value}");
            }
        }
    }
}
