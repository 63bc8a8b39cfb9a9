using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Runs of sequence numbers that do not touch, in order: what arrived out of order, or what a peer says it has. All lie within less than
/// 2^31 of each other, so that they can be ordered (RFC 9293 §3.4).
/// </summary>
internal struct SequenceRuns
{
    private const int SmallestStorage = 4;

    private SackBlock[]? _runs;

    public int Count { get; private set; }

    /// <summary>How many sequence numbers are in all runs.</summary>
    public int Total { get; private set; }

    public readonly SackBlock this[int index] => _runs![index];

    public readonly SackBlock Last => _runs![Count - 1];

    /// <summary>Adds a run, and joins it with those that it overlaps or touches.</summary>
    /// <returns>Whether it is in now; not, if it would be one too many.</returns>
    public bool Add(SequenceNumber start, SequenceNumber end, int maxRuns)
    {
        // Those that overlap or touch the new one are [first, last).
        var last = Count;
        while (last > 0 && _runs![last - 1].Start > end)
        {
            last--;
        }

        var first = last;
        while (first > 0 && _runs![first - 1].End >= start)
        {
            first--;
        }

        if (first == last)
        {
            return Insert(first, new SackBlock(start, end), maxRuns);
        }

        var joined = new SackBlock(SequenceNumber.Min(start, _runs![first].Start), SequenceNumber.Max(end, _runs[last - 1].End));
        for (var i = first; i < last; i++)
        {
            Total -= _runs[i].End - _runs[i].Start;
        }

        _runs[first] = joined;
        Total += joined.End - joined.Start;
        Close(first + 1, last);
        return true;
    }

    /// <summary>The run that holds a sequence number.</summary>
    /// <returns>Its index, or -1.</returns>
    public readonly int IndexOf(SequenceNumber sequence)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_runs![i].Start <= sequence && sequence < _runs[i].End)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether a whole range is in one run.</summary>
    public readonly bool Contains(SequenceNumber start, SequenceNumber end)
    {
        var index = IndexOf(start);
        return index >= 0 && end <= _runs![index].End;
    }

    /// <summary>Takes out what follows on, and what comes before.</summary>
    /// <returns>Where the sequence that reaches up to <paramref name="from"/> now ends.</returns>
    public SequenceNumber TakeFrom(SequenceNumber from)
    {
        while (Count > 0 && _runs![0].Start <= from)
        {
            from = SequenceNumber.Max(from, _runs[0].End);
            Total -= _runs[0].End - _runs[0].Start;
            Close(0, 1);
        }

        return from;
    }

    /// <summary>Forgets what comes before a sequence number.</summary>
    public void RemoveBefore(SequenceNumber limit)
    {
        while (Count > 0 && _runs![0].Start < limit)
        {
            var run = _runs[0];
            if (run.End > limit)
            {
                Total -= limit - run.Start;
                _runs[0] = new SackBlock(limit, run.End);
                return;
            }

            Total -= run.End - run.Start;
            Close(0, 1);
        }
    }

    public void Clear()
    {
        Count = 0;
        Total = 0;
        _runs = null;
    }

    private bool Insert(int index, SackBlock run, int maxRuns)
    {
        if (Count >= maxRuns)
        {
            return false;
        }

        if (_runs is null || Count == _runs.Length)
        {
            Array.Resize(ref _runs, Math.Max(SmallestStorage, Count * 2));
        }

        _runs.AsSpan(index, Count - index).CopyTo(_runs.AsSpan(index + 1));
        _runs[index] = run;
        Count++;
        Total += run.End - run.Start;
        return true;
    }

    private void Close(int from, int to)
    {
        _runs.AsSpan(to, Count - to).CopyTo(_runs.AsSpan(from));
        Count -= to - from;
    }
}
