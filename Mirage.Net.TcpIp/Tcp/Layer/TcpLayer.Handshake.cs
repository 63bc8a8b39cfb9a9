using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Opening: LISTEN (RFC 9293 §3.10.7.2), SYN-SENT (§3.10.7.3), and what SYNs agree on.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private const int DefaultSegmentSize = 536;
    private const int MinimumSegmentSize = 64;
    private const int TimestampsLength = 12;

    private void InputSyn(TcpListener listener, in IpPacketInfo info, in TcpSegment segment)
    {
        if (listener.HalfOpen.Count >= listener.Options.Backlog)
        {
            // Dropped, not refused: the peer tries again.
            _counters = _counters with { BacklogDropped = _counters.BacklogDropped + 1 };
            if (!DropOldestHalfOpen(listener))
            {
                return;
            }
        }

        var local = new IpEndpoint(info.Destination, segment.DestinationPort);
        var remote = new IpEndpoint(info.Source, segment.SourcePort);
        if (NewConnection(local, remote) is not { } connection)
        {
            return;
        }

        connection.State = TcpState.SynReceived;
        connection.Listener = listener;
        connection.NoDelay = listener.Options.NoDelay;
        listener.HalfOpen.AddLast(connection.InHalfOpen);
        TakeSyn(connection, segment, TcpOptions.Parse(segment.Options));
        connection.ExpiresAt = Now + Settings.HandshakeLimit;
        SendSyn(connection);
    }

    // RFC 4987 §3.4: else a few forged SYNs a second would close a port to everyone. One that could still be answered is left alone.
    private bool DropOldestHalfOpen(TcpListener listener)
    {
        var oldest = (TcpConnection<TCongestion>)listener.HalfOpen.First!.Value;
        if (Now - oldest.ProgressAt < Settings.InitialRetransmissionTimeout)
        {
            return false;
        }

        Fail(oldest, ErrorKind.TimedOut);
        return true;
    }

    private void InputSynSent(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        var flags = segment.Flags;
        var hasAck = (flags & TcpFlags.Ack) != 0;
        if (hasAck && (segment.Acknowledgement <= connection.Iss || segment.Acknowledgement > connection.SndNxt))
        {
            if ((flags & TcpFlags.Rst) == 0)
            {
                SendReset(connection, segment.Acknowledgement);
            }

            return;
        }

        if ((flags & TcpFlags.Rst) != 0)
        {
            // RFC 5961 §3.2: only with an acknowledgement of our SYN is it the peer's refusal.
            if (hasAck)
            {
                Fail(connection, ErrorKind.Refused);
            }

            return;
        }

        if ((flags & TcpFlags.Syn) == 0)
        {
            return;
        }

        TakeSyn(connection, segment, TcpOptions.Parse(segment.Options));
        if (!hasAck)
        {
            // Simultaneous open (RFC 9293 §3.5, figure 7).
            connection.State = TcpState.SynReceived;
            SendSyn(connection);
            return;
        }

        connection.SndUna = segment.Acknowledgement;
        Establish(connection, segment);
        connection.AckNow = true;
        RequestOutput(connection);
    }

    /// <summary>Takes the peer's sequence number and options, and drops what it does not offer.</summary>
    private void TakeSyn(TcpConnection<TCongestion> connection, in TcpSegment segment, in TcpOptions options)
    {
        connection.Irs = segment.Sequence;
        connection.RcvNxt = connection.LastAckSent = segment.Sequence + 1;
        connection.RcvEdge = connection.RcvNxt;
        connection.SndWnd = connection.MaxSndWnd = segment.Window;
        connection.SndWl1 = segment.Sequence;
        connection.SndWl2 = segment.Acknowledgement;
        connection.HasSack = options.SackPermitted;
        connection.HasScaling = options.HasWindowScale;
        connection.SndScale = options.HasWindowScale ? options.WindowScale : (byte)0;
        connection.RcvScale = options.HasWindowScale ? ReceiveScale : (byte)0;
        connection.HasTimestamps = options.HasTimestamp;
        if (options.HasTimestamp)
        {
            connection.TsRecent = options.TimestampValue;
            connection.TsRecentAt = Now;
        }

        // RFC 9293 §3.7.1: 536 where the peer does not say; what timestamps take comes off (RFC 6691).
        var offered = options.MaximumSegmentSize == 0 ? DefaultSegmentSize : Math.Max(options.MaximumSegmentSize, (ushort)MinimumSegmentSize);
        connection.SegmentSize = Math.Min(offered, LocalSegmentSize(connection)) - (connection.HasTimestamps ? TimestampsLength : 0);
        connection.Congestion.Start(connection.SegmentSize);
    }

    /// <summary>Our SYN is acknowledged, and the peer's is known.</summary>
    private void Establish(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        connection.State = TcpState.Established;
        connection.SndWnd = (long)segment.Window << ((segment.Flags & TcpFlags.Syn) != 0 ? 0 : connection.SndScale);
        connection.MaxSndWnd = Math.Max(connection.MaxSndWnd, connection.SndWnd);
        connection.SndWl1 = segment.Sequence;
        connection.SndWl2 = segment.Acknowledgement;
        connection.RecoveryPoint = connection.Resent = connection.Iss;
        connection.RetransmitAt = Instant.Never;
        connection.ExpiresAt = Instant.Never;
        connection.HeardAt = connection.ProgressAt = Now;
        if (connection.IsTiming)
        {
            connection.Rto.Measure((Now.Nanoseconds - connection.TimedAt.Nanoseconds));
            connection.IsTiming = false;
        }
        else
        {
            connection.Rto.AfterRetransmittedSyn();
        }

        if (connection.Listener is { } listener)
        {
            connection.Listener = null;
            listener.HalfOpen.Remove(connection.InHalfOpen);
            Accept(connection, listener);
        }
        else
        {
            _counters = _counters with { ActiveOpens = _counters.ActiveOpens + 1 };
            connection.ConnectOperation.Complete(Result.Done);
        }

        connection.StartKeepAlive(connection.KeepAlive);
    }

    /// <summary>The scale at which the whole receive buffer can be advertised (RFC 7323 §2.3).</summary>
    private byte ReceiveScale
    {
        get
        {
            byte scale = 0;
            while (scale < TcpOptions.MaxWindowScale && (ushort.MaxValue << scale) < Settings.ReceiveBuffer)
            {
                scale++;
            }

            return scale;
        }
    }

    private int LocalSegmentSize(TcpConnection<TCongestion> connection)
        => Math.Min(ushort.MaxValue, _ip.MaxPayload(connection.Remote.Address)) - TcpSegment.HeaderSize;
}
