using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Opening: SYN-SENT (RFC 9293 §3.10.7.3), and what SYNs agree on.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private const int TimestampsLength = 12;

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

        var opening = Opening.Read(segment, connection.Remote.Address);
        opening.HasTimestamps &= Settings.Timestamps;
        TakeOpening(connection, opening);
        connection.AgreeOnEcn(opening.HasEcn, hasAck);
        connection.SndWl2 = segment.Acknowledgement;
        if (!hasAck)
        {
            // Simultaneous open (RFC 9293 §3.5, figure 7).
            connection.State = TcpState.SynReceived;
            SendSyn(connection);
            return;
        }

        connection.SndUna = segment.Acknowledgement;
        EstablishActive(connection, segment);
        connection.AckNow = true;
        RequestOutput(connection);
    }

    /// <summary>Takes the peer's sequence number and options, and drops what it does not offer.</summary>
    private void TakeOpening(TcpConnection<TCongestion> connection, in Opening opening)
    {
        connection.Irs = opening.Irs;
        connection.RcvNxt = connection.LastAckSent = opening.Irs + 1;
        connection.RcvEdge = connection.RcvNxt;
        connection.SndWnd = connection.MaxSndWnd = opening.Window;
        connection.SndWl1 = opening.Irs;
        connection.HasSack = opening.HasSack;
        connection.HasScaling = opening.HasScaling;
        connection.SndScale = opening.SndScale;
        connection.RcvScale = opening.HasScaling ? ReceiveScale : (byte)0;
        connection.HasTimestamps = opening.HasTimestamps;
        if (opening.HasTimestamps)
        {
            connection.TsRecent = opening.TsRecent;
            connection.TsRecentAt = Now;
        }

        connection.PeerSegmentSize = opening.PeerSegmentSize;
        ChooseSegmentSize(connection);
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
        connection.RetransmitAt = Instant.Never;
        connection.ExpiresAt = Instant.Never;
        connection.HeardAt = connection.ProgressAt = Now;
        connection.StartKeepAlive(connection.KeepAlive);
    }

    /// <summary>The connection that this end opened is established, by a SYN-ACK or by the end of a simultaneous open.</summary>
    private void EstablishActive(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        Establish(connection, segment);
        if (connection.IsTiming)
        {
            connection.Rto.Measure(Now.Nanoseconds - connection.LastSentAt.Nanoseconds);
            connection.MinimumRoundTrip.Measure(Now.Nanoseconds - connection.LastSentAt.Nanoseconds, Now.Nanoseconds);
            connection.IsTiming = false;
        }
        else
        {
            AfterRetransmittedSyn(connection, (int)connection.Statistics.Retransmissions);
        }

        _counters = _counters with { ActiveOpens = _counters.ActiveOpens + 1 };
        connection.CompleteConnect(Result.Done);
    }

    /// <summary>Data goes more slowly after a handshake that took several attempts.</summary>
    private void AfterRetransmittedSyn(TcpConnection<TCongestion> connection, int retransmissions)
    {
        connection.Rto.AfterRetransmittedSyn();
        if (retransmissions > 1)
        {
            // RFC 5681 §3.1; RFC 6928 §2: not after the first, which may have been late only.
            connection.Congestion.OnTimeout(0, isFirst: false, Now);
        }
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

    /// <summary>The largest segment that the path carries, as far as is known.</summary>
    private int LocalSegmentSize(in IpAddress remote)
        => Math.Min(ushort.MaxValue, _ip.MaxPayload(remote)) - TcpSegment.HeaderSize;

    /// <summary>RFC 9293 §3.7.1, RFC 6691: what the link takes, whatever is known of the path in the other direction.</summary>
    private ushort OfferedSegmentSize(in IpAddress remote)
        => (ushort)(Math.Min(ushort.MaxValue, _ip.MaxReceivedPayload(remote)) - TcpSegment.HeaderSize);
}
