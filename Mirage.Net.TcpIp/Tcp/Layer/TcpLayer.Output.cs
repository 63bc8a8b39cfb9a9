using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The way down: what each connection that asked for it may send now (RFC 9293 §3.8, RFC 5681, RFC 6675).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private readonly List<TcpConnection> _blocked = [];

    /// <returns>Whether anything was sent.</returns>
    private bool RunOutput()
    {
        var before = _segmentsSent;
        while (TakePending() is { } pending)
        {
            var connection = System.Runtime.CompilerServices.Unsafe.As<TcpConnection<TCongestion>>(pending);
            if (connection.State == TcpState.Closed)
            {
                Recycle(connection);
                continue;
            }

            if (!Output(connection))
            {
                // The device is full: in the next turn again, which comes when there is room.
                _blocked.Add(connection);
            }

            if (connection.State != TcpState.Closed)
            {
                connection.Schedule();
            }
        }

        foreach (var connection in _blocked)
        {
            RequestOutput(connection);
        }

        _blocked.Clear();
        return _segmentsSent != before;
    }

    /// <returns>Whether all that may leave has left.</returns>
    private bool Output(TcpConnection<TCongestion> connection)
    {
        if (connection.State is TcpState.SynSent or TcpState.SynReceived)
        {
            // A SYN that there was no room for.
            return !connection.AckNow || TrySendSyn(connection);
        }

        FollowPath(connection);
        var isOpen = OutputHandshakeEnd(connection) && OutputLost(connection) && OutputNew(connection);
        if (isOpen && connection.TimeoutProbe == TimeoutProbe.SecondAcknowledgement && connection.SndNxt == connection.RecoveryPoint)
        {
            // RFC 5682 §2.1 step 2b: no new data could leave, and so none will tell.
            connection.TimeoutProbe = TimeoutProbe.None;
            isOpen = OutputLost(connection);
        }

        if (isOpen && connection.AckNow)
        {
            isOpen = SendAcknowledgement(connection);
        }

        SetPersistTimer(connection);
        if (connection.IsOrphan && connection.State == TcpState.FinWait2 && connection.ExpiresAt.IsNever)
        {
            connection.ExpiresAt = Now + Settings.FinWait2;
        }

        return isOpen;
    }

    /// <summary>Sends again what is lost, as far as the congestion window has room for it.</summary>
    private bool OutputLost(TcpConnection<TCongestion> connection)
    {
        // RFC 5682 §2.1 step 2b: not while new data finds out whether anything is lost.
        while (connection.TimeoutProbe != TimeoutProbe.SecondAcknowledgement && connection.Sent.TryGetLost(out var start, out var length))
        {
            if (connection.Pipe > 0 && connection.Pipe + length > Math.Max(PipeLimit(connection), connection.SegmentSize))
            {
                connection.OnWindowLimited();
                return true;
            }

            if (!Resend(connection, start, length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What may be in the network: the congestion window, or in fast recovery what proportional rate reduction says.</summary>
    private static long PipeLimit(TcpConnection<TCongestion> connection)
        => connection.Phase == RecoveryPhase.Fast ? connection.RateReduction.Window : connection.Congestion.Window;

    /// <summary>How much new data may leave.</summary>
    private static long Room(TcpConnection<TCongestion> connection)
    {
        var room = Math.Min(connection.SndWnd - connection.FlightSize, PipeLimit(connection) - connection.Pipe);

        // RFC 5682 §2.1 step 2b: up to two segments find out whether anything is lost.
        return connection.TimeoutProbe == TimeoutProbe.SecondAcknowledgement
            ? Math.Min(room, (2 * connection.SegmentSize) - (connection.SndNxt - connection.RecoveryPoint))
            : room;
    }

    private bool OutputNew(TcpConnection<TCongestion> connection)
    {
        // RFC 6675 §5 NextSeg(): what is lost comes before what is new.
        if (connection.State is not (TcpState.Established or TcpState.CloseWait)
            || (connection.Sent.HasLost && connection.TimeoutProbe != TimeoutProbe.SecondAcknowledgement)
            || connection.IsHeld)
        {
            return true;
        }

        RestartAfterIdle(connection);
        if (connection.BlackHole is { } hole && IsPathProbeDue(connection, hole, out var probeSize))
        {
            if (Room(connection) < probeSize)
            {
                // Smaller segments would take what room there is, again and again.
                connection.OnWindowLimited();
                return true;
            }

            if (!SendPathProbe(connection, hole, probeSize))
            {
                return false;
            }
        }

        var isFirst = true;
        while (true)
        {
            var unsent = connection.SendBuffer.Length - connection.UnsentPosition;
            var room = Room(connection);
            var size = connection.SendSize;
            var length = (int)Math.Min(Math.Min(unsent, size), Math.Max(0, room));
            if (OffloadsSegmentation && length == size)
            {
                length = SuperSegmentLength(connection, unsent, room, size);
            }

            var isLast = length == unsent;
            var fin = isLast && connection.FinQueued;
            if (!fin && (length == 0 || !IsWorthSending(connection, length, size, isLast)))
            {
                NoteWhatLimits(connection, unsent, room, size);

                return true;
            }

            // RFC 9293 §3.9.1: a burst ends with PSH, as Linux's do, so that a receiver that joins segments hands them up.
            var next = (int)Math.Min(Math.Min(unsent - length, size), Math.Max(0, room - length));
            var isEnd = next == 0 || !IsWorthSending(connection, next, size, next == unsent - length);
            if (!SendText(connection, connection.SndNxt, length, fin, isEnd && (!isFirst || (OffloadsSegmentation && length > size))))
            {
                if (OffloadsSegmentation)
                {
                    _cutSize = 0;
                }

                return false;
            }

            isFirst = false;
            if (fin)
            {
                connection.FinSent = true;
                connection.State = connection.State == TcpState.Established ? TcpState.FinWait1 : TcpState.LastAck;
            }

            OnFirstSent(connection, length + (fin ? 1 : 0));
            if (length < size || (OffloadsSegmentation && length % size != 0))
            {
                connection.ShortEnd = connection.SndNxt;
            }

            if (fin)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Silly window avoidance and Nagle's algorithm (RFC 9293 §3.8.6.2.1, §3.7.4), the latter as RFC 9293 appendix A.3 and Linux have it: a short segment waits only for an earlier short
    /// one, so that the end of a long write is not held back by its own beginning.
    /// </summary>
    private static bool IsWorthSending(TcpConnection<TCongestion> connection, int length, int size, bool isLast)
        => length >= size
            || (isLast && !connection.IsCorked && (connection.NoDelay || connection.FinQueued || connection.ShortEnd <= connection.SndUna))
            || (isLast && connection.FinQueued)
            || (length >= connection.MaxSndWnd / 2 && !(isLast && connection.IsCorked));

    /// <summary>RFC 5681 §4.1.</summary>
    private void RestartAfterIdle(TcpConnection<TCongestion> connection)
    {
        if (connection.FlightSize == 0 && connection.SendBuffer.Length > 0 && Now - connection.LastSentAt > connection.RetransmissionTimeout)
        {
            connection.Congestion.OnRestart(Now);
            connection.LastSentAt = Now;
        }
    }

    /// <summary>
    /// What holds the connection back: the congestion window, the program, or the peer. RFC 7661 §4.3: whoever uses half of the window uses it; so in slow start, where that is what a
    /// round trip may double. Later only a window that is full grows, as on Linux.
    /// </summary>
    private static void NoteWhatLimits(TcpConnection<TCongestion> connection, int unsent, long room, int size)
    {
        var isFull = room < size && room < connection.SndWnd - connection.FlightSize;
        if (isFull || (connection.Congestion.Window < connection.Congestion.SlowStartThreshold && connection.Pipe > PipeLimit(connection) / 2))
        {
            connection.OnWindowLimited();
        }

        if (!isFull && unsent == 0 && connection.Pipe < PipeLimit(connection))
        {
            connection.OnApplicationLimited();
        }
    }

    private void OnFirstSent(TcpConnection<TCongestion> connection, int sequenceLength)
    {
        var delivered = connection.Delivered;
        var start = connection.SndNxt;
        if (connection.FlightSize == 0)
        {
            connection.ProgressAt = Now;
        }

        connection.BeginTransmission();
        connection.IsProbeOut = false;
        connection.SndNxt += sequenceLength;
        connection.Sent.Add(
            Buffers,
            OffloadsSegmentation ? AddSuperSegment(connection, start, delivered) : start,
            new SentSegment
            {
                End = connection.SndNxt,
                SentAt = Now.Nanoseconds,
                Delivered = delivered,
                IsApplicationLimited = delivered < connection.ApplicationLimitedUntil,
            },
            connection.SegmentSize);
        connection.RateReduction.OnSent(sequenceLength);
        connection.Statistics.BytesSent += sequenceLength;
        connection.LastSentAt = Now;

        // RFC 6298 (5.1).
        if (connection.RetransmitAt.IsNever || connection.FlightSize == sequenceLength)
        {
            connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        }

        // RFC 8985 §7.2.
        SetProbeTimer(connection);
    }

    /// <summary>Sends the first thing again that is lost.</summary>
    private bool Resend(TcpConnection<TCongestion> connection, SequenceNumber start, int length)
    {
        if (!SendAgain(connection, start, length))
        {
            return false;
        }

        connection.Sent.OnResent(Now.Nanoseconds, connection.Delivered);
        if (connection.BlackHole is { } hole)
        {
            TakePathLoss(connection, hole, start);
        }

        connection.RateReduction.OnSent(length);
        connection.Undo.OnRetransmitted(TimestampNow(connection));

        // What the peer waits for begins its time-out again: the first transmission's does not count any more.
        if (connection.RetransmitAt.IsNever || (start == connection.SndUna && connection.Phase == RecoveryPhase.Fast))
        {
            connection.RetransmitAt = Now + connection.RetransmissionTimeout;
        }

        return true;
    }

    /// <summary>Sends a segment again: in several, if the path takes only smaller ones than before.</summary>
    private bool SendAgain(TcpConnection<TCongestion> connection, SequenceNumber start, int length)
    {
        var left = Math.Min(length, connection.SendBuffer.Length - (start - connection.SndUna));
        var fin = left < length;
        do
        {
            var size = Math.Min(left, connection.SegmentSize);
            if (!SendText(connection, start, size, fin && size == left))
            {
                return false;
            }

            connection.Statistics.Retransmissions++;
            _counters = _counters with { Retransmissions = _counters.Retransmissions + 1 };
            start += size;
            left -= size;
        }
        while (left > 0);
        return true;
    }

    /// <summary>RFC 9293 §3.8.6.1: with something to send, nothing outstanding and no room in the peer's window, only a probe can learn that it has opened.</summary>
    private void SetPersistTimer(TcpConnection<TCongestion> connection)
    {
        if (connection.FlightSize == 0 && !connection.IsHeld && connection.State is TcpState.Established or TcpState.CloseWait)
        {
            if (connection.SendBuffer.Length == 0)
            {
                connection.RetransmitAt = Instant.Never;
            }
            else if (connection.RetransmitAt.IsNever)
            {
                // The peer owes an answer from now on, however long nothing was sent before.
                connection.ProgressAt = Now;
                connection.RetransmitAt = Now + connection.RetransmissionTimeout;
            }
        }
    }
}
