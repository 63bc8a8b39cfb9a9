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

            connection.Schedule();
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
            return true;
        }

        FollowPath(connection);
        var isOpen = OutputLost(connection) && OutputNew(connection);
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
        while (connection.Phase != RecoveryPhase.Open && connection.Pipe() + connection.SegmentSize <= Math.Max(connection.Congestion.Window, connection.SegmentSize)
            && connection.TryFindLost(out var start, out var length))
        {
            if (!Resend(connection, start, length))
            {
                return false;
            }
        }

        return true;
    }

    private bool OutputNew(TcpConnection<TCongestion> connection)
    {
        // RFC 6675 §5 NextSeg(): what is lost comes before what is new.
        if (connection.State is not (TcpState.Established or TcpState.CloseWait) || connection.TryFindLost(out _, out _))
        {
            return true;
        }

        RestartAfterIdle(connection);
        while (true)
        {
            var unsent = connection.SendBuffer.Length - connection.UnsentPosition;
            var room = Math.Min(connection.SndWnd - connection.FlightSize, connection.Congestion.Window - connection.Pipe());
            var size = connection.SendSize;
            var length = (int)Math.Min(Math.Min(unsent, size), Math.Max(0, room));
            var isLast = length == unsent;
            var fin = isLast && connection.FinQueued;
            if (!fin && (length == 0 || !IsWorthSending(connection, length, size, isLast)))
            {
                return true;
            }

            if (!SendText(connection, connection.SndNxt, length, fin))
            {
                return false;
            }

            if (fin)
            {
                connection.FinSent = true;
                connection.State = connection.State == TcpState.Established ? TcpState.FinWait1 : TcpState.LastAck;
            }

            OnFirstSent(connection, length + (fin ? 1 : 0));
            if (length < size)
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
        if (connection.FlightSize == 0 && connection.SendBuffer.Length > 0 && Now - connection.LastSentAt > connection.Rto.Value)
        {
            connection.Congestion.OnRestart();
            connection.LastSentAt = Now;
        }
    }

    private void OnFirstSent(TcpConnection<TCongestion> connection, int sequenceLength)
    {
        if (connection.FlightSize == 0)
        {
            connection.ProgressAt = Now;
        }

        if (!connection.IsTiming && connection.Phase == RecoveryPhase.Open)
        {
            connection.IsTiming = true;
            connection.TimedSequence = connection.SndNxt;
            connection.TimedAt = Now;
        }

        connection.IsProbeOut = false;
        connection.SndNxt += sequenceLength;
        connection.Statistics.BytesSent += sequenceLength;
        connection.LastSentAt = Now;

        // RFC 6298 (5.1).
        if (connection.RetransmitAt.IsNever || connection.FlightSize == sequenceLength)
        {
            connection.RetransmitAt = Now + connection.Rto.Value;
        }
    }

    /// <summary>Sends a part of what is lost again: one segment.</summary>
    private bool Resend(TcpConnection<TCongestion> connection, SequenceNumber start, int length)
    {
        var size = Math.Min(length, connection.SendSize);
        var position = start - connection.SndUna;
        var text = Math.Min(size, connection.SendBuffer.Length - position);
        var fin = connection.FinSent && text < length && position + text == connection.SendBuffer.Length;
        if (!SendText(connection, start, text, fin))
        {
            return false;
        }

        connection.Resent = start + (text + (fin ? 1 : 0));
        connection.Statistics.Retransmissions++;
        _counters = _counters with { Retransmissions = _counters.Retransmissions + 1 };

        // Karn's algorithm (RFC 6298 §3).
        connection.IsTiming = false;
        if (connection.RetransmitAt.IsNever)
        {
            connection.RetransmitAt = Now + connection.Rto.Value;
        }

        return true;
    }

    /// <summary>RFC 9293 §3.8.6.1: with something to send, nothing outstanding and no room in the peer's window, only a probe can learn that it has opened.</summary>
    private void SetPersistTimer(TcpConnection<TCongestion> connection)
    {
        if (connection.FlightSize == 0 && connection.State is TcpState.Established or TcpState.CloseWait)
        {
            if (connection.SendBuffer.Length == 0)
            {
                connection.RetransmitAt = Instant.Never;
            }
            else if (connection.RetransmitAt.IsNever)
            {
                // The peer owes an answer from now on, however long nothing was sent before.
                connection.ProgressAt = Now;
                connection.RetransmitAt = Now + connection.Rto.Value;
            }
        }
    }
}
