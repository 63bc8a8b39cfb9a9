using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// A path that seems to drop large segments without a word (RFC 2923): the size that is sent meanwhile, and the probes of the full size that find out (RFC 4821 §7, RFC 8899 §5).
/// An outage looks the same while it lasts; after it the first probe arrives.
/// </summary>
internal sealed class BlackHole
{
    /// <summary>MAX_PROBES (RFC 8899 §5.1.2): so many probes are lost, with smaller segments around them that arrive, before it is believed.</summary>
    private const int MaxProbes = 3;

    // RFC 4821 §7.2, RFC 8899 §5.1.2: base sizes that nearly every path carries; and in IPv6, whose links carry 1280 bytes, there is no smaller one.
    private static readonly ushort[] _sizes = [1024, 512, 256];
    private static readonly ushort[] _ipv6Sizes = [1220];

    private Instant _probeAt = Instant.Never;
    private SequenceNumber _start;
    private SequenceNumber _end;
    private bool _isProbeOut;
    private bool _isOnlyLoss;
    private int _lost;

    /// <summary>The segments' size meanwhile, with what timestamps take.</summary>
    public ushort Size { get; private set; }

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

    /// <summary>Whether the next segment may be of the full size.</summary>
    public bool IsProbeDue(Instant now) => _probeAt <= now && !_isProbeOut;

    public void OnProbeSent(SequenceNumber start, SequenceNumber end)
    {
        (_start, _end) = (start, end);
        _isProbeOut = true;
        _isOnlyLoss = false;
    }

    /// <summary>Something arrived at the peer.</summary>
    /// <returns>Whether the probe did: there is no black hole, or none any more.</returns>
    public bool OnProgress(SequenceNumber unacknowledged, Instant next)
    {
        if (_isProbeOut)
        {
            return unacknowledged >= _end;
        }

        _probeAt = _probeAt.IsNever ? next : _probeAt;
        return false;
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
        _lost++;
        _probeAt = _lost >= MaxProbes ? later : again;
        return _lost == MaxProbes;
    }

    /// <summary>A recovery has ended.</summary>
    /// <returns>Whether only the probe was lost, which says nothing about congestion (RFC 4821 §3).</returns>
    public bool OnRecovered()
    {
        var result = _isOnlyLoss;
        _isOnlyLoss = false;
        return result;
    }
}
