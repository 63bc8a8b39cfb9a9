namespace Mirage.Net.TcpIp;

/// <summary>
/// A datagram of which fragments are missing. What arrives is kept in the order of arrival in one buffer that grows with it, so that memory follows what was
/// received and not what a forged offset claims.
/// </summary>
internal sealed class PartialDatagram
{
    private const int SmallestTable = 8;

    // Enough for the largest datagram over Ethernet: what is used again has it already.
    private const int LargestKeptTable = 64;

    // By offset, without overlaps.
    private Run[] _runs = new Run[SmallestTable];
    private int _count;
    private byte[] _buffer = [];
    private int _used;
    private int _received;
    private int _total;
    private int _headerLength;
    private int _headerPosition;
    private byte _ecn;

    public FragmentKey Key { get; private set; }

    public Instant ExpiresAt { get; private set; }

    /// <summary>Fragments contradicted each other: what else arrives of it is dropped (RFC 5722 §4).</summary>
    public bool IsRefused { get; private set; }

    public int Count => _count;

    /// <summary>The bytes that it holds, with what it costs to hold them.</summary>
    public long Held => _buffer.Length + (_runs.Length * Run.Size) + Overhead;

    public bool IsComplete => _received == _total;

    /// <summary>RFC 3168 §5.3: congestion seen by a fragment was seen by the datagram; a mixture with fragments that are not capable of it is refused.</summary>
    public bool IsCongested => (_ecn & 0b1000) != 0;

    public int Length => _headerLength + _total;

    public int HeaderLength => _headerLength;

    /// <summary>The first fragment with its header; empty if it has not arrived.</summary>
    public ReadOnlySpan<byte> First => _headerLength > 0 ? _buffer.AsSpan(_headerPosition, _headerLength + _runs[0].Length) : default;

    /// <summary>About what an object with its table entries takes.</summary>
    private static int Overhead => 256;

    public void Start(in FragmentKey key, Instant expiresAt)
    {
        Key = key;
        ExpiresAt = expiresAt;
        _total = int.MaxValue;
    }

    /// <summary>How many more bytes are needed to keep a fragment.</summary>
    public long Growth(int length)
        => (_used + length > _buffer.Length ? BufferPool.LengthFor(_used + length) - _buffer.Length : 0) + (_count == _runs.Length ? _runs.Length * Run.Size : 0);

    /// <summary>Keeps a fragment, if it is new and agrees with the others.</summary>
    public FragmentStatus Add(in FragmentPlace place, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, BufferPool buffers)
    {
        var end = place.Offset + payload.Length;
        var index = FindIndex(place.Offset);
        if (index < _count && _runs[index].Offset == place.Offset && _runs[index].Length == payload.Length && place.IsLast == (end == _total)
            && payload.SequenceEqual(_buffer.AsSpan(_runs[index].Position, payload.Length)))
        {
            return FragmentStatus.Duplicate;
        }

        var ecn = (byte)(_ecn | (1 << (place.TrafficClass & 3)));
        if ((index > 0 && _runs[index - 1].End > place.Offset) || (index < _count && _runs[index].Offset < end)
            || end > _total || (place.IsLast && (_total != int.MaxValue || index < _count)) || (ecn & 0b1001) == 0b1001)
        {
            Refuse(buffers);
            return FragmentStatus.Refused;
        }

        _ecn = ecn;
        _total = place.IsLast ? end : _total;
        Insert(index, place.Offset, place.Offset == 0 ? header : default, payload, buffers);
        return IsComplete ? FragmentStatus.Complete : FragmentStatus.Kept;
    }

    /// <summary>Writes the first fragment's header and the whole payload.</summary>
    public void CopyTo(Span<byte> datagram)
    {
        _buffer.AsSpan(_headerPosition, _headerLength).CopyTo(datagram);
        foreach (ref readonly var run in _runs.AsSpan(0, _count))
        {
            _buffer.AsSpan(run.Position, run.Length).CopyTo(datagram[(_headerLength + run.Offset)..]);
        }
    }

    /// <summary>Gives everything back; it may be started again.</summary>
    public void Clear(BufferPool buffers)
    {
        Release(buffers);
        IsRefused = false;
    }

    private void Refuse(BufferPool buffers)
    {
        Release(buffers);
        IsRefused = true;
    }

    private void Release(BufferPool buffers)
    {
        if (_buffer.Length > 0)
        {
            buffers.Return(_buffer);
        }

        if (_runs.Length > LargestKeptTable)
        {
            _runs = new Run[SmallestTable];
        }

        _buffer = [];
        _count = _used = _received = _headerLength = _headerPosition = 0;
        _total = int.MaxValue;
        _ecn = 0;
    }

    /// <summary>Where a fragment at an offset is, or would be put. They mostly arrive in order.</summary>
    private int FindIndex(int offset)
    {
        if (_count == 0 || _runs[_count - 1].Offset < offset)
        {
            return _count;
        }

        var (low, high) = (0, _count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _runs[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Insert(int index, int offset, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, BufferPool buffers)
    {
        EnsureRoom(header.Length + payload.Length, buffers);
        if (!header.IsEmpty)
        {
            header.CopyTo(_buffer.AsSpan(_used));
            (_headerPosition, _headerLength) = (_used, header.Length);
            _used += header.Length;
        }

        payload.CopyTo(_buffer.AsSpan(_used));
        if (_count == _runs.Length)
        {
            Array.Resize(ref _runs, _count * 2);
        }

        _runs.AsSpan(index, _count - index).CopyTo(_runs.AsSpan(index + 1));
        _runs[index] = new Run(offset, payload.Length, _used);
        _count++;
        _used += payload.Length;
        _received += payload.Length;
    }

    private void EnsureRoom(int length, BufferPool buffers)
    {
        if (_used + length > _buffer.Length)
        {
            var larger = buffers.Rent(_used + length);
            if (_buffer.Length > 0)
            {
                _buffer.AsSpan(0, _used).CopyTo(larger);
                buffers.Return(_buffer);
            }

            _buffer = larger;
        }
    }

    private readonly struct Run(int offset, int length, int position)
    {
        public const int Size = 3 * sizeof(int);

        public int Offset { get; } = offset;

        public int Length { get; } = length;

        public int Position { get; } = position;

        public int End => Offset + Length;
    }
}
