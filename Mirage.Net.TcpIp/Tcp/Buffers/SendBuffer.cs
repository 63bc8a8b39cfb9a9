namespace Mirage.Net.TcpIp;

/// <summary>What the program wrote and the peer has not acknowledged: the byte at position 0 has the sequence number SND.UNA.</summary>
internal struct SendBuffer
{
    private ByteRing _ring;

    public int Length { get; private set; }

    /// <summary>Takes as much as there is room for.</summary>
    /// <returns>How many bytes.</returns>
    public int Append(BufferPool pool, ReadOnlySpan<byte> data, int limit)
    {
        var count = Math.Min(data.Length, limit - Length);
        if (count <= 0)
        {
            return 0;
        }

        _ring.Reserve(pool, Length + count, Length);
        _ring.CopyFrom(Length, data[..count]);
        Length += count;
        return count;
    }

    /// <summary>Copies bytes into a segment and adds them to its checksum.</summary>
    public readonly ulong CopyAndSum(int position, Span<byte> destination, ulong sum)
    {
        if (destination.IsEmpty)
        {
            return sum;
        }

        var first = _ring.Slice(position, destination.Length);
        if (first.Length == destination.Length)
        {
            return InternetChecksum.CopyAndSum(first, destination, sum);
        }

        // The two parts may meet at an odd byte, where sums cannot be added.
        _ring.CopyTo(position, destination);
        return InternetChecksum.Sum(destination, sum);
    }

    /// <summary>Copies bytes into a segment whose checksum is another's work.</summary>
    public readonly void Copy(int position, Span<byte> destination) => _ring.CopyTo(position, destination);

    public void Acknowledge(BufferPool pool, int count)
    {
        Length -= count;
        if (Length == 0)
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
        _ring.Release(pool);
    }
}
