namespace Mirage.Net.TcpIp;

internal abstract partial class TcpConnection
{
    public ConnectionStatistics Statistics;

    public abstract long CongestionWindow { get; }

    public abstract long SlowStartThreshold { get; }

    public Result SetNoDelay(long generation, bool value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        NoDelay = value;
        Engine.RequestOutput(this);
        return Result.Done;
    }

    public Result SetKeepAlive(long generation, KeepAlive? value)
    {
        if (generation != Generation)
        {
            return ErrorKind.Closed;
        }

        StartKeepAlive(KeepAlivePolicy.From(value));
        return Result.Done;
    }

    /// <summary>Sets when a silent peer is asked (RFC 9293 §3.8.4).</summary>
    public void StartKeepAlive(KeepAlivePolicy? value)
    {
        KeepAlive = value;
        Probes = 0;
        KeepAliveAt = value is { Times: var times } && IsSynchronized ? Engine.Now + times.After : Instant.Never;
        Schedule();
    }

    public Result<TcpStatistics> GetStatistics(long generation) => generation != Generation
        ? ErrorKind.Closed
        : new TcpStatistics
        {
            State = State.ToName(),
            RoundTripTime = new TimeSpan(Rto.Smoothed / 100),
            RetransmissionTimeout = Rto.Value,
            CongestionWindow = CongestionWindow,
            SlowStartThreshold = SlowStartThreshold,
            SendWindow = SndWnd,
            ReceiveWindow = RcvEdge - RcvNxt,
            MaximumSegmentSize = SegmentSize,
            InFlight = FlightSize,
            BytesSent = Statistics.BytesSent,
            BytesReceived = Statistics.BytesReceived,
            Retransmissions = Statistics.Retransmissions,
            SelectiveAcknowledgement = HasSack,
            Timestamps = HasTimestamps,
            WindowScaling = HasScaling,
        };
}

/// <summary>What a connection counts.</summary>
internal struct ConnectionStatistics
{
    public long BytesSent;
    public long BytesReceived;
    public long Retransmissions;
}
