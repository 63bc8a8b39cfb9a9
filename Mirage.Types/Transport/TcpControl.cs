namespace Mirage;

/// <summary>The options and statistics of a TCP connection, as a feature of its flow: <c>flow.TryGet(out TcpControl tcp)</c>.</summary>
/// <param name="connection">The connection.</param>
/// <param name="generation">Which use of a recycled connection this is about.</param>
public readonly struct TcpControl(ITcpControl connection, long generation = 0)
{
    /// <summary>Turns Nagle's algorithm (RFC 896) off or on.</summary>
    /// <param name="value">Whether small writes leave at once.</param>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>.</returns>
    public Result SetNoDelay(bool value) => connection.SetNoDelay(generation, value);

    /// <summary>Sets or clears the probing of a silent peer.</summary>
    /// <param name="value">When to probe; <see langword="null"/> for never.</param>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>.</returns>
    public Result SetKeepAlive(KeepAlive? value) => connection.SetKeepAlive(generation, value);

    /// <summary>Keeps back what does not fill a segment, or lets it go: for a program that writes a message in parts. Nothing is kept longer than a retransmission
    /// time-out.</summary>
    /// <param name="value">Whether to keep it back.</param>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>, or <see cref="ErrorKind.Unsupported"/> where the host has no such option.</returns>
    public Result SetCork(bool value) => connection.SetCork(generation, value);

    /// <summary>Sets how long the peer may leave what is sent without an answer (RFC 5482). For what is outstanding already it counts from the last answer, and so may be over
    /// at once.</summary>
    /// <param name="value">How long, more than zero; <see langword="null"/> for the stack's own limit.</param>
    /// <returns>Done, or <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Invalid"/>, or <see cref="ErrorKind.Unsupported"/> where the host has no such option.</returns>
    public Result SetUserTimeout(TimeSpan? value) => connection.SetUserTimeout(generation, value);

    /// <summary>What is known of the connection now.</summary>
    /// <returns>The statistics, or <see cref="ErrorKind.Closed"/>, or <see cref="ErrorKind.Unsupported"/> where the host does not tell.</returns>
    public Result<TcpStatistics> GetStatistics() => connection.GetStatistics(generation);
}

/// <summary>What a stack implements for <see cref="TcpControl"/>. The generation is checked in each call.</summary>
public interface ITcpControl
{
    /// <inheritdoc cref="TcpControl.SetNoDelay"/>
    Result SetNoDelay(long generation, bool value);

    /// <inheritdoc cref="TcpControl.SetKeepAlive"/>
    Result SetKeepAlive(long generation, KeepAlive? value);

    /// <inheritdoc cref="TcpControl.SetCork"/>
    Result SetCork(long generation, bool value);

    /// <inheritdoc cref="TcpControl.SetUserTimeout"/>
    Result SetUserTimeout(long generation, TimeSpan? value);

    /// <inheritdoc cref="TcpControl.GetStatistics"/>
    Result<TcpStatistics> GetStatistics(long generation);
}

/// <summary>What a connection does about losses and marks; the numbers are those of Linux's <c>tcpi_ca_state</c>.</summary>
public enum TcpCongestionState
{
    /// <summary>Nothing.</summary>
    Open = 0,

    /// <summary>Something has not arrived that was sent before what has: it may be late, or lost.</summary>
    Disorder = 1,

    /// <summary>The congestion window was reduced because of a mark (RFC 3168), less than a round trip ago.</summary>
    Reduced = 2,

    /// <summary>Something is lost, and sent again (RFC 6675, RFC 8985).</summary>
    Recovery = 3,

    /// <summary>The retransmission timer expired (RFC 6298).</summary>
    Loss = 4,
}

