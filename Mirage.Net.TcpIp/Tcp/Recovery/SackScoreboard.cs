using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>What the peer says that it has beyond SND.UNA (RFC 6675 §3).</summary>
internal struct SackScoreboard
{
    private const int MaxRuns = 256;
    private const int DuplicateThreshold = 3;

    private SequenceRuns _runs;

    /// <summary>How many sequence numbers the peer has beyond SND.UNA.</summary>
    public readonly int Total => _runs.Total;

    /// <summary>Update(): takes the blocks of an acknowledgement. A block outside what is outstanding is ignored: it reports a duplicate
    /// (RFC 2883), is old, or forged.</summary>
    /// <returns>Whether something is new.</returns>
    public bool Update(in TcpOptions options, SequenceNumber unacknowledged, SequenceNumber next)
    {
        var before = _runs.Total;
        for (var i = 0; i < options.SackCount; i++)
        {
            var block = options.GetSack(i);

            // Offsets, not comparisons: a block of half the sequence space would be after what is acknowledged and before what is next all the same.
            var (start, end) = ((uint)(block.Start - unacknowledged), (uint)(block.End - unacknowledged));
            if (start > 0 && start < end && end <= (uint)(next - unacknowledged))
            {
                _ = _runs.Add(block.Start, block.End, MaxRuns);
            }
        }

        return _runs.Total != before;
    }

    /// <summary>Everything before it has been acknowledged.</summary>
    public void Acknowledge(SequenceNumber unacknowledged) => _runs.RemoveBefore(unacknowledged);

    public void Clear() => _runs.Clear();

    /// <summary>
    /// IsLost(): everything before the result that the peer does not have is lost, since three runs, or more than two segments' bytes,
    /// beyond it have arrived.
    /// </summary>
    /// <returns>That edge; <paramref name="unacknowledged"/> if nothing is lost.</returns>
    public readonly SequenceNumber LossEdge(SequenceNumber unacknowledged, int segmentSize)
    {
        var bytes = 0;
        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            bytes += _runs[i].End - _runs[i].Start;
            if (bytes > (DuplicateThreshold - 1) * segmentSize || _runs.Count - i >= DuplicateThreshold)
            {
                return _runs[i].Start;
            }
        }

        return unacknowledged;
    }

    /// <summary>How many sequence numbers in a range the peer does not have.</summary>
    public readonly int Missing(SequenceNumber start, SequenceNumber end)
    {
        if (start >= end)
        {
            return 0;
        }

        var missing = end - start;
        for (var i = 0; i < _runs.Count; i++)
        {
            var from = SequenceNumber.Max(_runs[i].Start, start);
            var to = SequenceNumber.Min(_runs[i].End, end);
            missing -= Math.Max(0, to - from);
        }

        return missing;
    }

    /// <summary>The first hole at or after a sequence number, and before an end.</summary>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryFindHole(SequenceNumber from, SequenceNumber end, out SequenceNumber start, out int length)
    {
        start = from;
        var limit = end;
        for (var i = 0; i < _runs.Count; i++)
        {
            if (_runs[i].End <= start)
            {
                continue;
            }

            if (_runs[i].Start > start)
            {
                limit = SequenceNumber.Min(limit, _runs[i].Start);
                break;
            }

            start = _runs[i].End;
        }

        length = limit - start;
        return length > 0;
    }
}
