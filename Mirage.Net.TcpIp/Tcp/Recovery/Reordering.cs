using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>How long a segment may be overtaken before it counts as lost: RACK's reordering window (RFC 8985 §6.2 step 4), which learns from D-SACKs.</summary>
internal struct Reordering
{
    /// <summary>DupThresh (RFC 5681 §3.2).</summary>
    public const int DuplicateThreshold = 3;

    // For how many recoveries without D-SACK a wider window is kept.
    private const byte PersistentRecoveries = 16;

    private SequenceNumber _duplicateRound;
    private bool _hasDuplicateRound;
    private byte _widened;
    private byte _persist;

    /// <summary>RACK.reordering_seen.</summary>
    public bool IsSeen { get; private set; }

    /// <summary>RACK.reo_wnd_mult.</summary>
    public readonly int Multiplier => 1 + _widened;

    /// <summary>A segment was overtaken, or what was thought lost has only come late.</summary>
    public void OnReordering() => IsSeen = true;

    /// <summary>A D-SACK says that something was sent again without need; the window grows once for each round in which that happens.</summary>
    public void OnDuplicate(SequenceNumber next)
    {
        if (_hasDuplicateRound)
        {
            return;
        }

        _hasDuplicateRound = true;
        _duplicateRound = next;
        _widened = (byte)Math.Min(_widened + 1, byte.MaxValue);
        _persist = PersistentRecoveries;
    }

    /// <summary>SND.UNA has advanced, perhaps to the end of the round in which the window grew.</summary>
    public void OnAdvanced(SequenceNumber unacknowledged) => _hasDuplicateRound &= unacknowledged < _duplicateRound;

    /// <summary>A recovery has ended.</summary>
    public void OnRecovered()
    {
        if (_persist > 0 && --_persist == 0)
        {
            _widened = 0;
        }
    }

    /// <summary>RACK.reo_wnd, in nanoseconds.</summary>
    public readonly long Window(bool isRecovering, int sackedCount, long minimumRoundTrip, long smoothedRoundTrip)
        => !IsSeen && (isRecovering || sackedCount >= DuplicateThreshold)
            ? 0
            : Math.Min(Multiplier * minimumRoundTrip / 4, smoothedRoundTrip);
}
