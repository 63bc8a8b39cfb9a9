namespace Mirage.Net.TcpIp;

/// <summary>A limit of events a second, with bursts (RFC 1812 §4.3.2.8).</summary>
internal struct TokenBucket(int perSecond, int burst)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly long _cost = NanosecondsPerSecond / perSecond;
    private readonly long _capacity = NanosecondsPerSecond / perSecond * burst;
    private long _credit = NanosecondsPerSecond / perSecond * burst;
    private long _at;

    /// <summary>Whether one more event is within the limit; if so, it is counted, as none, one or two at random: who can see how many events a limit that all share leaves over must not learn how many others have caused.</summary>
    public bool TryTakeAtRandom<TPlatform>(TPlatform platform)
        where TPlatform : struct, IPlatform
    {
        Span<byte> random = stackalloc byte[1];
        platform.Fill(random);
        return TryTake(platform.Now, tokens: random[0] % 3);
    }

    private bool TryTake(Instant now, int tokens)
    {
        _credit = Math.Min(_capacity, _credit + Math.Max(0, now.Nanoseconds - _at));
        _at = now.Nanoseconds;
        if (_credit < _cost)
        {
            return false;
        }

        // It may owe one: else those that count twice would cost less than twice, and the average be more than the limit.
        _credit -= tokens * _cost;
        return true;
    }
}
