using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What happens when time passes and nothing else does.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private void RunTimers()
    {
        while (Wheel.TakeDue(Now) is { } node)
        {
            if (node is HalfOpen half)
            {
                RunHalfOpen(half);
                continue;
            }

            var connection = System.Runtime.CompilerServices.Unsafe.As<TcpConnection<TCongestion>>(node);
            RunDue(connection);
            if (connection.State != TcpState.Closed)
            {
                connection.Schedule();
            }
        }
    }

    private void RunDue(TcpConnection<TCongestion> connection)
    {
        if (connection.ExpiresAt <= Now)
        {
            Expire(connection);
            return;
        }

        if (connection.DelayedAckAt <= Now)
        {
            connection.DelayedAckAt = Instant.Never;
            connection.AckNow = true;
            RequestOutput(connection);
        }

        if (connection.KeepAliveAt <= Now)
        {
            RunKeepAlive(connection);
        }

        if (connection.State != TcpState.Closed && connection.GiveUpAt <= Now)
        {
            GiveUp(connection);
        }

        // Before the retransmission timer, which a probe sets anew (RFC 8985 §7.3).
        if (connection.State != TcpState.Closed && connection.ProbeAt <= Now)
        {
            RunProbeTimer(connection);
        }

        if (connection.State != TcpState.Closed && connection.RetransmitAt <= Now)
        {
            RunRetransmission(connection);
        }
    }

    private void Expire(TcpConnection<TCongestion> connection)
    {
        if (connection.State is TcpState.SynSent or TcpState.SynReceived)
        {
            Fail(connection, connection.SoftError == ErrorKind.None ? ErrorKind.TimedOut : connection.SoftError);
        }
        else
        {
            End(connection);
        }
    }

    private void RunRetransmission(TcpConnection<TCongestion> connection)
    {
        connection.RetransmitAt = Instant.Never;
        if (connection.State is TcpState.SynSent or TcpState.SynReceived)
        {
            connection.IsTiming = false;
            connection.Rto.BackOff();
            connection.Statistics.Retransmissions++;
            _counters = _counters with { Retransmissions = _counters.Retransmissions + 1 };
            SendSyn(connection);
            return;
        }

        if (connection.IsHeld)
        {
            connection.EndHold();
            RequestOutput(connection);
            return;
        }

        if (Now - connection.ProgressAt >= connection.AnswerLimit)
        {
            GiveUp(connection);
            return;
        }

        if (connection.FlightSize > 0)
        {
            WatchForBlackHole(connection);
            RetransmitAfterTimeout(connection);
        }
        else if (connection.SendBuffer.Length > 0)
        {
            EndWaiting(connection);
        }
    }

    /// <summary>RFC 9293 §3.8.3 (R2), RFC 5482: the peer does not answer any more.</summary>
    private void GiveUp(TcpConnection<TCongestion> connection)
    {
        _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
        SendReset(connection, connection.SndNxt);
        Fail(connection, connection.SoftError == ErrorKind.None ? ErrorKind.TimedOut : connection.SoftError);
    }

    /// <summary>RFC 6298 (5.4) to (5.6), RFC 5681 §3.1: what is outstanding counts as lost, and is sent again in slow start.</summary>
    private void RetransmitAfterTimeout(TcpConnection<TCongestion> connection)
    {
        _counters = _counters with { RetransmissionTimeouts = _counters.RetransmissionTimeouts + 1 };
        var isFirst = connection.Phase != RecoveryPhase.Loss;
        if (isFirst)
        {
            connection.Undo.Start(connection.SndUna);
        }

        // RFC 5682 §2.1 step 1: not when losses are known already.
        connection.TimeoutProbe = connection.Phase == RecoveryPhase.Open ? TimeoutProbe.FirstAcknowledgement : TimeoutProbe.None;
        connection.Congestion.OnTimeout(connection.FlightSize, isFirst, Now);
        connection.OnReduced();
        connection.Phase = RecoveryPhase.Loss;
        connection.RecoveryPoint = connection.SndNxt;
        connection.DuplicateAcks = 0;
        connection.TailProbe.IsOut = false;
        connection.ProbeAt = Instant.Never;
        connection.OnWindowLimited();
        LoseAfterTimeout(connection);
        connection.Rto.BackOff();
        connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        if (connection.Sent.TryGetLost(out var start, out var length) && !Resend(connection, start, length))
        {
            // The device is full; the next time-out is too far to wait for.
            RequestOutput(connection);
        }
    }

    private void LoseAfterTimeout(TcpConnection<TCongestion> connection)
    {
        if (!connection.HasSack)
        {
            connection.Sent.LoseAll();
            return;
        }

        if (connection.Sent.ForgetReneged())
        {
            _counters = _counters with { Reneged = _counters.Reneged + 1 };
        }

        // RFC 8985 §6.3. The first one is sent at once, whatever was to come before it.
        connection.Rack.LoseOverdue(ref connection.Sent, connection.ReorderingWindow, Now.Nanoseconds);
        connection.Sent.OrderLost();
    }

    /// <summary>Data has waited for a time-out with nothing outstanding.</summary>
    private void EndWaiting(TcpConnection<TCongestion> connection)
    {
        if (connection.SndWnd == 0)
        {
            ProbeWindow(connection);
            return;
        }

        // The window is not closed: a cork held the data back, or silly window avoidance (RFC 9293 §3.8.6.2.1 (4)). What there is room for leaves now. Nothing was lost, and there is
        // nothing to back off from.
        connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        var length = (int)Math.Min(Math.Min(connection.SendBuffer.Length, connection.SendSize), connection.SndWnd);
        if (SendText(connection, connection.SndNxt, length, fin: false))
        {
            OnFirstSent(connection, length);
        }
    }

    /// <summary>RFC 9293 §3.8.6.1: one byte beyond the window, whose answer tells the window.</summary>
    private void ProbeWindow(TcpConnection<TCongestion> connection)
    {
        connection.Rto.BackOff();
        connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        _counters = _counters with { WindowProbes = _counters.WindowProbes + 1 };
        if (Send(connection, connection.SndNxt, TcpFlags.Ack, 0, 1))
        {
            connection.IsProbeOut = true;
            connection.OnAcknowledgementSent();
        }
    }

    /// <summary>RFC 9293 §3.8.4: a probe lies just before the window, so that the peer answers with an acknowledgement.</summary>
    private void RunKeepAlive(TcpConnection<TCongestion> connection)
    {
        connection.KeepAliveAt = Instant.Never;
        if (connection.KeepAlive is not { Times: var keepAlive } || connection.State == TcpState.TimeWait)
        {
            return;
        }

        var due = connection.HeardAt + keepAlive.After;
        if (due > Now && connection.Probes == 0)
        {
            connection.KeepAliveAt = due;
            return;
        }

        if (connection.FlightSize > 0)
        {
            // What is outstanding asks already.
            connection.KeepAliveAt = Now + keepAlive.After;
            return;
        }

        if (connection.Probes >= keepAlive.Probes)
        {
            _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
            SendReset(connection, connection.SndNxt);
            Fail(connection, ErrorKind.TimedOut);
            return;
        }

        connection.Probes++;
        _counters = _counters with { KeepAliveProbes = _counters.KeepAliveProbes + 1 };
        connection.KeepAliveAt = Now + keepAlive.Interval;
        _ = Send(connection, connection.SndNxt - 1, TcpFlags.Ack, 0, 0);
    }
}
