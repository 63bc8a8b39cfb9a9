using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>A segment arrives in SYN-RECEIVED or a later state: the steps of RFC 9293 §3.10.7.4, in its order, with RFC 5961 and RFC 7323.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private static readonly TimeSpan TimestampLifetime = TimeSpan.FromDays(24);

    private void InputSynchronized(TcpConnection<TCongestion> connection, in TcpSegment segment, bool isMarked)
    {
        var options = TcpOptions.Parse(segment.Options);
        var flags = segment.Flags;
        if (connection.State == TcpState.SynReceived && (flags & (TcpFlags.Syn | TcpFlags.Rst)) == TcpFlags.Syn && segment.Sequence == connection.Irs)
        {
            InputRepeatedSyn(connection, segment);
            return;
        }

        // First: the timestamp (RFC 7323 §5.3) and the sequence number.
        if (!CheckTimestamp(connection, segment, options) || !CheckSequence(connection, segment))
        {
            return;
        }

        connection.HeardAt = Now;
        connection.Probes = 0;

        // Second: RST (RFC 5961 §3.2). It is exact, or a challenge asks whether it is meant.
        if ((flags & TcpFlags.Rst) != 0)
        {
            InputReset(connection, segment);
            return;
        }

        // Fourth: SYN (RFC 5961 §4.2).
        if ((flags & TcpFlags.Syn) != 0)
        {
            SendChallenge(connection);
            return;
        }

        // Fifth: ACK.
        if ((flags & TcpFlags.Ack) == 0 || !InputAcknowledgement(connection, segment, options))
        {
            return;
        }

        // RFC 7323 §4.3, but only now: what acknowledges data that was never sent must not move it (RFC 5961 §5).
        if (connection.HasTimestamps && options.HasTimestamp && segment.Sequence <= connection.LastAckSent)
        {
            connection.TsRecent = options.TimestampValue;
            connection.TsRecentAt = Now;
        }

        if (!segment.Payload.IsEmpty)
        {
            connection.MeasureReceiving(options.TimestampEcho, TimestampNow(connection));
            TakeMark(connection, segment, isMarked);
        }

        // Sixth, URG: what is urgent is in the stream, in its place (RFC 6093 §3.4). Seventh: the text. Eighth: FIN.
        InputText(connection, segment);
        if (connection.State != TcpState.Closed)
        {
            connection.Schedule();
        }
    }

    private bool CheckTimestamp(TcpConnection<TCongestion> connection, in TcpSegment segment, in TcpOptions options)
    {
        if (!connection.HasTimestamps || (segment.Flags & TcpFlags.Rst) != 0)
        {
            return true;
        }

        if (!options.HasTimestamp)
        {
            // RFC 7323 §3.2: once negotiated, a segment without one is dropped.
            _counters = _counters with { OldTimestamps = _counters.OldTimestamps + 1 };
            return false;
        }

        // PAWS (RFC 7323 §5.3 R1): older than what was seen, unless that was too long ago to compare (§5.5).
        if ((int)(options.TimestampValue - connection.TsRecent) >= 0 || Now - connection.TsRecentAt > TimestampLifetime)
        {
            return true;
        }

        _counters = _counters with { OldTimestamps = _counters.OldTimestamps + 1 };
        AnswerUnacceptable(connection, segment);
        return false;
    }

    /// <summary>Whether some of the segment lies in the window (RFC 9293 §3.4, table 6).</summary>
    private bool CheckSequence(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        var window = (uint)Math.Max(0, connection.RcvEdge - connection.RcvNxt);
        var length = segment.SequenceLength;
        var start = segment.Sequence;
        bool acceptable;
        if (window == 0)
        {
            // A probe of the closed window has no room for its text, but its acknowledgement is taken (RFC 9293 §3.4).
            acceptable = start == connection.RcvNxt || (length > 0 && start < connection.RcvNxt && start + length > connection.RcvNxt);
        }
        else
        {
            acceptable = start.IsInWindow(connection.RcvNxt, window)
                || (length > 0 && (start + (length - 1)).IsInWindow(connection.RcvNxt, window))
                || (length > 0 && start < connection.RcvNxt && start + length > connection.RcvEdge);
        }

        if (acceptable)
        {
            return true;
        }

        if ((segment.Flags & TcpFlags.Rst) == 0)
        {
            AnswerUnacceptable(connection, segment);
        }

        return false;
    }

    /// <summary>Sends the acknowledgement that tells the peer where this end is.</summary>
    private void AnswerUnacceptable(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        if (connection.State == TcpState.TimeWait && (segment.Flags & TcpFlags.Fin) != 0)
        {
            StartTimeWait(connection);
        }

        if (segment.SequenceLength == 0 || (segment.Flags & TcpFlags.Syn) != 0)
        {
            // RFC 5961 §4.2: a SYN, wherever it lies. An acknowledgement out of the window may be one end of an endless exchange (§7 limits such answers).
            SendChallenge(connection);
            return;
        }

        if (!segment.Payload.IsEmpty && segment.Sequence < connection.RcvNxt)
        {
            connection.ReportDuplicate(segment.Sequence, SequenceNumber.Min(segment.Sequence + segment.Payload.Length, connection.RcvNxt));
        }

        Acknowledge(connection);
    }

    private void InputReset(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        if (segment.Sequence != connection.RcvNxt)
        {
            SendChallenge(connection);
            return;
        }

        switch (connection.State)
        {
            case TcpState.SynReceived:
                Fail(connection, ErrorKind.Refused);
                break;
            case TcpState.TimeWait:
                // RFC 1337: a reset does not shorten TIME-WAIT.
                break;
            default:
                Fail(connection, ErrorKind.Reset);
                break;
        }
    }

    /// <summary>
    /// In SYN-RECEIVED, the SYN that was taken comes again. With an acknowledgement of ours it is the peer's SYN-ACK of a simultaneous open
    /// (RFC 9293 §3.5, figure 7); without one the peer has not seen our SYN-ACK. Two ends that both answered here with a SYN-ACK would not stop.
    /// </summary>
    private void InputRepeatedSyn(TcpConnection<TCongestion> connection, in TcpSegment segment)
    {
        if (!Opening.IsEcn(segment.Flags))
        {
            // RFC 3168 §6.1.1: one SYN or SYN-ACK that does not ask for ECN is enough for there to be none.
            connection.AcceptEcn(false);
        }

        if ((segment.Flags & TcpFlags.Ack) == 0)
        {
            SendSyn(connection);
        }
        else if (segment.Acknowledgement == connection.SndNxt)
        {
            connection.SndUna = segment.Acknowledgement;
            EstablishActive(connection, segment);
        }
        else
        {
            SendReset(connection, segment.Acknowledgement);
        }
    }

    /// <summary>RFC 5961 §7: challenges are limited, each connection's, so that one cannot use up what others need, and all together.</summary>
    private void SendChallenge(TcpConnection<TCongestion> connection)
    {
        if (!connection.MayBeChallenged())
        {
            _counters = _counters with { ChallengesLimited = _counters.ChallengesLimited + 1 };
        }
        else if (MayChallenge(ref _challengeLimit))
        {
            Acknowledge(connection);
        }
    }

    // At random: how many are left of a limit that all share would tell a stranger whether what it forged has hit a connection (CVE-2016-5696).
    private bool MayChallenge(ref TokenBucket limit)
    {
        if (limit.TryTakeAtRandom(_platform))
        {
            _counters = _counters with { Challenges = _counters.Challenges + 1 };
            return true;
        }

        _counters = _counters with { ChallengesLimited = _counters.ChallengesLimited + 1 };
        return false;
    }
}
