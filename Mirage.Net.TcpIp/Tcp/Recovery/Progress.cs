using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What an acknowledgement changed.</summary>
/// <param name="acknowledgement">Its number.</param>
/// <param name="advanced">By how much SND.UNA advanced.</param>
/// <param name="flight">What was outstanding before it.</param>
/// <param name="sacked">How much of that had been acknowledged selectively before it.</param>
/// <param name="isDuplicate">Whether it is a duplicate (RFC 5681 §2).</param>
/// <param name="duplicate">What arrived twice, if it says so (RFC 2883).</param>
/// <param name="isEchoed">Whether the peer tells of a mark (ECE, RFC 3168 §6.1.2), and this end has set ECT.</param>
internal readonly struct Progress(SequenceNumber acknowledgement, int advanced, int flight, int sacked, bool isDuplicate, SackBlock duplicate, bool isEchoed)
{
    public SequenceNumber Acknowledgement { get; } = acknowledgement;

    public int Advanced { get; } = advanced;

    public int Flight { get; } = flight;

    public int Sacked { get; } = sacked;

    public bool IsDuplicate { get; } = isDuplicate;

    public SackBlock Duplicate { get; } = duplicate;

    public bool IsEchoed { get; } = isEchoed;

    public bool HasDuplicate => Duplicate.Start != Duplicate.End;
}