/// <summary>What is known of a TCP connection, as <c>ss -ti</c> shows it.</summary>
public readonly record struct TcpStatistics
{
    /// <summary>The state (RFC 9293 §3.3.2), by its name there: <c>ESTABLISHED</c>.</summary>
    public string State { get; init; }

    /// <summary>The smoothed round-trip time (RFC 6298); zero before the first measurement.</summary>
    public TimeSpan RoundTripTime { get; init; }

    /// <summary>The shortest round-trip time of late.</summary>
    public TimeSpan MinimumRoundTripTime { get; init; }

    /// <summary>How much the round-trip time varies (RFC 6298, RTTVAR).</summary>
    public TimeSpan RoundTripVariation { get; init; }

    /// <summary>The retransmission time-out (RFC 6298).</summary>
    public TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>The congestion window in bytes (RFC 5681).</summary>
    public long CongestionWindow { get; init; }

    /// <summary>The slow start threshold in bytes (RFC 5681).</summary>
    public long SlowStartThreshold { get; init; }

    /// <summary>The peer's window in bytes.</summary>
    public long SendWindow { get; init; }

    /// <summary>This end's window in bytes, as last advertised.</summary>
    public long ReceiveWindow { get; init; }

    /// <summary>The largest segment that is sent, in bytes of data.</summary>
    public int MaximumSegmentSize { get; init; }

    /// <summary>Bytes sent and not yet acknowledged.</summary>
    public long InFlight { get; init; }

    /// <summary>Bytes of data sent for the first time.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of data acknowledged.</summary>
    public long BytesAcknowledged { get; init; }

    /// <summary>Bytes of data received in order.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Segments sent again.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Bytes in flight that the peer has, behind something that it has not (RFC 2018).</summary>
    public long SelectivelyAcknowledged { get; init; }

    /// <summary>Bytes in flight that count as lost and have not been sent again.</summary>
    public long Lost { get; init; }

    /// <summary>Bytes of data that the peer has said to have, selectively or not.</summary>
    public long BytesDelivered { get; init; }

    /// <summary>How fast data arrived at the peer of late, in bytes a second; zero before it is known. What the program sends more slowly than the path would take counts only if it is more.</summary>
    public long DeliveryRate { get; init; }

    /// <summary>What is being done about losses and marks.</summary>
    public TcpCongestionState CongestionState { get; init; }

    /// <summary>Whether segments have overtaken each other, so that losses are not believed as quickly (RFC 8985).</summary>
    public bool ReorderingSeen { get; init; }

    /// <summary>Bytes written and not acknowledged, sent or not.</summary>
    public long SendQueue { get; init; }

    /// <summary>Bytes received in order and not read.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Bytes that arrived out of order and wait for what is missing.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>How many bytes may be held to be sent now.</summary>
    public long SendBuffer { get; init; }

    /// <summary>How many bytes may be held to be read now.</summary>
    public long ReceiveBuffer { get; init; }

    /// <summary>How long ago data was sent.</summary>
    public TimeSpan SinceSent { get; init; }

    /// <summary>How long ago the peer last acknowledged something new, or owed nothing.</summary>
    public TimeSpan SinceProgress { get; init; }

    /// <summary>How long ago something was received.</summary>
    public TimeSpan SinceReceived { get; init; }

    /// <summary>Whether selective acknowledgement (RFC 2018) was negotiated.</summary>
    public bool SelectiveAcknowledgement { get; init; }

    /// <summary>Whether timestamps (RFC 7323) were negotiated.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Whether window scaling (RFC 7323) was negotiated.</summary>
    public bool WindowScaling { get; init; }

    /// <summary>By how many bits the peer's windows are shifted (RFC 7323).</summary>
    public int SendWindowScale { get; init; }

    /// <summary>By how many bits this end's windows are shifted.</summary>
    public int ReceiveWindowScale { get; init; }

    /// <summary>Whether explicit congestion notification (RFC 3168) was negotiated.</summary>
    public bool CongestionNotification { get; init; }

    /// <summary>Segments with data that a router had marked (CE).</summary>
    public long MarksReceived { get; init; }

    /// <summary>Times that the congestion window was reduced because the peer told of marks.</summary>
    public long MarkReactions { get; init; }
}
