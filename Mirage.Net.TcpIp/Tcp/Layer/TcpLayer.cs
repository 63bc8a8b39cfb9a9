using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// What <see cref="Tcp{TIp, TPlatform, TCongestion}"/> names: the connections and listeners, and what happens to them. One file for each
/// concern: TcpLayer.Input (who gets a segment), .HalfOpen, .Cookies, .Handshake, .Synchronized (RFC 9293 §3.10.7.4), .Acknowledge, .Recovery, .TailProbe, .Data, .Output, .Segments, .Timers,
/// .Listen, .Accept, .Forward, .Connect, .Ending.
/// </summary>
internal sealed partial class TcpLayer<TIp, TPlatform, TCongestion> : TcpEngine
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private const int SecretLength = 24;

    // More than one window, so that no segment of the connection before is taken for one of the next.
    private const int LeastSequenceGap = 65_537;

    private readonly TIp _ip;
    private readonly TPlatform _platform;
    private readonly ConnectionTable<TCongestion> _connections;
    private readonly InitialSequence _initialSequence;
    private readonly Stack<TcpConnection<TCongestion>> _pool = new();
    private TokenBucket _resetLimit;
    private TokenBucket _challengeLimit = new(perSecond: 1000, burst: 100);
    private TokenBucket _halfOpenChallengeLimit = new(perSecond: 1000, burst: 100);

    // Fields, since these are counted on the packet path; the rest is in the record.
    private long _segmentsReceived;
    private long _segmentsSent;
    private TcpCounters _counters;

    public TcpLayer(TIp ip, TPlatform platform, BufferPool buffers, TcpSettings settings, StackLimits limits)
        : base(settings, limits, buffers)
    {
        settings.Check();
        _ip = ip;
        _platform = platform;
        _ports = new EphemeralPorts<TPlatform>(platform);
        Span<byte> secret = stackalloc byte[SecretLength];
        platform.Fill(secret);
        _initialSequence = new InitialSequence(secret);
        var key = BinaryPrimitives.ReadUInt64LittleEndian(secret[16..]);
        _connections = new ConnectionTable<TCongestion>(key);
        _halfOpen = new HalfOpenTable(key, limits.MaxHalfOpen);
        _resetLimit = new TokenBucket(limits.ResetsPerSecond, Math.Max(1, limits.ResetsPerSecond / 10));
        Now = platform.Now;
        Wheel.Start(Now);
    }

    public TcpCounters Counters => _counters with
    {
        Connections = _connections.Count + _halfOpen.Count,
        HalfOpen = _halfOpen.Count,
        TimeWait = _timeWaitCount,
        Orphans = _orphans,
        SegmentsReceived = _segmentsReceived,
        SegmentsSent = _segmentsSent,
    };

    public IEnumerable<TcpConnection> Connections => _connections.ToList();

    public override bool IsOnLoop => _platform.IsOnLoop;

    public override void Post(Action<object?> action, object? state) => _platform.Post(action, state);

    public override void Offload(Action<object?> action, object? state) => _platform.Offload(action, state);

    public void BeginTurn(Instant now) => Now = now;

    public PollResult Poll(int budget)
    {
        RunTimers();
        var busy = RunContinuations(budget);
        busy |= RunOutput();
        return new PollResult(busy || HasReady, Wheel.Next);
    }

    private bool RunContinuations(int budget)
    {
        try
        {
            return RunReady(budget);
        }
        catch (Exception exception)
        {
            // What an await left behind does not throw, but what was given to an awaiter by hand may. The rest runs in the next turn.
            _platform.Report("continuation", exception);
            return true;
        }
    }

    /// <summary>Chooses where a connection's sequence numbers and timestamps begin (RFC 6528, RFC 7323 §7.1).</summary>
    /// <param name="local">This end.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="after">The last sequence number of the connection before between the two, if it is known: the new one begins later (RFC 9293 §3.6.1).</param>
    private (SequenceNumber Sequence, uint TimestampOffset) ChooseSequence(in IpEndpoint local, in IpEndpoint remote, SequenceNumber? after)
    {
        var (sequence, offset) = _initialSequence.Choose(local, remote, Now);
        sequence = Settings.InitialSequence is { } chosen ? new SequenceNumber(chosen) : sequence;
        return (after is { } last && sequence <= last ? last + LeastSequenceGap : sequence, offset);
    }

    private TcpConnection<TCongestion>? NewConnection(in IpEndpoint local, in IpEndpoint remote, SequenceNumber iss, uint timestampOffset)
    {
        if (_connections.Count >= Limits.MaxConnections)
        {
            _counters = _counters with { ConnectionsDropped = _counters.ConnectionsDropped + 1 };
            return null;
        }

        if (!_pool.TryPop(out var connection))
        {
            connection = new TcpConnection<TCongestion>(this);
        }

        connection.Reset();
        connection.SetEndpoints(local, remote);
        connection.Iss = connection.ShortEnd = connection.SndUna = connection.SndNxt = iss;
        connection.TsOffset = timestampOffset;
        connection.HeardAt = connection.ProgressAt = connection.LastSentAt = Now;
        _connections.Add(connection);
        return connection;
    }
}
