using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What a connection remembers of explicit congestion notification (RFC 3168 §6.1).</summary>
[Flags]
internal enum EcnState : byte
{
    None = 0,

    /// <summary>A SYN that asks for it was sent.</summary>
    Offered = 1,

    /// <summary>A SYN that does not was sent (§6.1.1.1).</summary>
    Withdrawn = 2,

    /// <summary>Marks on what arrives are told to the peer (§6.1.1).</summary>
    Receives = 4,

    /// <summary>What is sent may be marked, and the peer tells (§6.1.1).</summary>
    Sends = 8,

    /// <summary>A mark has arrived, and acknowledgements have ECE until CWR comes (§6.1.3).</summary>
    Echoes = 16,

    /// <summary>The window was reduced, and the next new data has CWR (§6.1.2).</summary>
    Reduced = 32,

    /// <summary>With a window of one segment: nothing is sent until the retransmission timer expires (§6.1.2).</summary>
    Held = 64,
}

/// <summary>Explicit congestion notification (RFC 3168).</summary>
internal abstract partial class TcpConnection
{
    private EcnState _ecn;

    /// <summary>Whether a SYN, the first, asks for it.</summary>
    public bool OffersEcn => (_ecn & (EcnState.Offered | EcnState.Withdrawn)) == EcnState.Offered;

    public bool ReceivesMarks => (_ecn & EcnState.Receives) != 0;

    public bool SendsMarkable => (_ecn & EcnState.Sends) != 0;

    /// <summary>Whether data waits for the retransmission timer, since the window could not be made smaller.</summary>
    public bool IsHeld => (_ecn & EcnState.Held) != 0;

    /// <summary>A SYN leaves that asks for ECN, or does not.</summary>
    public void OnSynSent(bool offersEcn) => _ecn |= offersEcn ? EcnState.Offered : EcnState.Withdrawn;

    /// <summary>This end answers a SYN that asks for it.</summary>
    public void AcceptEcn(bool isWanted) => _ecn = isWanted ? EcnState.Receives | EcnState.Sends : EcnState.None;

    /// <summary>
    /// The peer has answered this end's SYNs, or sent its own at the same time. §6.1.1: who has sent a SYN that does not ask for ECN sets no ECT, but if the peer has taken
    /// the one that did, what it marks as capable may be marked.
    /// </summary>
    /// <param name="isAgreed">Whether the peer's SYN-ACK agrees, or its SYN asks too.</param>
    /// <param name="isAnswer">Whether it is a SYN-ACK.</param>
    public void AgreeOnEcn(bool isAgreed, bool isAnswer)
    {
        var offered = _ecn;
        _ecn = EcnState.None;
        if (isAgreed && (offered & EcnState.Offered) != 0)
        {
            var isWithdrawn = (offered & EcnState.Withdrawn) != 0;
            _ecn = isWithdrawn ? isAnswer ? EcnState.Receives : EcnState.None : EcnState.Receives | EcnState.Sends;
        }
    }

    /// <summary>The flags that an acknowledgement has besides ACK.</summary>
    public TcpFlags EchoFlag => (_ecn & EcnState.Echoes) != 0 ? TcpFlags.Ece : TcpFlags.None;

    /// <summary>The flags that new data has besides: it tells that the window was reduced.</summary>
    public TcpFlags ReducedFlag => (_ecn & EcnState.Reduced) != 0 ? TcpFlags.Cwr : TcpFlags.None;

    /// <summary>New data has left, with what there was to tell.</summary>
    public void OnReducedTold() => _ecn &= ~EcnState.Reduced;

    /// <summary>A segment with data has arrived (§6.1.3). CWR ends what came before it; a mark on the same packet is a new one.</summary>
    public void TakeMark(bool isMarked, TcpFlags flags)
    {
        if (!ReceivesMarks)
        {
            return;
        }

        if ((flags & TcpFlags.Cwr) != 0 && (_ecn & EcnState.Echoes) != 0)
        {
            // The peer's window may be so small now that nothing else brings an acknowledgement.
            _ecn &= ~EcnState.Echoes;
            AckNow = true;
        }

        if (isMarked)
        {
            Statistics.MarksReceived++;
            AckNow |= (_ecn & EcnState.Echoes) == 0;
            _ecn |= EcnState.Echoes;
        }
    }

    /// <summary>The window was reduced, for whatever reason: marks on what is under way are of the same congestion (§6.1.2).</summary>
    public void OnReduced()
    {
        if (SendsMarkable)
        {
            _ecn |= EcnState.Reduced;
            _transmission.ReducedAt = SndNxt;
        }
    }

    /// <summary>Whether the window was reduced since a byte was sent.</summary>
    public bool IsReducedSince(SequenceNumber sequence) => SendsMarkable && sequence < _transmission.ReducedAt;

    /// <summary>Where the last reduction of the window was; what is acknowledged beyond it was sent with the smaller one.</summary>
    public ref SequenceNumber ReducedAt => ref _transmission.ReducedAt;

    /// <summary>The last reduction was not needed: there is none that what comes next could be of.</summary>
    public void ForgetReduction() => _transmission.ReducedAt = SndUna - 1;

    /// <summary>The first byte that is lost and was not sent again; without SACK, as far as is known.</summary>
    public SequenceNumber FirstLost => HasSack && Sent.TryGetLost(out var start, out _) ? start : SndUna;

    public void Hold() => _ecn |= EcnState.Held;

    public void EndHold() => _ecn &= ~EcnState.Held;
}
