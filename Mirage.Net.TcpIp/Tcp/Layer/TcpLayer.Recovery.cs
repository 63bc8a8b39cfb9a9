using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What an acknowledgement says of losses (RFC 8985; RFC 6582 without SACK), and what congestion control learns from it.</summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion>
{
    private const float NanosecondsPerSecond = 1_000_000_000;

    private void Recover(TcpConnection<TCongestion> connection, in TcpOptions options, ref Delivery delivery, in Progress progress)
    {
        var before = connection.Phase;
        if (delivery.IsReordered)
        {
            connection.Reordering.OnReordering();
        }

        if (progress.IsEchoed && connection.Phase != RecoveryPhase.Open)
        {
            // RFC 4015 §3.2: there is congestion, whether or not anything was lost, and the smaller window stays.
            connection.Undo.Stop();
        }

        var isOfProbe = TakeTailProbeResult(connection, progress);
        if (IsSpurious(connection, options, delivery, progress, isOfProbe))
        {
            Undo(connection);
        }

        if (connection.Phase != RecoveryPhase.Open && progress.Advanced > 0 && progress.Acknowledgement >= connection.RecoveryPoint)
        {
            EndRecovery(connection);
        }

        var isPartial = connection.Phase == RecoveryPhase.Fast && progress.Advanced > 0;
        var lostBefore = connection.Sent.Lost;
        if (connection.HasSack)
        {
            DetectLoss(connection);
        }
        else if (isPartial)
        {
            // RFC 6582 §3.2 (3): what comes next is lost too.
            connection.Sent.LoseFirst();
        }

        var delivered = connection.HasSack ? delivery.Bytes : DeliveredWithoutSack(connection, progress);
        if (connection.IsLossDetected)
        {
            StartFastRecovery(connection, progress.Flight - progress.Sacked);
        }

        if (connection.Phase == RecoveryPhase.Fast && (delivered > 0 || connection.Sent.Lost > lostBefore))
        {
            var isSafe = progress.Advanced > 0 && connection.Sent.Lost <= lostBefore;
            connection.RateReduction.OnAcknowledged(delivered, connection.Pipe, connection.Congestion.SlowStartThreshold, isSafe, connection.SegmentSize);
            if (isPartial && !connection.HasSack)
            {
                // RFC 6582 §3.2 (3): what comes next leaves in any case.
                connection.RateReduction.Allow(connection.Pipe + connection.SegmentSize);
            }
        }

        if (progress.IsEchoed)
        {
            TakeEcho(connection, progress);
        }

        if (delivery.Bytes > 0)
        {
            MeasureDelivery(connection, delivery);
            TellCongestion(connection, delivery, progress, before);
        }

        FollowAcknowledgement(connection, progress);
    }


    /// <summary>RFC 9937 §6.2: without SACK each duplicate stands for a segment, and what duplicates have told is not told again by what acknowledges it.</summary>
    private static int DeliveredWithoutSack(TcpConnection<TCongestion> connection, in Progress progress)
    {
        if (progress.IsDuplicate)
        {
            return connection.SegmentSize;
        }

        var told = (long)connection.DuplicateAcks * connection.SegmentSize;
        if (connection.Phase == RecoveryPhase.Fast)
        {
            // The segment that was lost, and those after it that had made the duplicates.
            connection.DuplicateAcks = Math.Max(0, connection.DuplicateAcks - (progress.Advanced / connection.SegmentSize) + 1);
        }
        else if (progress.Advanced > 0)
        {
            connection.DuplicateAcks = 0;
        }

        return (int)Math.Max(Math.Min(progress.Advanced, connection.SegmentSize), progress.Advanced - told);
    }

    /// <summary>What arrived while a segment was under way, over the time that it was; not of what was sent again, of which it is not known which one arrived.</summary>
    private static void MeasureDelivery(TcpConnection<TCongestion> connection, in Delivery delivery)
    {
        if (delivery.NewestRoundTrip > 0 && !delivery.HasRetransmitted)
        {
            var rate = (connection.Delivered - delivery.DeliveredWhenSent) * NanosecondsPerSecond / delivery.NewestRoundTrip;
            ref var known = ref connection.Statistics.DeliveryRate;
            known = delivery.IsApplicationLimited ? Math.Max(known, rate) : rate;
        }
    }

    private void TellCongestion(TcpConnection<TCongestion> connection, in Delivery delivery, in Progress progress, RecoveryPhase before)
        => connection.Congestion.OnAcknowledged(new CongestionSample
        {
            Now = Now,
            Acknowledged = before == RecoveryPhase.Loss || connection.Phase == RecoveryPhase.Loss ? delivery.Resent : Math.Max(0, progress.Advanced),
            Delivered = delivery.Bytes,
            InFlight = progress.Flight,
            TotalAcknowledged = connection.Statistics.BytesSent - connection.FlightSize,
            TotalSent = connection.Statistics.BytesSent,
            TotalDelivered = connection.Delivered,
            DeliveredWhenSent = delivery.DeliveredWhenSent,
            RoundTripTime = new TimeSpan(delivery.NewestRoundTrip / 100),
            SmoothedRoundTripTime = new TimeSpan(connection.Rto.Smoothed / 100),
            MinimumRoundTripTime = new TimeSpan(connection.MinimumRoundTrip.Value / 100),
            IsWindowLimited = connection.IsWindowLimited,
            IsApplicationLimited = delivery.IsApplicationLimited,
            IsMarked = progress.IsEchoed && connection.Phase == RecoveryPhase.Open,
            IsRecovering = before == RecoveryPhase.Fast || connection.Phase == RecoveryPhase.Fast,
        });

    /// <summary>Marks that follow SND.UNA, so that they can be compared after 2^31 bytes too.</summary>
    private static void FollowAcknowledgement(TcpConnection<TCongestion> connection, in Progress progress)
    {
        if (progress.Advanced <= 0)
        {
            return;
        }

        if (connection.IsWindowLimited && progress.Acknowledgement > connection.WindowLimitedAt)
        {
            connection.IsWindowLimited = false;
        }

        if (progress.Acknowledgement > connection.ReducedAt)
        {
            connection.ReducedAt = progress.Acknowledgement - 1;
        }

        if (connection.Phase == RecoveryPhase.Open)
        {
            // RFC 6582 §3.2 (1): after a recovery the next one begins only when more than its end is acknowledged.
            connection.RecoveryPoint = SequenceNumber.Max(connection.RecoveryPoint, progress.Acknowledgement - 1);
            connection.Undo.OnAdvanced(progress.Acknowledgement);
        }
    }

    /// <summary>RFC 8985 §6.2 step 5: what is lost by now, and when to look again.</summary>
    private void DetectLoss(TcpConnection<TCongestion> connection)
        => connection.ProbeAt = connection.Rack.DetectLoss(ref connection.Sent, connection.ReorderingWindow, Now.Nanoseconds);

    private void StartFastRecovery(TcpConnection<TCongestion> connection, int flight)
    {
        _counters = _counters with { FastRecoveries = _counters.FastRecoveries + 1 };
        if (!connection.IsReducedSince(connection.FirstLost))
        {
            connection.Undo.Start(connection.SndUna);
            connection.Congestion.OnCongestion(CongestionSignal.Loss, connection.FlightSize, Now);
            connection.OnReduced();
        }

        connection.Phase = RecoveryPhase.Fast;
        connection.RecoveryPoint = connection.SndNxt;
        connection.TailProbe.IsOut = false;
        connection.RateReduction.Start(flight);
        if (!connection.HasSack)
        {
            connection.Sent.LoseFirst();
        }
        else
        {
            // In recovery the reordering window may be none, and more be lost.
            DetectLoss(connection);
        }
    }

    private void EndRecovery(TcpConnection<TCongestion> connection)
    {
        if (connection.Phase == RecoveryPhase.Fast)
        {
            connection.Congestion.OnRecovered(connection.Pipe, Now);
            if (connection.BlackHole is { } hole && hole.OnRecovered())
            {
                connection.Congestion.OnSpurious(Now);
                connection.ForgetReduction();
            }
        }

        connection.Reordering.OnRecovered();
        LeaveRecovery(connection);
    }

    private static void LeaveRecovery(TcpConnection<TCongestion> connection)
    {
        connection.Phase = RecoveryPhase.Open;
        connection.TimeoutProbe = TimeoutProbe.None;
        connection.DuplicateAcks = 0;
        connection.Undo.OnRecovered(connection.SndNxt);
    }

    /// <summary>Whether this acknowledgement shows that the recovery was not needed: by timestamps (RFC 3522), D-SACK (RFC 3708) or F-RTO (RFC 5682).</summary>
    private static bool IsSpurious(TcpConnection<TCongestion> connection, in TcpOptions options, in Delivery delivery, in Progress progress, bool isOfProbe)
    {
        if (progress.HasDuplicate && !isOfProbe)
        {
            connection.Reordering.OnDuplicate(connection.SndNxt);
            if (connection.Undo.IsUndoneBy(progress.Duplicate))
            {
                return true;
            }
        }

        return connection.Phase != RecoveryPhase.Open
            && ((progress.Advanced > 0 && delivery.HasEcho && connection.Undo.IsCausedByOriginal(options.TimestampEcho)) || IsTimeoutSpurious(connection, delivery, progress));
    }

    /// <summary>F-RTO: RFC 5682 §2.1, and with SACK §3.1.</summary>
    private static bool IsTimeoutSpurious(TcpConnection<TCongestion> connection, in Delivery delivery, in Progress progress)
    {
        if (connection.TimeoutProbe == TimeoutProbe.None)
        {
            return false;
        }

        if (progress.Advanced <= 0)
        {
            // Steps 2a and 3a: what lies after the first one arrives, and the first one does not.
            connection.TimeoutProbe = progress.IsDuplicate ? TimeoutProbe.None : connection.TimeoutProbe;
            return false;
        }

        if (progress.Acknowledgement >= connection.RecoveryPoint)
        {
            connection.TimeoutProbe = TimeoutProbe.None;
            return false;
        }

        // Step 3b: what was sent once only has arrived. The first acknowledgement may tell of what arrived long before, if those of then were lost; an echo says what caused it.
        if (connection.TimeoutProbe == TimeoutProbe.SecondAcknowledgement || (connection.HasSack && delivery.HasOriginal && !delivery.HasEcho))
        {
            return true;
        }

        // Step 2b: new data, which cannot be confused with what was sent before; or, if there is none, no more probing.
        var hasNew = connection.SendBuffer.Length > connection.UnsentPosition && connection.SndWnd > connection.FlightSize;
        connection.TimeoutProbe = hasNew ? TimeoutProbe.SecondAcknowledgement : TimeoutProbe.None;
        return false;
    }

    /// <summary>RFC 4015 §3.2, RFC 9438 §4.9: nothing was lost, and the window is as it was.</summary>
    private void Undo(TcpConnection<TCongestion> connection)
    {
        if (connection.Undo.IsPossible)
        {
            _counters = _counters with { SpuriousRecoveries = _counters.SpuriousRecoveries + 1 };
            connection.Undo.Stop();
            connection.Congestion.OnSpurious(Now);
            connection.ForgetReduction();
        }

        connection.Reordering.OnReordering();
        if (connection.Phase != RecoveryPhase.Open)
        {
            connection.Sent.LoseNone();
            LeaveRecovery(connection);
        }
    }
}
