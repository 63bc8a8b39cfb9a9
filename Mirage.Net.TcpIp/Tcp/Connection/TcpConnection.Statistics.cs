namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public TcpConnectionInfo Info => new()
    {
        State = State.ToName(),
        Local = Local,
        Remote = Remote,
        ReceiveQueue = ReceiveBuffer.Length,
        SendQueue = SendBuffer.Length,
        InFlight = FlightSize,
        CongestionWindow = CongestionWindow,
        RoundTripTime = new TimeSpan(Rto.Smoothed / 100),
        RetransmissionTimeout = RetransmissionTimeout,
        Retransmissions = Statistics.Retransmissions,
        IsOrphan = IsOrphan,
        Due = FirstDue,
    };

    public Result<TcpStatistics> GetStatistics(long generation) => generation != Generation
        ? ErrorKind.Closed
        : new TcpStatistics
        {
            State = State.ToName(),
            RoundTripTime = new TimeSpan(Rto.Smoothed / 100),
            RoundTripVariation = new TimeSpan(Rto.Variation / 100),
            RetransmissionTimeout = RetransmissionTimeout,
            CongestionWindow = CongestionWindow,
            SlowStartThreshold = SlowStartThreshold,
            SendWindow = SndWnd,
            ReceiveWindow = RcvEdge - RcvNxt,
            MaximumSegmentSize = SegmentSize,
            InFlight = FlightSize,
            BytesSent = Statistics.BytesSent,
            BytesAcknowledged = Statistics.BytesSent - FlightSize,
            BytesReceived = Statistics.BytesReceived,
            Retransmissions = Statistics.Retransmissions,
            SelectivelyAcknowledged = Sent.Sacked,
            Lost = Sent.Lost,
            Recovery = Phase switch { RecoveryPhase.Fast => TcpRecovery.Fast, RecoveryPhase.Loss => TcpRecovery.Timeout, _ => TcpRecovery.None },
            BytesDelivered = Delivered,
            MinimumRoundTripTime = new TimeSpan(MinimumRoundTrip.Value / 100),
            SendQueue = SendBuffer.Length,
            ReceiveQueue = ReceiveBuffer.Length,
            OutOfOrder = ReceiveBuffer.Runs.Total,
            SendBuffer = SendLimit,
            ReceiveBuffer = ReceiveLimit,
            SinceSent = Engine.Now - LastSentAt,
            SinceReceived = Engine.Now - HeardAt,
            SinceProgress = Engine.Now - ProgressAt,
            SelectiveAcknowledgement = HasSack,
            Timestamps = HasTimestamps,
            WindowScaling = HasScaling,
            CongestionNotification = ReceivesMarks,
            MarksReceived = Statistics.MarksReceived,
            MarkReactions = Statistics.MarkReactions,
        };
}

/// <summary>What a connection counts.</summary>
internal struct ConnectionStatistics
{
    public long BytesSent;
    public long BytesReceived;
    public long Retransmissions;
    public uint MarksReceived;
    public uint MarkReactions;
}
