using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Segments follow the path's MTU (RFC 1191, RFC 8201), and find out about paths that drop what is too large without a word (RFC 2923, RFC 4821).</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    /// <summary>Sets the size of segments from all that limits it; what timestamps take comes off (RFC 6691).</summary>
    private void ChooseSegmentSize(TcpConnection<TCongestion> connection)
    {
        connection.PathRevision = _ip.PathRevision;
        var size = Math.Min(connection.PeerSegmentSize, LocalSegmentSize(connection.Remote.Address));
        if (connection.BlackHoleSize != 0)
        {
            size = Math.Min(size, connection.BlackHoleSize);
        }

        connection.SegmentSize = Math.Max(Opening.LeastSegmentSize, size) - (connection.HasTimestamps ? TimestampsLength : 0);
    }

    /// <summary>Before segments leave: has a path's MTU changed, or is it time to try larger ones?</summary>
    private void FollowPath(TcpConnection<TCongestion> connection)
    {
        if (connection.PathRevision != _ip.PathRevision)
        {
            ShrinkOrGrow(connection);
        }

        if (connection.TryLargerAt <= Now)
        {
            connection.TryLargerAt = Instant.Never;
            connection.BlackHoleSize = 0;
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
            _counters = _counters with { BlackHoles = _counters.BlackHoles + 1 };
            connection.TryLargerAt = Now + Settings.BlackHoleTime;
            ChooseSegmentSize(connection);
            connection.Congestion.SetSegmentSize(connection.SegmentSize);
        }
    }
}
