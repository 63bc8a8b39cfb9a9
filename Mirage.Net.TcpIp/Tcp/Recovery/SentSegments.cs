using System.Runtime.InteropServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// The segments between SND.UNA and SND.NXT, in order, in a ring borrowed from the pool while there are any: the scoreboard of RFC 6675 with the times of
/// RFC 8985. Those in flight are also in a list in order of their transmission, and those lost in another. Each step costs the same however many there are,
/// except finding where a SACK block begins, which is a binary search.
/// </summary>
/// <remarks>Segments are numbered from the connection's first; numbers wrap, and the ring is a power of two in size.</remarks>
internal partial struct SentSegments
{
    /// <summary>The size of a <see cref="SentSegment"/>; a power of two, as the lengths of the pool's arrays are.</summary>
    internal const int SizeOfSegment = 32;

    private const int FewSegments = 64;

    private byte[]? _storage;
    private SequenceNumber _start;
    private uint _first;
    private int _flightCount;
    private SegmentList _inFlight;
    private SegmentList _lost;

    /// <summary>How many there are.</summary>
    public readonly int Count => _flightCount;

    /// <summary>How many the peer has (RACK.segs_sacked).</summary>
    public int SackedCount { get; private set; }

    /// <summary>Sequence numbers that the peer has.</summary>
    public int Sacked { get; private set; }

    /// <summary>Sequence numbers that are lost and were not sent again.</summary>
    public int Lost { get; private set; }

    public readonly bool HasLost => _lost.Count > 0;

    private readonly int Capacity => _storage is null ? 0 : _storage.Length / SizeOfSegment;

    private readonly uint End => _first + (uint)_flightCount;

    private readonly ref SentSegment this[uint index]
        => ref MemoryMarshal.Cast<byte, SentSegment>(_storage.AsSpan())[(int)(index & (uint)(Capacity - 1))];

    /// <summary>A segment leaves for the first time.</summary>
    /// <param name="pool">Where the ring comes from.</param>
    /// <param name="start">Its first sequence number, which is where the last one ended.</param>
    /// <param name="segment">Its end, and what is known of its sending.</param>
    /// <param name="segmentSize">SMSS. Many small ones, which could need more memory than their text, are remembered together up to this size.</param>
    public void Add(BufferPool pool, SequenceNumber start, in SentSegment segment, int segmentSize)
    {
        if (_flightCount == 0)
        {
            _start = start;
        }
        else if (_flightCount >= FewSegments && segment.End - _start < _flightCount * (long)segmentSize / 2 && Extend(segment, segmentSize))
        {
            return;
        }

        if (_flightCount == Capacity)
        {
            Grow(pool);
        }

        var index = _first + (uint)_flightCount++;
        this[index] = segment;
        Append(ref _inFlight, index);
    }

    /// <summary>Everything before a sequence number has been acknowledged.</summary>
    public void Acknowledge(BufferPool pool, SequenceNumber unacknowledged, ref Delivery delivery)
    {
        while (_flightCount > 0 && this[_first].End <= unacknowledged)
        {
            ref var segment = ref this[_first];
            var length = segment.End - _start;
            delivery.OnAcknowledged(segment, length);
            switch (segment.State)
            {
                case SentState.Sacked:
                    Sacked -= length;
                    SackedCount--;
                    break;
                case SentState.Lost:
                    Lost -= length;
                    Remove(ref _lost, _first);
                    delivery.OnDelivered(segment, length);
                    break;
                default:
                    Remove(ref _inFlight, _first);
                    delivery.OnDelivered(segment, length);
                    break;
            }

            _start = segment.End;
            _first++;
            _flightCount--;
        }

        if (_flightCount == 0)
        {
            Release(pool);
        }
        else if (unacknowledged > _start)
        {
            Trim(unacknowledged, ref delivery);
        }
    }

    /// <summary>The peer says that it has what is between two sequence numbers. A segment of which it has a part only counts as not arrived.</summary>
    public void Sack(SequenceNumber start, SequenceNumber end, ref Delivery delivery)
    {
        for (var index = Find(start); index != End && this[index].End <= end; index++)
        {
            ref var segment = ref this[index];
            if (segment.State == SentState.Sacked)
            {
                index = EndOfRun(index);
                continue;
            }

            var length = segment.End - StartOf(index);
            if (segment.State == SentState.Lost)
            {
                Lost -= length;
                Remove(ref _lost, index);
            }
            else
            {
                Remove(ref _inFlight, index);
            }

            delivery.OnDelivered(segment, length);
            segment.State = SentState.Sacked;
            Sacked += length;
            SackedCount++;
            Join(index);
        }
    }

