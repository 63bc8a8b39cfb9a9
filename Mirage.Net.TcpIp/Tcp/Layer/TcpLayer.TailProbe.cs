using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The tail loss probe (RFC 8985 §7).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>Sets the timer for the probe. When none may be needed, RACK's reordering window has the timer.</summary>
    private void SetProbeTimer(TcpConnection<TCongestion> connection)
    {
        if (connection.NeedsTailProbe)
        {
            connection.ProbeAt = connection.TailProbeDue(Now);
        }
    }

    /// <summary>The timer has expired: for RACK, or for the probe.</summary>
    private void RunProbeTimer(TcpConnection<TCongestion> connection)
    {
        connection.ProbeAt = Instant.Never;
        if (connection.NeedsTailProbe)
        {
            SendTailProbe(connection);
            return;
        }

        var lostBefore = connection.Sent.Lost;
        DetectLoss(connection);
        var isNew = connection.IsLossDetected;
        if (isNew)
        {
            StartFastRecovery(connection, connection.FlightSize - connection.Sent.Sacked);
        }

        if (isNew || (connection.Phase == RecoveryPhase.Fast && connection.Sent.Lost > lostBefore))
        {
            // RFC 9937 §6.2: nothing has arrived, and so what is found lost now lets out no more than was to leave before.
            connection.RateReduction.OnAcknowledged(0, connection.Pipe, connection.Congestion.SlowStartThreshold, false, connection.SegmentSize);
        }

        RequestOutput(connection);
    }

    /// <summary>TLP_send_probe() (§7.3): a segment of new data, or the last one again. It leaves whatever the congestion window says.</summary>
    private void SendTailProbe(TcpConnection<TCongestion> connection)
    {
        var unsent = connection.SendBuffer.Length - connection.UnsentPosition;
        var length = (int)Math.Min(Math.Min(unsent, connection.SendSize), Math.Max(0, connection.SndWnd - connection.FlightSize));
        var isNew = length > 0 && connection.State is TcpState.Established or TcpState.CloseWait;
        bool isSent;
        if (isNew)
        {
            isSent = SendText(connection, connection.SndNxt, length, fin: false);
            if (isSent)
            {
                OnFirstSent(connection, length);
            }
        }
        else
        {
            isSent = ResendLast(connection);
        }

        connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        if (!isSent)
        {
            // The device is full: the retransmission timer does what is needed.
            return;
        }

        _counters = _counters with { TailLossProbes = _counters.TailLossProbes + 1 };
        connection.ProbeAt = Instant.Never;
        connection.TailProbe.IsOut = true;
        connection.TailProbe.IsRetransmission = !isNew;
        connection.TailProbe.End = connection.SndNxt;
    }

    private bool ResendLast(TcpConnection<TCongestion> connection)
    {
        connection.Sent.GetLast(out var start, out var length);
        if (!SendAgain(connection, start, length))
        {
            return false;
        }

        connection.Sent.OnLastResent(Now.Nanoseconds, connection.Delivered);
        if (connection.BlackHole is { } hole)
        {
            TakePathLoss(connection, hole, start);
        }

        return true;
    }

    /// <summary>TLP_process_ack() (§7.4.2): whether the probe has repaired a loss, which nothing else would show.</summary>
    /// <returns>Whether what arrived twice is the probe, which says nothing else.</returns>
    private bool TakeTailProbeResult(TcpConnection<TCongestion> connection, in Progress progress)
    {
        if (!connection.TailProbe.IsOut || progress.Acknowledgement < connection.TailProbe.End)
        {
            return false;
        }

        if (!connection.TailProbe.IsRetransmission)
        {
            connection.TailProbe.IsOut = false;
            return false;
        }

        if (progress.HasDuplicate && progress.Duplicate.End == connection.TailProbe.End)
        {
            connection.TailProbe.IsOut = false;
            return true;
        }

        if (progress.Acknowledgement > connection.TailProbe.End)
        {
            // Something sent after the probe has arrived, and no D-SACK has come: only one of the two had arrived.
            connection.TailProbe.IsOut = false;
            connection.Congestion.OnCongestion(CongestionSignal.Loss, progress.Flight, Now);
            connection.Congestion.OnRecovered(connection.Pipe, Now);
            connection.OnReduced();
        }

        return false;
    }

    /// <summary>§7.4.2: a duplicate without SACK, from a peer that does not know D-SACK, says that both have arrived.</summary>
    private static void TakeTailProbeDuplicate(TcpConnection<TCongestion> connection, in TcpSegment segment, in TcpOptions options)
    {
        if (connection.TailProbe.IsOut && segment.Acknowledgement == connection.TailProbe.End && segment.SequenceLength == 0 && options.SackCount == 0)
        {
            connection.TailProbe.IsOut = false;
        }
    }
}
