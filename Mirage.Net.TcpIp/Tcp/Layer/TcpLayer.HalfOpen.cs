using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>SYNs that come to listeners, and SYN-RECEIVED (RFC 9293 §3.10.7.2, §3.10.7.4): small entries, or cookies of which nothing is kept, until the third segment.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    // With a full backlog a forwarder's decision may take so many initial retransmission time-outs; with room, as long as a handshake.
    private const int DecisionsWithoutHurry = 3;

    private readonly HalfOpenTable _halfOpen;

    /// <param name="listener">Whose it is.</param>
    /// <param name="info">From the IP header.</param>
    /// <param name="segment">The SYN.</param>
    /// <param name="old">The same two ends' connection in TIME-WAIT. It ends when the new one begins, and not if there is no room for that.</param>
    private void InputSyn(TcpListener listener, in IpPacketInfo info, in TcpSegment segment, TcpConnection<TCongestion>? old = null)
    {
        if (_connections.Count + _halfOpen.Count - (old is null ? 0 : 1) >= Limits.MaxConnections)
        {
            _counters = _counters with { ConnectionsDropped = _counters.ConnectionsDropped + 1 };
            return;
        }

        if (listener.IsAcceptFull || (listener.IsForwarder && listener.Running >= listener.Options.MaxConcurrent))
        {
            CountDropped(listener);
            return;
        }

        var local = new IpEndpoint(info.Destination, segment.DestinationPort);
        var remote = new IpEndpoint(info.Source, segment.SourcePort);
        var opening = Opening.Read(segment, info.Source);
        opening.HasTimestamps &= Settings.Timestamps;
        opening.HasEcn &= Settings.Ecn != EcnUse.Never;
        var isFull = listener.HalfOpenCount >= listener.Options.Backlog || _halfOpen.IsFull;
        if (!listener.IsForwarder && old is null && (isFull ? Settings.SynCookies != SynCookieUse.Never : Settings.SynCookies == SynCookieUse.Always))
        {
            SendCookie(listener, local, remote, ref opening);
            return;
        }

        if (isFull)
        {
            // Dropped, not refused: the peer tries again.
            CountDropped(listener);
            if (!DropOldest(listener))
            {
                return;
            }
        }

        (opening.Iss, opening.TsOffset) = ChooseSequence(local, remote, old?.SndNxt);
        if (old is not null)
        {
            End(old);
        }

        var half = _halfOpen.Add(listener, local, remote);
        half.Opening = opening;
        half.TakenAt = half.AnsweredAt = Now;
        if (listener is TcpForwarder forwarder)
        {
            Ask(forwarder, half);
        }
        else
        {
            SendSynAnswer(half);
        }
    }

    private void CountDropped(TcpListener listener)
    {
        _counters = _counters with { BacklogDropped = _counters.BacklogDropped + 1 };
        listener.Counters.Dropped++;
    }

    // RFC 4987 §3.4: else a few forged SYNs a second would close a port to everyone. One that could still be answered is left alone.
    private bool DropOldest(TcpListener listener)
    {
        if (listener.HalfOpen.Oldest is { } oldest && Now - oldest.TakenAt >= Settings.InitialRetransmissionTimeout)
        {
            FailHalfOpen(oldest, ErrorKind.TimedOut);
            return true;
        }

        // Nor may decisions that never come. This one's peer has tried again twice, and is asked about once more if it goes on.
        if (listener.Undecided.Oldest is { } undecided && (Now - undecided.TakenAt) / DecisionsWithoutHurry >= Settings.InitialRetransmissionTimeout)
        {
            _counters = _counters with { DecisionsWithdrawn = _counters.DecisionsWithdrawn + 1 };
            FailHalfOpen(undecided, ErrorKind.TimedOut);
            return true;
        }

        return false;
    }

    private void InputHalfOpen(HalfOpen half, in IpPacketInfo info, in TcpSegment segment)
    {
        var flags = segment.Flags;
        if ((flags & (TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack)) == TcpFlags.Syn && segment.Sequence == half.Opening.Irs)
        {
            // RFC 3168 §6.1.1.1: the peer tries without ECN.
            half.Opening.HasEcn &= Opening.IsEcn(flags);

            // The peer has not seen the answer. While the program has not decided there is none.
            if (half.Answers > 0)
            {
                RepeatSynAnswer(half);
            }

            return;
        }

        if (!IsAcceptable(half, segment))
        {
            if ((flags & TcpFlags.Rst) == 0)
            {
                SendHalfOpenChallenge(half);
            }
        }
        else if ((flags & TcpFlags.Rst) != 0)
        {
            // RFC 5961 §3.2.
            if (segment.Sequence == half.Next)
            {
                FailHalfOpen(half, ErrorKind.Reset);
            }
            else
            {
                SendHalfOpenChallenge(half);
            }
        }
        else if ((flags & TcpFlags.Syn) != 0)
        {
            // RFC 5961 §4.2.
            SendHalfOpenChallenge(half);
        }
        else if ((flags & TcpFlags.Ack) != 0 && half.Answers > 0)
        {
            InputThird(half, info, segment);
        }
    }

    private void InputThird(HalfOpen half, in IpPacketInfo info, in TcpSegment segment)
    {
        if (segment.Acknowledgement != half.Opening.Iss + 1)
        {
            SendResetFor(info, segment);
            return;
        }

        if (half.Opening.HasTimestamps && !TcpOptions.Parse(segment.Options).HasTimestamp)
        {
            // RFC 7323 §3.2: once negotiated, a segment without one is dropped.
            _counters = _counters with { OldTimestamps = _counters.OldTimestamps + 1 };
            return;
        }

        var listener = half.Listener!;
        var opening = half.Opening;
        if (OpenAccepted(listener, half.Local, half.Remote, opening, segment) is not { } connection)
        {
            return;
        }

        if (half.Answers == 1)
        {
            connection.Rto.Measure(Now.Nanoseconds - half.AnsweredAt.Nanoseconds);
            connection.MinimumRoundTrip.Measure(Now.Nanoseconds - half.AnsweredAt.Nanoseconds, Now.Nanoseconds);
        }
        else
        {
            AfterRetransmittedSyn(connection, half.Timeouts);
        }

        var forwarding = half.Forwarding;
        RemoveHalfOpen(half);
        if (forwarding is null)
        {
            Accept(connection, listener);
        }
        else
        {
            forwarding.Complete(new TcpFlow(connection));
        }

        // What came with it, or the whole of it once more, which then is as any segment.
        InputSynchronized(connection, segment, EcnField.IsMarked(info.TrafficClass));
    }

    /// <summary>RFC 9293 §3.4, RFC 7323 §5.3: whether it lies in the window that the SYN-ACK offered.</summary>
    private bool IsAcceptable(HalfOpen half, in TcpSegment segment)
    {
        if (half.Opening.HasTimestamps && (segment.Flags & TcpFlags.Rst) == 0)
        {
            var options = TcpOptions.Parse(segment.Options);
            if (options.HasTimestamp && (int)(options.TimestampValue - half.Opening.TsRecent) < 0)
            {
                _counters = _counters with { OldTimestamps = _counters.OldTimestamps + 1 };
                return false;
            }
        }

        var window = SynWindow;
        var length = segment.SequenceLength;
        return segment.Sequence.IsInWindow(half.Next, window) || (length > 0 && (segment.Sequence + (length - 1)).IsInWindow(half.Next, window));
    }

    /// <summary>RFC 5961 §7: challenges are limited, those of half-open connections together, apart from the others: anybody can have one.</summary>
    private void SendHalfOpenChallenge(HalfOpen half)
    {
        if (half.Answers > 0 && MayChallenge(ref _halfOpenChallengeLimit))
        {
            SendBare(half, half.Opening.Iss + 1, TcpFlags.Ack);
        }
    }

    /// <summary>The timer of a half-open connection: the answer again, after 1, 2, 4 … seconds, until the limit.</summary>
    private void RunHalfOpen(HalfOpen half)
    {
        if (Now - half.TakenAt >= Settings.HandshakeLimit)
        {
            FailHalfOpen(half, ErrorKind.TimedOut);
            return;
        }

        half.Timeouts++;
        _counters = _counters with { Retransmissions = _counters.Retransmissions + 1 };
        SendSynAnswer(half);
    }

    private void FailHalfOpen(HalfOpen half, ErrorKind reason)
    {
        _counters = _counters with { FailedOpens = _counters.FailedOpens + 1 };
        var forwarding = half.Forwarding;
        RemoveHalfOpen(half);
        forwarding?.Fail(reason);
    }

    private void RemoveHalfOpen(HalfOpen half)
    {
        Wheel.Cancel(half);
        _halfOpen.Remove(half);
    }
}
