using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// A path that seems to drop large segments without a word (RFC 2923): the size that is sent meanwhile, and the probes of the full size that find out (RFC 4821 §7, RFC 8899 §5).
/// An outage looks the same while it lasts; after it the first probe arrives.
/// </summary>
/// <param name="isIpv6">Whether the path is IPv6's.</param>
internal sealed class BlackHole(bool isIpv6)
{
    /// <summary>MAX_PROBES (RFC 8899 §5.1.2): so many probes are lost, with smaller segments around them that arrive, before it is believed.</summary>
    private const int MaxProbes = 3;

    // RFC 4821 §7.2, RFC 8899 §5.1.2: base sizes that nearly every path carries; and in IPv6, whose links carry 1280 bytes, there is no smaller one.
    private static readonly ushort[] _sizes = [1024, 512, 256];
    private static readonly ushort[] _ipv6Sizes = [1220];

    private Instant _probeAt = Instant.Never;
    private SequenceNumber _start;
    private SequenceNumber _end;
    private ushort _probed;
    private ushort _tooLarge;
    private bool _isProbeOut;
    private bool _isOnlyLoss;
    private bool _isBelieved;
    private int _lost;

    /// <summary>The segments' size meanwhile, with what timestamps take.</summary>
    public ushort Size { get; private set; }

    /// <summary>Whether nothing has arrived since the segments are smaller.</summary>
    public bool IsUnanswered => _probeAt.IsNever;

    /// <summary>The next smaller size to try.</summary>
    /// <returns>It, or 0 if there is none.</returns>
    public static ushort NextSmaller(int size, bool isIpv6)
    {
        foreach (var candidate in isIpv6 ? _ipv6Sizes : _sizes)
        {
            if (candidate < size)
            {
                return candidate;
            }
        }

        return 0;
    }

    /// <summary>Nothing arrives: smaller segments are tried. Whether it was their size shows only when some arrive.</summary>
    public void Shrink(ushort size)
    {
        Size = size;
        _probeAt = Instant.Never;
        _isProbeOut = false;
    }

    /// <summary>Whether the next segment may be a probe.</summary>
    public bool IsProbeDue(Instant now) => _probeAt <= now && !_isProbeOut;

    /// <summary>The size of the next probe, with what timestamps take: the full one, and when that does not arrive the base sizes between it and what does.</summary>
    /// <param name="full">The full size.</param>
    public int ProbeSize(int full) => _tooLarge != 0 && NextLarger() is not 0 and var step && step < full ? step : full;

    public void OnProbeSent(SequenceNumber start, SequenceNumber end, int size)
    {
        (_start, _end, _probed) = (start, end, (ushort)size);
        _isProbeOut = true;
        _isOnlyLoss = false;
    }

    /// <summary>Something arrived at the peer.</summary>
    /// <param name="unacknowledged">What it waits for.</param>
    /// <param name="again">When the next probe may leave.</param>
    /// <param name="later">The same, if there is nothing left to find out.</param>
    /// <returns>Whether the probe arrived: its size is the segments' now.</returns>
    public bool OnProgress(SequenceNumber unacknowledged, Instant again, Instant later)
    {
        if (!_isProbeOut)
        {
            _probeAt = _probeAt.IsNever ? again : _probeAt;
            return false;
        }

        if (unacknowledged < _end)
        {
            return false;
        }

        _isProbeOut = false;
        Size = _probed;
        GoOn(again, later);
        return true;
    }

    /// <summary>Something is sent again.</summary>
    /// <param name="start">Its first sequence number.</param>
    /// <param name="again">When to try again if it is the probe.</param>
    /// <param name="later">The same, if probes enough were lost.</param>
    /// <returns>Whether with it probes enough were lost for the first time.</returns>
    public bool OnResent(SequenceNumber start, Instant again, Instant later)
    {
        if (!_isProbeOut || start != _start)
        {
            _isOnlyLoss = false;
            return false;
        }

        _isProbeOut = false;
        _isOnlyLoss = true;
        if (++_lost < MaxProbes)
        {
            _probeAt = again;
            return false;
        }

        _tooLarge = _probed;
        GoOn(again, later);
        var isFirst = !_isBelieved;
        _isBelieved = true;
        return isFirst;
    }

    /// <summary>A recovery has ended.</summary>
    /// <returns>Whether only the probe was lost, which says nothing about congestion (RFC 4821 §3).</returns>
    public bool OnRecovered()
    {
        var result = _isOnlyLoss;
        _isOnlyLoss = false;
        return result;
    }

    /// <summary>The size of a probe is known to arrive, or not to.</summary>
    private void GoOn(Instant again, Instant later)
    {
        if (NextLarger() != 0)
        {
            _lost = 0;
            _probeAt = again;
            return;
        }

        // From the full size on again, of which one is enough that is lost.
        _tooLarge = 0;
        _lost = MaxProbes - 1;
        _probeAt = later;
    }

    private ushort NextLarger()
    {
        var candidate = NextSmaller(_tooLarge, isIpv6);
        return candidate > Size ? candidate : (ushort)0;
    }
}
