using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What tells, later, that a recovery was not needed: what was thought lost had only come late.</summary>
internal struct Undo
{
    private SequenceNumber _start;
    private SequenceNumber _end;
    private int _retransmissions;
    private uint _timestamp;

    /// <summary>Whether the congestion window of before the last recovery could be restored.</summary>
    public bool IsPossible { get; private set; }

    /// <summary>A recovery begins. What is sent again in it lies after SND.UNA.</summary>
    public void Start(SequenceNumber unacknowledged)
    {
        IsPossible = true;
        _start = unacknowledged;
        _retransmissions = 0;
    }

    /// <summary>A segment is sent again.</summary>
    /// <param name="timestamp">Its timestamp; that of the first is remembered (RFC 3522 §3.2 step 2).</param>
    public void OnRetransmitted(uint timestamp)
    {
        if (_retransmissions++ == 0)
        {
            _timestamp = timestamp;
        }
    }

    /// <summary>The recovery has ended. When what was sent by then is acknowledged, all D-SACKs of it have come.</summary>
    public void OnRecovered(SequenceNumber next) => _end = next;

    public void OnAdvanced(SequenceNumber unacknowledged) => IsPossible &= unacknowledged <= _end;

    public void Stop() => IsPossible = false;

    /// <summary>The Eifel detection algorithm (RFC 3522 §3.2 step 4): an acknowledgement that advances echoes what was sent before the retransmission.</summary>
    public readonly bool IsCausedByOriginal(uint echo) => IsPossible && _retransmissions > 0 && (int)(echo - _timestamp) < 0;

    /// <summary>A D-SACK says that a segment arrived twice (RFC 3708 §3).</summary>
    /// <returns>Whether all that was sent again in the last recovery did.</returns>
    public bool IsUndoneBy(in SackBlock duplicate)
        => IsPossible && _retransmissions > 0 && duplicate.Start >= _start && duplicate.End > _start && --_retransmissions == 0;
}
