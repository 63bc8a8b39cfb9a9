using Mirage.Net.TcpIp;

namespace Mirage.Scripts;

internal sealed partial class StreamSocket
{
    private const long Microsecond = TimeSpan.TicksPerMicrosecond;
    private const long NoThreshold = int.MaxValue;

    /// <summary>The fields of Linux's <c>struct tcp_info</c> that the stack's statistics answer.</summary>
    public override bool TryGetInfo(string name, out long value)
    {
        value = 0;
        Update();
        if (!_isConnected && name == "tcpi_state")
        {
            value = StateNumber(_isListening ? "LISTEN" : _connecting is null ? "CLOSED" : ConnectingState());
            return true;
        }

        if (!_isConnected || !Control.GetStatistics().TryGet(out var statistics))
        {
            return false;
        }

        var segment = Math.Max(1, statistics.MaximumSegmentSize);
        long? found = name switch
        {
            "tcpi_state" => StateNumber(statistics.State),
            "tcpi_rtt" => statistics.RoundTripTime.Ticks / Microsecond,
            "tcpi_rto" => statistics.RetransmissionTimeout.Ticks / Microsecond,
            "tcpi_snd_cwnd" => statistics.CongestionWindow / segment,
            "tcpi_snd_ssthresh" => statistics.SlowStartThreshold >= NoThreshold ? NoThreshold : statistics.SlowStartThreshold / segment,
            "tcpi_rttvar" => statistics.RoundTripVariation.Ticks / Microsecond,
            "tcpi_sacked" => statistics.SelectivelyAcknowledged / segment,
            "tcpi_bytes_acked" => statistics.BytesAcknowledged,
            "tcpi_bytes_received" => statistics.BytesReceived,
            "tcpi_last_data_sent" => (long)statistics.SinceSent.TotalMilliseconds,
            "tcpi_notsent_bytes" => statistics.SendQueue - statistics.InFlight,
            "tcpi_snd_mss" => statistics.MaximumSegmentSize,
            "tcpi_unacked" => (statistics.InFlight + segment - 1) / segment,
            "tcpi_total_retrans" => statistics.Retransmissions,
            "tcpi_snd_wnd" => statistics.SendWindow,
            "tcpi_rcv_wnd" => statistics.ReceiveWindow,
            "tcpi_options" => (statistics.Timestamps ? 1 : 0) | (statistics.SelectiveAcknowledgement ? 2 : 0) | (statistics.WindowScaling ? 4 : 0)
                | (statistics.CongestionNotification ? 8 : 0),
            "tcpi_ca_state" => (long)statistics.CongestionState,
            "tcpi_lost" => (statistics.Lost + segment - 1) / segment,
            "tcpi_min_rtt" => statistics.MinimumRoundTripTime.Ticks / Microsecond,
            "tcpi_delivery_rate" => statistics.DeliveryRate,
            "tcpi_bytes_sent" => statistics.BytesSent,
            "tcpi_last_data_recv" => (long)statistics.SinceReceived.TotalMilliseconds,
            "tcpi_snd_wscale" => statistics.SendWindowScale,
            "tcpi_rcv_wscale" => statistics.ReceiveWindowScale,
            _ => null,
        };
        value = found ?? 0;
        return found is not null;
    }

    // A connection that is being made has no flow yet, but is in the stack's list; a simultaneous open (RFC 9293 §3.5) changes its state.
    private string ConnectingState()
    {
        var connections = new List<TcpConnectionInfo>();
        Context.Stack.GetTcpConnections(connections);
        return connections.Find(connection => connection.Remote == _connectingTo && !connection.IsOrphan).State ?? "SYN-SENT";
    }

    private static long StateNumber(string state) => state switch
    {
        "ESTABLISHED" => 1,
        "SYN-SENT" => 2,
        "SYN-RECEIVED" => 3,
        "FIN-WAIT-1" => 4,
        "FIN-WAIT-2" => 5,
        "TIME-WAIT" => 6,
        "CLOSE-WAIT" => 8,
        "LAST-ACK" => 9,
        "CLOSING" => 11,
        "LISTEN" => 10,
        _ => 7,
    };
}
