using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Explicit congestion notification (RFC 3168): what marks do to the window. New data has ECT(0); SYNs, bare acknowledgements, what is sent again (§6.1.5) and window probes
/// (§6.1.6) do not.
/// </summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>A segment with data, inside the window: others are not looked at (§6.1.5).</summary>
    private void TakeMark(TcpConnection<TCongestion> connection, in TcpSegment segment, bool isMarked)
    {
        if (isMarked && connection.ReceivesMarks)
        {
            _counters = _counters with { MarksReceived = _counters.MarksReceived + 1 };
        }

        connection.TakeMark(isMarked, segment.Flags);
    }

    /// <summary>
    /// The peer tells of a mark. §6.1.2: the window is reduced as at a loss (RFC 9438 §4.6; not by less, as the experiment of RFC 8511 does), and not more than once for each
    /// window of data.
    /// </summary>
    private void TakeEcho(TcpConnection<TCongestion> connection, in Progress progress)
    {
        if (connection.Phase != RecoveryPhase.Open)
        {
            return;
        }

        if (progress.Acknowledgement > connection.ReducedAt)
        {
            _counters = _counters with { MarkReactions = _counters.MarkReactions + 1 };
            connection.Statistics.MarkReactions++;
            connection.Undo.Stop();
            connection.Congestion.OnCongestion(CongestionSignal.Mark, progress.Flight, Now);
            connection.OnReduced();
        }

        if (connection.Congestion.Window <= connection.SegmentSize && connection.FlightSize == 0)
        {
            connection.Hold();
        }
    }
}