    /// <summary>The first thing to be sent again.</summary>
    public readonly bool TryGetLost(out SequenceNumber start, out int length)
    {
        if (_lost.Count == 0)
        {
            (start, length) = (default, 0);
            return false;
        }

        start = StartOf(_lost.Head);
        length = this[_lost.Head].End - start;
        return true;
    }

    /// <summary>The first that is lost has been sent again.</summary>
    public void OnResent(long now, long delivered)
    {
        var index = _lost.Head;
        Lost -= this[index].End - StartOf(index);
        Remove(ref _lost, index);
        Renew(index, now, delivered);
    }

    /// <summary>The last one, for a probe.</summary>
    public readonly void GetLast(out SequenceNumber start, out int length)
    {
        start = StartOf(End - 1);
        length = this[End - 1].End - start;
    }

    /// <summary>The last one, which is in flight, has been sent again as a probe.</summary>
    public void OnLastResent(long now, long delivered)
    {
        Remove(ref _inFlight, End - 1);
        Renew(End - 1, now, delivered);
    }

    /// <summary>The one in flight that was sent before the others.</summary>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryGetOldest(out SentSegment segment)
    {
        segment = _inFlight.Count > 0 ? this[_inFlight.Head] : default;
        return _inFlight.Count > 0;
    }

    /// <summary>The one in flight that was sent before the others is lost.</summary>
    public void LoseOldest() => Lose(_inFlight.Head);

    /// <summary>The one at SND.UNA is lost, if it is in flight.</summary>
    public void LoseFirst()
    {
        if (_flightCount > 0 && this[_first].State == SentState.InFlight)
        {
            Lose(_first);
        }
    }

    public void Release(BufferPool pool)
    {
        if (_storage is not null)
        {
            pool.Return(_storage);
            _storage = null;
        }

        _flightCount = Sacked = SackedCount = Lost = 0;
        _inFlight.Count = _lost.Count = 0;
    }

    private void Lose(uint index)
    {
        Remove(ref _inFlight, index);
        this[index].State = SentState.Lost;
        Lost += this[index].End - StartOf(index);

        // What holds up the peer most goes first; between the others the order in which they were sent is good enough.
        if (_lost.Count > 0 && (int)(index - _lost.Head) < 0)
        {
            Prepend(ref _lost, index);
        }
        else
        {
            Append(ref _lost, index);
        }
    }

    private void Renew(uint index, long now, long delivered)
    {
        ref var segment = ref this[index];
        segment.State = SentState.InFlight;
        segment.IsRetransmitted = true;
        segment.SentAt = now;
        segment.Delivered = delivered;
        segment.IsApplicationLimited = false;
        Append(ref _inFlight, index);
    }

    /// <summary>Remembers one together with the last, which is as if both had been sent now.</summary>
    private bool Extend(in SentSegment segment, int segmentSize)
    {
        ref var last = ref this[End - 1];
        if (last.State != SentState.InFlight || last.IsRetransmitted || segment.End - StartOf(End - 1) > segmentSize)
        {
            return false;
        }

        last.End = segment.End;
        last.SentAt = segment.SentAt;
        last.Delivered = segment.Delivered;
        Remove(ref _inFlight, End - 1);
        Append(ref _inFlight, End - 1);
        return true;
    }

    /// <summary>A part of the first one was acknowledged.</summary>
    private void Trim(SequenceNumber unacknowledged, ref Delivery delivery)
    {
        var part = unacknowledged - _start;
        if (this[_first].State == SentState.Lost)
        {
            Lost -= part;
        }
        else if (this[_first].State == SentState.Sacked)
        {
            Sacked -= part;
        }

        if (this[_first].State != SentState.Sacked)
        {
            delivery.Bytes += part;
        }

        _start = unacknowledged;
    }

    private readonly SequenceNumber StartOf(uint index) => index == _first ? _start : this[index - 1].End;

    /// <summary>The first that begins at or after a sequence number.</summary>
    private readonly uint Find(SequenceNumber start)
    {
        var (low, high) = (0, _flightCount);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (StartOf(_first + (uint)middle) >= start)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return _first + (uint)low;
    }

    private void Grow(BufferPool pool)
    {
        var old = this;
        _storage = pool.Rent(Math.Max(1, Capacity * 2) * SizeOfSegment);
        if (old._storage is not null)
        {
            for (var index = _first; index != End; index++)
            {
                this[index] = old[index];
            }

            pool.Return(old._storage);
        }
    }
}
