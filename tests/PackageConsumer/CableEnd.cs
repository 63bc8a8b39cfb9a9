using Mirage;

/// <summary>An end of the cable: the frame that is lent, and a ring of those that arrived. The frames' memory is allocated once.</summary>
internal sealed class CableEnd
{
    private const int HeaderSize = 14;
    private const int Capacity = 256;

    private readonly Loop _loop;
    private readonly byte[][] _ring = new byte[Capacity][];
    private readonly int[] _lengths = new int[Capacity];
    private readonly byte[] _writing;
    private CableEnd _other = null!;
    private int _lent;
    private bool _receiving;
    private uint _head;
    private uint _tail;
    private NetworkCounters _counters;

    private CableEnd(Loop loop, MacAddress mac, int mtu)
    {
        (_loop, Mac, Mtu) = (loop, mac, mtu);
        _writing = new byte[mtu + HeaderSize];
        for (var i = 0; i < Capacity; i++)
        {
            _ring[i] = new byte[mtu + HeaderSize];
        }
    }

    public MacAddress Mac { get; }

    public int Mtu { get; }

    public bool IsConnected { get; private set; } = true;

    public NetworkCounters Counters => _counters;

    public static (CableEnd A, CableEnd B) CreatePair(Loop loop, int mtu)
    {
        var (a, b) = (new CableEnd(loop, MacAddress.Local(1), mtu), new CableEnd(loop, MacAddress.Local(2), mtu));
        (a._other, b._other) = (b, a);
        return (a, b);
    }

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        _loop.CheckOnLoop();
        frame = default;
        if (_lent != 0)
        {
            throw new InvalidOperationException("a frame is lent already");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, HeaderSize);
        if (!IsConnected)
        {
            return LendStatus.Disconnected;
        }

        if (length > Mtu + HeaderSize)
        {
            return LendStatus.TooLarge;
        }

        if (_other._tail - _other._head == Capacity)
        {
            return LendStatus.Full;
        }

        _lent = length;
        frame = _writing.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        CheckLent();
        ArgumentOutOfRangeException.ThrowIfLessThan(length, HeaderSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lent);
        if (info.Checksum == ChecksumState.Partial || info.SegmentSize != 0)
        {
            throw new InvalidOperationException("this device completes no checksums and cuts no segments");
        }

        _lent = 0;
        if (!IsConnected || !_other.IsConnected)
        {
            _counters = _counters with { SendDropped = _counters.SendDropped + 1 };
            return SendStatus.Failed;
        }

        _other.Arrive(_writing.AsSpan(0, length));
        _counters = _counters with { SentFrames = _counters.SentFrames + 1, SentBytes = _counters.SentBytes + length };
        return SendStatus.Sent;
    }

    public void Return()
    {
        CheckLent();
        _lent = 0;
    }

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        _loop.CheckOnLoop();
        if (_receiving)
        {
            throw new InvalidOperationException("a frame handler must not receive from the device that calls it");
        }

        var count = 0;
        _receiving = true;
        try
        {
            for (; count < budget && _head != _tail; count++)
            {
                var slot = _head % Capacity;
                var length = _lengths[slot];
                _counters = _counters with { ReceivedFrames = _counters.ReceivedFrames + 1, ReceivedBytes = _counters.ReceivedBytes + length };
                try
                {
                    handler.OnFrame(_ring[slot].AsSpan(0, length), default);
                }
                finally
                {
                    // The slot is free only after the handler has seen it, even if it throws.
                    _head++;
                }
            }
        }
        finally
        {
            _receiving = false;
        }

        if (count > 0)
        {
            // Whoever found the cable full may go on.
            _loop.Wake();
        }

        return count;
    }

    public void Disconnect()
    {
        IsConnected = false;
        _head = _tail;
    }

    private void Arrive(ReadOnlySpan<byte> frame)
    {
        var slot = _tail % Capacity;
        frame.CopyTo(_ring[slot]);
        _lengths[slot] = frame.Length;
        _tail++;
        _loop.Wake();
    }

    private void CheckLent()
    {
        if (_lent == 0)
        {
            throw new InvalidOperationException("no frame is lent");
        }
    }
}
