using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// What arrived and the program has not read, and behind it, with holes, what arrived out of order (RFC 9293 §3.10.7.4). Both are in one
/// ring: a byte is copied once, to where it belongs.
/// </summary>
internal struct ReceiveBuffer
{
    private ByteRing _ring;

    /// <summary>The runs that arrived out of order.</summary>
    public SequenceRuns Runs;

    /// <summary>Bytes that can be read.</summary>
    public int Length { get; private set; }

    /// <summary>Puts in the bytes that come next. Those after them that had arrived before are joined.</summary>
    /// <param name="pool">Where storage comes from.</param>
    /// <param name="next">RCV.NXT: the sequence number of the first of them.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>The new RCV.NXT.</returns>
    public SequenceNumber Append(BufferPool pool, SequenceNumber next, ReadOnlySpan<byte> data)
    {
        _ring.Reserve(pool, Length + data.Length, Used(next));
        _ring.CopyFrom(Length, data);
        var end = next + data.Length;
        if (Runs.Count > 0)
        {
            end = Runs.TakeFrom(pool, end);
        }

        Length += end - next;
        return end;
    }

    /// <summary>Keeps bytes that arrived out of order.</summary>
    /// <param name="pool">Where storage comes from.</param>
    /// <param name="next">RCV.NXT.</param>
    /// <param name="start">The sequence number of the first of them, after <paramref name="next"/> and inside the window.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="maxRuns">How many runs may be kept.</param>
    /// <returns>Whether they were kept.</returns>
    public bool Insert(BufferPool pool, SequenceNumber next, SequenceNumber start, ReadOnlySpan<byte> data, int maxRuns)
    {
        var used = Used(next);
        if (!Runs.Add(pool, start, start + data.Length, maxRuns))
        {
            return false;
        }

        var position = Length + (start - next);
        _ring.Reserve(pool, position + data.Length, used);
        _ring.CopyFrom(position, data);
        return true;
    }

    /// <summary>Whether bytes at or after a sequence number arrived out of order.</summary>
    public readonly bool ReachesBeyond(SequenceNumber sequence) => Runs.Count > 0 && Runs.Last.End > sequence;

    /// <summary>Takes bytes out, as many as there are and fit.</summary>
    public int Read(BufferPool pool, Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Length);
        _ring.CopyTo(0, destination[..count]);
        Skip(pool, count);
        return count;
    }

    /// <summary>Drops bytes that can be read.</summary>
    public void Skip(BufferPool pool, int count)
    {
        Length -= count;
        if (Length == 0 && Runs.Count == 0)
        {
            _ring.Release(pool);
        }
        else
        {
            _ring.Advance(count);
        }
    }

    public void Release(BufferPool pool)
    {
        Length = 0;
        Runs.Clear(pool);
        _ring.Release(pool);
    }

    private readonly int Used(SequenceNumber next) => Length + (Runs.Count > 0 ? Runs.Last.End - next : 0);
}
