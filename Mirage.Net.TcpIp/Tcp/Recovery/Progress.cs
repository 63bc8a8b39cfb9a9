using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What an acknowledgement changed.</summary>
/// <param name="acknowledgement">Its number.</param>
/// <param name="advanced">By how much SND.UNA advanced.</param>
/// <param name="flight">What was outstanding before it.</param>
/// <param name="sacked">How much of that had been acknowledged selectively before it.</param>
/// <param name="isDuplicate">Whether it is a duplicate (RFC 5681 §2).</param>
/// <param name="duplicate">What arrived twice, if it says so (RFC 2883).</param>
internal readonly struct Progress(SequenceNumber acknowledgement, int advanced, int flight, int sacked, bool isDuplicate, SackBlock duplicate)
{
    public SequenceNumber Acknowledgement { get; } = acknowledgement;

    public int Advanced { get; } = advanced;

    public int Flight { get; } = flight;

    public int Sacked { get; } = sacked;

    public bool IsDuplicate { get; } = isDuplicate;

    public SackBlock Duplicate { get; } = duplicate;

    public bool HasDuplicate => Duplicate.Start != Duplicate.End;
}
