using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Segments follow the path's MTU (RFC 1191, RFC 8201), and find out about paths that drop what is too large without a word (RFC 2923, RFC 4821).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    // With the least time-out as the least wait: the black hole is looked for when what was lost has been sent again.
    private const int RoundTripsBeforeProbe = 4;

    /// <summary>Sets the size of segments from all that limits it; what timestamps take comes off (RFC 6691).</summary>
    private void ChooseSegmentSize(TcpConnection<TCongestion> connection)
    {
        connection.PathRevision = _ip.PathRevision;
        var size = FullSegmentSize(connection);
        if (connection.BlackHole is { } hole)
        {
            if (hole.Size < size)
            {
                size = hole.Size;
            }
            else
            {
                // A probe of the full size has arrived, or the path's MTU is known now.
                connection.BlackHole = null;
            }
        }

        connection.SegmentSize = Math.Max(Opening.LeastSegmentSize, size) - (connection.HasTimestamps ? TimestampsLength : 0);
    }

    /// <summary>The largest that peer and path allow, as far as is known.</summary>
    private int FullSegmentSize(TcpConnection<TCongestion> connection)
        => Math.Min(connection.PeerSegmentSize, LocalSegmentSize(connection.Remote.Address));

    /// <summary>Before segments leave: has a path's MTU changed?</summary>
    private void FollowPath(TcpConnection<TCongestion> connection)
    {
        if (connection.PathRevision != _ip.PathRevision)
        {
            ShrinkOrGrow(connection);
        }
    }

    private void ShrinkOrGrow(TcpConnection<TCongestion> connection)
    {
        var before = connection.SegmentSize;
        ChooseSegmentSize(connection);
        connection.Congestion.SetSegmentSize(connection.SegmentSize);
        if (connection.SegmentSize < before && connection.FlightSize > 0 && connection.IsSynchronized)
        {
            // RFC 1191 §6.5, RFC 8201 §5.4: what was too large is lost, and leaves again at once; it is no sign of congestion.
            ResendAll(connection);
        }
    }

    /// <summary>Everything outstanding is sent again, as the congestion window allows, which stays as it is.</summary>
    private void ResendAll(TcpConnection<TCongestion> connection)
    {
        connection.Phase = RecoveryPhase.Loss;
        connection.RecoveryPoint = connection.SndNxt;
        connection.DuplicateAcks = 0;
        connection.TailProbe.IsOut = false;
        connection.ProbeAt = Instant.Never;
        connection.Undo.Stop();
        connection.Sent.Release(Buffers);
        for (var start = connection.SndUna; start < connection.SndNxt;)
        {
            var end = SequenceNumber.Min(start + connection.SegmentSize, connection.SndNxt);
            var segment = new SentSegment { End = end, SentAt = Now.Nanoseconds, Delivered = connection.Delivered, IsRetransmitted = true };
            connection.Sent.Add(Buffers, start, segment, connection.SegmentSize);
            start = end;
        }

        connection.Sent.LoseAll();
        RequestOutput(connection);
    }

    /// <summary>A retransmission time-out: perhaps a black hole swallows large segments.</summary>
    private void WatchForBlackHole(TcpConnection<TCongestion> connection)
    {
        if (connection.SndWnd == 0)
        {
            // The peer has no room, and drops segments of any size.
            return;
        }

        var size = Math.Min(connection.FlightSize, connection.SegmentSize);
        if (connection.IsBlackHole(size + (connection.HasTimestamps ? TimestampsLength : 0)))
        {
            _counters = _counters with { BlackHolesSuspected = _counters.BlackHolesSuspected + 1 };
            ChooseSegmentSize(connection);
            connection.Congestion.SetSegmentSize(connection.SegmentSize);
        }
    }

    /// <summary>
    /// A handshake's third segment goes ahead of a full one, in which a path that drops what is large would drop it too: the peer would wait for it, and take its second SYN-ACK for a
    /// bad path (RFC 6298 (5.7)).
    /// </summary>
    private bool OutputHandshakeEnd(TcpConnection<TCongestion> connection)
        => !connection.AckNow
            || connection.SndNxt != connection.Iss + 1
            || connection.RcvNxt != connection.Irs + 1
            || connection.SendBuffer.Length < connection.SendSize
            || SendAcknowledgement(connection);

    /// <summary>Whether what leaves next is a probe: there is data for it, and it fits into the windows when they are empty.</summary>
    private bool IsPathProbeDue(TcpConnection<TCongestion> connection, BlackHole hole, out int size)
    {
        size = 0;
        if (!hole.IsProbeDue(Now) || connection.Phase != RecoveryPhase.Open)
        {
            return false;
        }

        size = hole.ProbeSize(FullSegmentSize(connection)) - (connection.HasTimestamps ? TimestampsLength : 0);
        return connection.SendBuffer.Length - connection.UnsentPosition >= size && Math.Min(connection.SndWnd, PipeLimit(connection)) >= size;
    }

    /// <summary>RFC 4821 §7.3: one segment of the full size among smaller ones, which find out quickly if it is lost.</summary>
    /// <returns>Whether it left.</returns>
    private bool SendPathProbe(TcpConnection<TCongestion> connection, BlackHole hole, int size)
    {
        var start = connection.SndNxt;
        if (!SendText(connection, start, size, fin: false))
        {
            return false;
        }

        OnFirstSent(connection, size);
        hole.OnProbeSent(start, connection.SndNxt, size + (connection.HasTimestamps ? TimestampsLength : 0));
        return true;
    }

    /// <summary>Something new is acknowledged: perhaps the probe, or the first since the segments are smaller.</summary>
    private void TakePathProgress(TcpConnection<TCongestion> connection, BlackHole hole)
    {
        if (hole.OnProgress(connection.SndUna, NextPathProbe(connection), Now + Settings.BlackHoleTime))
        {
            ShrinkOrGrow(connection);
        }
    }

    /// <summary>Something is sent again, perhaps the probe. Smaller segments arrive, and those of the full size do not: that is no outage.</summary>
    private void TakePathLoss(TcpConnection<TCongestion> connection, BlackHole hole, SequenceNumber start)
    {
        if (hole.OnResent(start, NextPathProbe(connection), Now + Settings.BlackHoleTime))
        {
            _counters = _counters with { BlackHoles = _counters.BlackHoles + 1 };
        }
    }

    private Instant NextPathProbe(TcpConnection<TCongestion> connection)
        => Now + TimeSpan.FromTicks(Math.Max(Settings.MinimumRetransmissionTimeout.Ticks, RoundTripsBeforeProbe * connection.Rto.Smoothed / TimeSpan.NanosecondsPerTick));
}
