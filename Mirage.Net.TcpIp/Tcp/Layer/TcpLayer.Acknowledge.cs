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

        var isWindowSame = UpdateWindow(connection, segment);
        TakeAcknowledgement(connection, segment, options, isWindowSame);
        return !HasEndedBy(connection, acknowledgement);
    }

    private void TakeAcknowledgement(TcpConnection<TCongestion> connection, in TcpSegment segment, in TcpOptions options, bool isWindowSame)
    {
        var acknowledgement = segment.Acknowledgement;
        var flight = connection.FlightSize;
        var sacked = connection.Sent.Sacked;
        var advanced = acknowledgement - connection.SndUna;
        var delivery = new Delivery(ref connection.Rack, Now.Nanoseconds, connection.MinimumRoundTrip.Value)
        {
            Echo = options.TimestampEcho - connection.TsOffset,
            HasEcho = connection.HasTimestamps && options.HasTimestamp && options.TimestampEcho != 0,
        };
        if (advanced > 0)
        {
            Advance(connection, acknowledgement, ref delivery);
        }

        var duplicate = connection.HasSack && options.SackCount > 0 ? TakeSack(connection, options, acknowledgement, ref delivery) : default;
        var isDuplicate = IsDuplicate(connection, segment, advanced, flight, isWindowSame, delivery.Bytes);
        if (advanced <= 0 && delivery.Bytes == 0 && !isDuplicate && duplicate.Start == duplicate.End)
        {
            TakeTailProbeDuplicate(connection, segment, options);
            return;
        }

        if (duplicate.Start != duplicate.End)
        {
            _counters = _counters with { DuplicatesReported = _counters.DuplicatesReported + 1 };
        }

        Measure(connection, options, delivery, advanced, flight);
        var isEchoed = connection.SendsMarkable && (segment.Flags & TcpFlags.Ece) != 0 && connection.IsTransmitting;
        Recover(connection, options, ref delivery, new Progress(acknowledgement, advanced, flight, sacked, isDuplicate, duplicate, isEchoed));
        if (advanced > 0)
        {
            // RFC 6298 (5.2), (5.3).
            connection.RetransmitAt = connection.FlightSize > 0 || connection.IsHeld ? Now + connection.RetransmissionTimeout : Instant.Never;
            connection.GrowSendBuffer(connection.Congestion.Window);
            connection.OnWritable();
        }

        SetProbeTimer(connection);
        connection.LeaveTransmission();

        RequestOutput(connection);
    }

    private void Advance(TcpConnection<TCongestion> connection, SequenceNumber acknowledgement, ref Delivery delivery)
    {
        connection.SendBuffer.Acknowledge(Buffers, Math.Min(acknowledgement - connection.SndUna, connection.SendBuffer.Length));
        connection.SndUna = acknowledgement;
        connection.ShortEnd = SequenceNumber.Max(connection.ShortEnd, acknowledgement);
        connection.Sent.Acknowledge(Buffers, acknowledgement, ref delivery);
        connection.Reordering.OnAdvanced(acknowledgement);
        connection.ProgressAt = Now;
        connection.LargeTimeouts = 0;
        if (connection.BlackHole is { } hole)
        {
            TakePathProgress(connection, hole);
        }

        connection.SoftError = ErrorKind.None;
        _ip.ConfirmReachable(connection.Remote.Address, Now);
    }

    /// <summary>
    /// RFC 5681 §2: a duplicate has no text, no SYN or FIN, and the same window. With SACK it says something new (RFC 6675 §2). Those without SACK are counted.
    /// </summary>
    private static bool IsDuplicate(TcpConnection<TCongestion> connection, in TcpSegment segment, int advanced, int flight, bool isWindowSame, int delivered)
    {
        if (advanced != 0 || flight == 0)
        {
            return false;
        }

        if (connection.HasSack)
        {
            return delivered > 0;
        }

        // RFC 5681 §3.2: there cannot be more than segments that could have caused them, whatever a peer pretends.
        if (!isWindowSame || segment.SequenceLength != 0 || connection.DuplicateAcks >= Math.Max(Reordering.DuplicateThreshold, connection.Sent.Count - 1))
        {
            return false;
        }

        connection.DuplicateAcks++;
        return true;
    }

    /// <summary>Takes the SACK option (RFC 2018 §5.1).</summary>
    /// <returns>What the peer got twice, if it says so (RFC 2883 §4): what is acknowledged already, or lies in the second block.</returns>
    private static SackBlock TakeSack(TcpConnection<TCongestion> connection, in TcpOptions options, SequenceNumber acknowledgement, ref Delivery delivery)
    {
        // Offsets, not comparisons: a block of half the sequence space would be after what is acknowledged and before what is next all the same.
        Span<(uint Start, uint End)> blocks = stackalloc (uint, uint)[TcpOptions.MaxSackCount];
        var count = 0;
        var flight = (uint)connection.FlightSize;
        for (var i = 0; i < options.SackCount; i++)
        {
            var block = options.GetSack(i);
            var (start, end) = ((uint)(block.Start - connection.SndUna), (uint)(block.End - connection.SndUna));
            if (start > 0 && start < end && end <= flight)
            {
                // In order, since a segment that arrives before an earlier one tells of reordering (RFC 8985 §6.2 step 3).
                var place = count++;
                for (; place > 0 && blocks[place - 1].Start > start; place--)
                {
                    blocks[place] = blocks[place - 1];
                }

                blocks[place] = (start, end);
            }
        }

        foreach (var (start, end) in blocks[..count])
        {
            connection.Sent.Sack(connection.SndUna + start, connection.SndUna + end, ref delivery);
        }

        var first = options.GetSack(0);
        var length = first.End - first.Start;
        var isOld = first.End <= acknowledgement && acknowledgement - first.End < connection.MaxSndWnd;
        var isInside = options.SackCount > 1 && first.Start >= options.GetSack(1).Start && first.End <= options.GetSack(1).End;
        return length > 0 && (isOld || isInside) ? first : default;
    }

    /// <summary>
    /// RFC 6298 §3: the time since a segment was sent that was sent once only (Karn's algorithm); else, with timestamps, since the echoed one was
    /// (RFC 7323 §4.1), which no retransmission confuses.
    /// </summary>
    private void Measure(TcpConnection<TCongestion> connection, in TcpOptions options, in Delivery delivery, int advanced, int flight)
    {
        long sample = 0;
        if (delivery.RoundTrip > 0 && !delivery.HasRetransmitted)
        {
            sample = delivery.RoundTrip;
            connection.MinimumRoundTrip.Measure(delivery.NewestRoundTrip, Now.Nanoseconds);
        }
        else if (advanced > 0 && delivery.HasEcho)
        {
            var elapsed = (int)(TimestampNow(connection) - options.TimestampEcho);
            sample = elapsed >= 0 ? Math.Max(1, elapsed * NanosecondsPerMillisecond) : 0;
        }

        if (sample > 0)
        {
            // RFC 7323 appendix G: an acknowledgement for every second segment.
            connection.Rto.Measure(sample, Math.Max(1, (flight + (2 * connection.SegmentSize) - 1) / (2 * connection.SegmentSize)));
        }
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
                    if (connection.FlightSize > 0)
                    {
                        connection.RetransmitAt = Instant.Min(connection.RetransmitAt, Now + connection.RetransmissionTimeout);
                    }
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
