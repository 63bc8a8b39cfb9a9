namespace Mirage.Net.TcpIp;

/// <summary>
/// Bytes in a ring whose storage is borrowed from a pool while there is anything in it. Positions count from the ring's start; which of them
/// hold data is the owner's to know. The storage's length is a power of two.
/// </summary>
internal struct ByteRing
{
    private byte[]? _storage;
    private int _start;

    public readonly int Capacity => _storage?.Length ?? 0;

    /// <summary>Makes room for positions up to a length, of which the first <paramref name="used"/> may hold data.</summary>
    public void Reserve(BufferPool pool, int length, int used)
    {
        if (length <= Capacity)
        {
            return;
        }

        var storage = pool.Rent(length);
        if (_storage is not null)
        {
            CopyTo(0, storage.AsSpan(0, used));
            pool.Return(_storage);
        }

        _storage = storage;
        _start = 0;
    }

    /// <summary>The bytes at a position, up to the end of the storage; the rest of them are at its beginning.</summary>
    public readonly Span<byte> Slice(int position, int length)
    {
        var index = (_start + position) & (_storage!.Length - 1);
        return _storage.AsSpan(index, Math.Min(length, _storage.Length - index));
    }

    public readonly void CopyFrom(int position, ReadOnlySpan<byte> source)
    {
        var first = Slice(position, source.Length);
        source[..first.Length].CopyTo(first);
        if (first.Length < source.Length)
        {
            source[first.Length..].CopyTo(_storage);
        }
    }

    public readonly void CopyTo(int position, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        var first = Slice(position, destination.Length);
        first.CopyTo(destination);
        if (first.Length < destination.Length)
        {
            _storage.AsSpan(0, destination.Length - first.Length).CopyTo(destination[first.Length..]);
        }
    }

    /// <summary>Moves the start forward.</summary>
    public void Advance(int count) => _start = (_start + count) & (Capacity - 1);

    /// <summary>Gives the storage back.</summary>
    public void Release(BufferPool pool)
    {
        if (_storage is not null)
        {
            pool.Return(_storage);
            _storage = null;
            _start = 0;
        }
    }
}
