using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The ACK field (RFC 9293 §3.10.7.4, fifth step): what the peer has, its window, what is lost.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <returns>Whether to go on with the segment's text.</returns>
    private bool InputAcknowledgement(TcpConnection<TCongestion> connection, in TcpSegment segment, in TcpOptions options)
    {
        var acknowledgement = segment.Acknowledgement;
        if (connection.State == TcpState.SynReceived)
        {
            if (acknowledgement <= connection.SndUna || acknowledgement > connection.SndNxt)
            {
                SendReset(connection, acknowledgement);
                return false;
            }

            connection.SndUna = connection.Iss + 1;
            EstablishActive(connection, segment);
        }

        if (connection.IsProbeOut && acknowledgement == connection.SndNxt + 1)
        {
            // The peer took the byte of a window probe, which counts as sent from now on.
            connection.SndNxt = acknowledgement;
            connection.IsProbeOut = false;
        }

        // RFC 5961 §5.2: neither older than anything that could be under way, nor for what was never sent.
        if (acknowledgement > connection.SndNxt || acknowledgement < connection.SndUna - (int)Math.Min(connection.MaxSndWnd, int.MaxValue))
        {
            SendChallenge(connection);
            return false;
        }

        var hasNewSack = connection.HasSack && options.SackCount > 0 && connection.Scoreboard.Update(options, SequenceNumber.Max(connection.SndUna, acknowledgement), connection.SndNxt);
        var isWindowSame = UpdateWindow(connection, segment);
        if (acknowledgement > connection.SndUna)
        {
            Advance(connection, acknowledgement, options);
        }
        else if (acknowledgement == connection.SndUna && connection.FlightSize > 0)
        {
            // RFC 5681 §2: a duplicate has no text, no SYN or FIN, and the same window; with SACK it says something new (RFC 6675 §2).
            var isDuplicate = connection.HasSack ? hasNewSack : isWindowSame && segment.SequenceLength == 0;
            if (isDuplicate)
            {
                connection.DuplicateAcks++;
                RequestOutput(connection);
            }
        }

        if (connection.IsLossDetected)
        {
            StartFastRecovery(connection);
        }

        return !HasEndedBy(connection, acknowledgement);
    }

    /// <summary>RFC 9293 §3.10.7.4: an older segment does not change the window.</summary>
    /// <returns>Whether the window is as before.</returns>
    private bool UpdateWindow(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        var isNewer = connection.SndWl1 < segment.Sequence
            || (connection.SndWl1 == segment.Sequence && connection.SndWl2 <= segment.Acknowledgement);
        var window = (long)segment.Window << connection.SndScale;
        var isSame = window == connection.SndWnd;
        if (isNewer && segment.Acknowledgement >= connection.SndUna)
        {
            connection.SndWl1 = segment.Sequence;
            connection.SndWl2 = segment.Acknowledgement;
            if (!isSame)
            {
                if (connection.SndWnd == 0)
                {
                    // What the probes waited is not how long data has to wait.
                    connection.Rto.ResetBackOff();
                }

                connection.SndWnd = window;
                connection.MaxSndWnd = Math.Max(connection.MaxSndWnd, window);
                RequestOutput(connection);
            }
        }

        // A peer that answers probes of its closed window is alive (RFC 9293 §3.8.6.1), and is waited for as long as the program does.
        if (!connection.IsOrphan && !connection.HasUserTimeout && (connection.FlightSize == 0 || window == 0))
        {
            connection.ProgressAt = Now;
        }

        return isSame;
    }

    private void Advance(TcpConnection<TCongestion> connection, SequenceNumber acknowledgement, in TcpOptions options)
    {
        var flight = connection.FlightSize;
        var acknowledged = acknowledgement - connection.SndUna;
        var data = Math.Min(acknowledged, connection.SendBuffer.Length);
        connection.SendBuffer.Acknowledge(Buffers, data);
        connection.SndUna = acknowledgement;
        connection.Scoreboard.Acknowledge(acknowledgement);
        connection.ProgressAt = Now;
        connection.LargeTimeouts = 0;
        connection.SoftError = ErrorKind.None;
        _ip.ConfirmReachable(connection.Remote.Address, Now);
        var roundTrip = Measure(connection, acknowledgement, options);
        if (connection.Phase != RecoveryPhase.Open && acknowledgement >= connection.RecoveryPoint)
        {
            EndRecovery(connection);
        }
        else if (connection.Phase == RecoveryPhase.Fast)
        {
            AdvanceInRecovery(connection, acknowledged);
        }
        else
        {
            connection.DuplicateAcks = 0;
            if (connection.Phase == RecoveryPhase.Open)
            {
                // It follows, so that it can be compared after 2^31 bytes too.
                connection.RecoveryPoint = acknowledgement - 1;
            }

            connection.Congestion.OnAcknowledged(new CongestionSample
            {
                Now = Now,
                Acknowledged = acknowledged,
                InFlight = flight,
                RoundTripTime = new TimeSpan(roundTrip / 100),
                SmoothedRoundTripTime = new TimeSpan(connection.Rto.Smoothed / 100),
            });
        }

        // RFC 6298 (5.2), (5.3).
        connection.RetransmitAt = connection.FlightSize > 0 ? Now + connection.Rto.Value : Instant.Never;
        connection.GrowSendBuffer(connection.Congestion.Window);
        connection.OnWritable();
        RequestOutput(connection);
    }

    /// <summary>RFC 6298 §3: the timed segment, if this acknowledges it; else, with timestamps, the echoed one (RFC 7323 §4.1), which no retransmission confuses.</summary>
    /// <returns>Nanoseconds, or 0 if nothing was measured.</returns>
    private long Measure(TcpConnection<TCongestion> connection, SequenceNumber acknowledgement, in TcpOptions options)
    {
        long sample = 0;
        if (connection.IsTiming && acknowledgement > connection.TimedSequence)
        {
            connection.IsTiming = false;
            sample = Math.Max(1, Now.Nanoseconds - connection.TimedAt.Nanoseconds);
        }
        else if (connection.HasTimestamps && options.HasTimestamp && options.TimestampEcho != 0 && !connection.IsTiming)
        {
            var elapsed = (int)(TimestampNow(connection) - options.TimestampEcho);
            sample = elapsed >= 0 ? Math.Max(1, elapsed * NanosecondsPerMillisecond) : 0;
        }

        if (sample > 0)
        {
            connection.Rto.Measure(sample);
        }

        return sample;
    }

    private void StartFastRecovery(TcpConnection<TCongestion> connection)
    {
        _counters = _counters with { FastRecoveries = _counters.FastRecoveries + 1 };
        connection.Congestion.OnLoss(connection.FlightSize, Now);
        connection.Phase = RecoveryPhase.Fast;
        connection.RecoveryPoint = connection.SndNxt;
        connection.Resent = connection.SndUna;
        connection.IsTiming = false;

        // RFC 6675 §5 (4.3): the first lost segment leaves whatever the window says.
        if (connection.TryFindLost(out var start, out var length))
        {
            _ = Resend(connection, start, length);
        }

        RequestOutput(connection);
    }

    /// <summary>A partial acknowledgement: what comes next is lost too (RFC 6582 §3.2 (3)). With SACK the scoreboard knows.</summary>
    private void AdvanceInRecovery(TcpConnection<TCongestion> connection, int acknowledged)
    {
        if (!connection.HasSack)
        {
            // The segment that was lost, and those after it that had made the duplicates.
            connection.DuplicateAcks = Math.Max(0, connection.DuplicateAcks - (acknowledged / connection.SegmentSize) + 1);
            if (connection.TryFindLost(out var start, out var length))
            {
                _ = Resend(connection, start, length);
            }
        }
    }

    private void EndRecovery(TcpConnection<TCongestion> connection)
    {
        if (connection.Phase == RecoveryPhase.Fast)
        {
            connection.Congestion.OnRecovered(connection.FlightSize, Now);
        }

        connection.Phase = RecoveryPhase.Open;
        connection.DuplicateAcks = 0;
    }

    /// <summary>What an acknowledgement of our FIN does.</summary>
    /// <returns>Whether the connection is gone.</returns>
    private bool HasEndedBy(TcpConnection<TCongestion> connection, SequenceNumber acknowledgement)
    {
        if (!connection.FinSent || acknowledgement != connection.SndNxt)
        {
            return false;
        }

        switch (connection.State)
        {
            case TcpState.FinWait1:
                connection.State = TcpState.FinWait2;
                if (connection.IsOrphan)
                {
                    connection.ExpiresAt = Now + Settings.FinWait2;
                }

                return false;
            case TcpState.Closing:
                StartTimeWait(connection);
                return false;
            case TcpState.LastAck:
                End(connection);
                return true;
            default:
                return false;
        }
    }
}
