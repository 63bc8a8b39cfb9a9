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
        Statistics = CurrentStatistics,
    };

    public Result<TcpStatistics> GetStatistics(long generation) => generation != Generation ? ErrorKind.Closed : CurrentStatistics;

    private TcpStatistics CurrentStatistics => new()
    {
        State = State.ToName(),
        RoundTripTime = new TimeSpan(Rto.Smoothed / 100),
        RoundTripVariation = new TimeSpan(Rto.Variation / 100),
        RetransmissionTimeout = RetransmissionTimeout,
        CongestionWindow = CongestionWindow,
        SlowStartThreshold = SlowStartThreshold,
        SendWindow = SndWnd,
        ReceiveWindow = Math.Max(0, RcvEdge - RcvNxt),
        MaximumSegmentSize = SegmentSize,
        InFlight = FlightSize,
        BytesSent = Statistics.BytesSent,
        BytesAcknowledged = Statistics.BytesSent - FlightSize,
        BytesReceived = Statistics.BytesReceived,
        Retransmissions = Statistics.Retransmissions,
        SelectivelyAcknowledged = Sent.Sacked,
        Lost = Sent.Lost,
        BytesDelivered = Delivered,
        DeliveryRate = (long)Statistics.DeliveryRate,
        CongestionState = CongestionState,
        ReorderingSeen = Reordering.IsSeen,
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
        SendWindowScale = SndScale,
        ReceiveWindowScale = RcvScale,
        CongestionNotification = ReceivesMarks,
        MarksReceived = Statistics.MarksReceived,
        MarkReactions = Statistics.MarkReactions,
    };

    private TcpCongestionState CongestionState => Phase switch
    {
        RecoveryPhase.Fast => TcpCongestionState.Recovery,
        RecoveryPhase.Loss => TcpCongestionState.Loss,
        _ when IsTransmitting && IsReducedSince(SndUna) => TcpCongestionState.Reduced,
        _ when Sent.SackedCount > 0 || DuplicateAcks > 0 => TcpCongestionState.Disorder,
        _ => TcpCongestionState.Open,
    };
}

/// <summary>What a connection counts.</summary>
internal struct ConnectionStatistics
{
    public long BytesSent;
    public long BytesReceived;
    public uint Retransmissions;
    public uint MarksReceived;
    public uint MarkReactions;

    /// <summary>Bytes a second.</summary>
    public float DeliveryRate;
}
