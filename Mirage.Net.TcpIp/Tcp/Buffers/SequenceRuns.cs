using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// Runs of sequence numbers that do not touch, in order: what arrived out of order, or what a peer says it has. All lie within less than
/// 2^31 of each other, so that they can be ordered (RFC 9293 §3.4). Their storage is borrowed from a pool while there are any.
/// </summary>
internal struct SequenceRuns
{
    private byte[]? _storage;

    public int Count { get; private set; }

    /// <summary>How many sequence numbers are in all runs.</summary>
    public int Total { get; private set; }

    public readonly SackBlock this[int index] => Storage[index];

    public readonly SackBlock Last => Storage[Count - 1];

    private readonly Span<SackBlock> Storage => MemoryMarshal.Cast<byte, SackBlock>(_storage.AsSpan());

    /// <summary>Adds a run, and joins it with those that it overlaps or touches.</summary>
    /// <returns>Whether it is in now; not, if it would be one too many.</returns>
    public bool Add(BufferPool pool, SequenceNumber start, SequenceNumber end, int maxRuns)
    {
        var runs = Storage;
        // Those that overlap or touch the new one are [first, last).
        var last = Count;
        while (last > 0 && runs[last - 1].Start > end)
        {
            last--;
        }

        var first = last;
        while (first > 0 && runs[first - 1].End >= start)
        {
            first--;
        }

        if (first == last)
        {
            return Insert(pool, first, new SackBlock(start, end), maxRuns);
        }

        var joined = new SackBlock(SequenceNumber.Min(start, runs[first].Start), SequenceNumber.Max(end, runs[last - 1].End));
        for (var i = first; i < last; i++)
        {
            Total -= runs[i].End - runs[i].Start;
        }

        runs[first] = joined;
        Total += joined.End - joined.Start;
        Close(pool, first + 1, last);
        return true;
    }

    /// <summary>The run that holds a sequence number.</summary>
    /// <returns>Its index, or -1.</returns>
    public readonly int IndexOf(SequenceNumber sequence)
    {
        var runs = Storage;
        for (var i = 0; i < Count; i++)
        {
            if (runs[i].Start <= sequence && sequence < runs[i].End)
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
        return index >= 0 && end <= Storage[index].End;
    }

    /// <summary>Takes out what follows on, and what comes before.</summary>
    /// <returns>Where the sequence that reaches up to <paramref name="from"/> now ends.</returns>
    public SequenceNumber TakeFrom(BufferPool pool, SequenceNumber from)
    {
        var runs = Storage;
        while (Count > 0 && runs[0].Start <= from)
        {
            from = SequenceNumber.Max(from, runs[0].End);
            Total -= runs[0].End - runs[0].Start;
            Close(pool, 0, 1);
        }

        return from;
    }

    /// <summary>Forgets what comes before a sequence number.</summary>
    public void RemoveBefore(BufferPool pool, SequenceNumber limit)
    {
        var runs = Storage;
        while (Count > 0 && runs[0].Start < limit)
        {
            var run = runs[0];
            if (run.End > limit)
            {
                Total -= limit - run.Start;
                runs[0] = new SackBlock(limit, run.End);
                return;
            }

            Total -= run.End - run.Start;
            Close(pool, 0, 1);
        }
    }

    /// <summary>Forgets all, and gives the storage back.</summary>
    public void Clear(BufferPool pool)
    {
        Count = 0;
        Total = 0;
        if (_storage is not null)
        {
            pool.Return(_storage);
            _storage = null;
        }
    }

    private bool Insert(BufferPool pool, int index, SackBlock run, int maxRuns)
    {
        if (Count >= maxRuns)
        {
            return false;
        }

        if (Count == Storage.Length)
        {
            var larger = pool.Rent((Count + 1) * Unsafe.SizeOf<SackBlock>());
            if (_storage is not null)
            {
                _storage.CopyTo(larger, 0);
                pool.Return(_storage);
            }

            _storage = larger;
        }

        var runs = Storage;
        runs[index..Count].CopyTo(runs[(index + 1)..]);
        runs[index] = run;
        Count++;
        Total += run.End - run.Start;
        return true;
    }

    private void Close(BufferPool pool, int from, int to)
    {
        var runs = Storage;
        runs[to..Count].CopyTo(runs[from..]);
        Count -= to - from;
        if (Count == 0)
        {
            Clear(pool);
        }
    }
}
