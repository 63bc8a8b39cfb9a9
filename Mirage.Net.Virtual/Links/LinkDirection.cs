namespace Mirage.Net.Virtual;

/// <summary>One direction of a link: what becomes of each frame that enters it, and when it arrives.</summary>
internal sealed class LinkDirection
{
    private readonly SeededRandom _random;
    private readonly FramePools _pools;
    private readonly DropTailQueue _queue = new();
    private readonly int _headerSize;
    private readonly int _maxLength;
    private LinkOptions _options;
    private ulong _loss;
    private ulong _duplication;
    private ulong _reordering;
    private ulong _corruption;
    private ulong _refusal;
    private (ulong Enter, ulong Leave, ulong Bad, ulong Good) _burst;
    private bool _isBad;
    private bool _hasBursts;
    private long _lastArrival = long.MinValue;
    private Counts _counts;

    /// <summary>A direction without frames.</summary>
    /// <param name="options">What it does.</param>
    /// <param name="seed">Where its chances start.</param>
    /// <param name="pools">Where buffers come from.</param>
    /// <param name="headerSize">How many bytes of a frame come before the packet.</param>
    /// <param name="maxLength">The longest frame that may come out if bytes are put behind it.</param>
    public LinkDirection(LinkOptions options, ulong seed, FramePools pools, int headerSize, int maxLength)
    {
        _random = new SeededRandom(seed);
        _pools = pools;
        _headerSize = headerSize;
        _maxLength = maxLength;
        _options = options;
        Options = options;
    }

    public LinkOptions Options
    {
        get => _options;
        set
        {
            _options = value;
            _loss = Threshold(value.Loss);
            _duplication = Threshold(value.Duplication);
            _reordering = Threshold(value.Reordering);
            _corruption = Threshold(value.Corruption);
            _refusal = Threshold(value.Refusal);
            var burst = value.BurstLoss;
            _burst = (Threshold(burst.Enter), Threshold(burst.Leave), Threshold(burst.BadLoss), Threshold(burst.GoodLoss));
            _hasBursts = burst != default;
            _isBad &= _hasBursts;
        }
    }

    public FrameSchedule Schedule { get; } = new();

    public LinkCounters Counters => new()
    {
        Frames = _counts.Frames,
        Bytes = _counts.Bytes,
        Delivered = _counts.Delivered,
        InFlight = Schedule.Count,
        LongestQueue = _queue.LongestBytes,
        Lost = _counts.Lost,
        BurstLost = _counts.BurstLost,
        QueueFull = _counts.QueueFull,
        Overflow = _counts.Overflow,
        Cut = _counts.Cut,
        TooLarge = _counts.TooLarge,
        Failed = _counts.Failed,
        Duplicated = _counts.Duplicated,
        Reordered = _counts.Reordered,
        Corrupted = _counts.Corrupted,
        Marked = _counts.Marked,
        Extended = _counts.Extended,
        Refused = _counts.Refused,
    };

    /// <summary>Whether the device says this time that it is full.</summary>
    public bool Refuses()
    {
        if (_refusal == 0 || !Chance(_refusal))
        {
            return false;
        }

        _counts.Refused++;
        return true;
    }

    /// <summary>Lends a buffer that has room for what may be put behind a frame.</summary>
    public byte[] Rent(int length) => _pools.Rent(length + _options.TrailingBytes);

    public void GiveBack(byte[] buffer) => _pools.Return(buffer);

    /// <summary>Takes a frame in a buffer from <see cref="Rent"/>, which is the link's from now on.</summary>
    public void Enter(byte[] buffer, int length, in FrameInfo info, long now, bool isCut)
    {
        _counts.Frames++;
        _counts.Bytes += length;
        if (isCut)
        {
            _counts.Cut++;
            GiveBack(buffer);
        }
        else if (_options.Mtu != 0 && length > _options.Mtu + _headerSize)
        {
            _counts.TooLarge++;
            GiveBack(buffer);
        }
        else if (IsLost(length))
        {
            GiveBack(buffer);
        }
        else
        {
            if (_duplication != 0 && Chance(_duplication))
            {
                _counts.Duplicated++;
                var copy = Rent(length);
                buffer.AsSpan(0, length).CopyTo(copy);
                Travel(copy, length, in info, now);
            }

            Travel(buffer, length, in info, now);
        }
    }

    /// <summary>Ends the way of the next frame, of at least one, and gives its buffer back.</summary>
    public void Finish(byte[] buffer, DeliveryStatus status)
    {
        switch (status)
        {
            case DeliveryStatus.Delivered:
                _counts.Delivered++;
                break;
            case DeliveryStatus.Cut:
                _counts.Cut++;
                break;
            default:
                _counts.Failed++;
                break;
        }

        GiveBack(buffer);
    }

    /// <summary>Drops all that is under way: the link is no more.</summary>
    public void Clear()
    {
        while (Schedule.Count > 0)
        {
            var frame = Schedule.Peek();
            Schedule.Remove();
            Finish(frame.Buffer, DeliveryStatus.Failed);
        }
    }

    private static ulong Threshold(double chance) => chance >= 1 ? ulong.MaxValue : (ulong)(chance * 18_446_744_073_709_551_616.0);

    private static long Nanoseconds(TimeSpan time) => time.Ticks * 100;

    private bool Chance(ulong threshold) => _random.Next() < threshold || threshold == ulong.MaxValue;

    private bool IsLost(int length)
    {
        if (_loss != 0 && length <= _options.LossMaxLength && Chance(_loss))
        {
            _counts.Lost++;
            return true;
        }

        if (!_hasBursts)
        {
            return false;
        }

        _isBad ^= Chance(_isBad ? _burst.Leave : _burst.Enter);
        if (!Chance(_isBad ? _burst.Bad : _burst.Good))
        {
            return false;
        }

        _counts.BurstLost++;
        return true;
    }

    private void Travel(byte[] buffer, int length, in FrameInfo info, long now)
    {
        var known = info;
        if (_corruption != 0 && length > _headerSize && Chance(_corruption))
        {
            _counts.Corrupted++;
            known = Settle(buffer, length, in info);
            buffer[_headerSize + _random.Below(length - _headerSize)] ^= (byte)(1 << _random.Below(8));
        }

        if (_options.TrailingBytes != 0)
        {
            length = Extend(buffer, length, ref known);
        }

        var leaves = now;
        if (Schedule.Count >= _options.MaxInFlight)
        {
            _counts.Overflow++;
            GiveBack(buffer);
        }
        else if (_options.Rate != 0 && !_queue.TryEnter(_options, now, length, out leaves))
        {
            _counts.QueueFull++;
            GiveBack(buffer);
        }
        else
        {
            if (_options.Rate != 0 && _queue.Bytes > _options.MarkAt && CongestionMark.TrySet(buffer.AsSpan(0, length), _headerSize))
            {
                _counts.Marked++;
            }

            Arrive(new ScheduledFrame { At = leaves + Nanoseconds(_options.Delay), Buffer = buffer, Length = length, Info = known });
        }
    }

    private void Arrive(ScheduledFrame frame)
    {
        if (_options.Jitter != TimeSpan.Zero)
        {
            frame.At += _random.UpTo(Nanoseconds(_options.Jitter));
        }

        // In order even if the delay was made shorter meanwhile.
        frame.At = _lastArrival = Math.Max(frame.At, _lastArrival);
        if (_reordering != 0 && Chance(_reordering))
        {
            _counts.Reordered++;
            frame.At += _random.UpTo(Nanoseconds(_options.ReorderingDelay));
            Schedule.Hold(in frame);
        }
        else
        {
            Schedule.Add(in frame);
        }
    }

    private int Extend(byte[] buffer, int length, ref FrameInfo info)
    {
        var more = Math.Min(_random.Below(_options.TrailingBytes + 1), Math.Min(_maxLength, buffer.Length) - length);
        if (more <= 0)
        {
            return length;
        }

        _counts.Extended++;
        info = Settle(buffer, length, in info);
        _random.Fill(buffer.AsSpan(length, more));
        return length + more;
    }

    // A frame that is changed no longer is what its device knows of it: the receiver must check.
    private static FrameInfo Settle(byte[] buffer, int length, in FrameInfo info)
    {
        InternetChecksum.Complete(buffer.AsSpan(0, length), in info);
        return new FrameInfo { SegmentSize = info.SegmentSize, Queue = info.Queue };
    }

    private struct Counts
    {
        public long Frames;
        public long Bytes;
        public long Delivered;
        public long Lost;
        public long BurstLost;
        public long QueueFull;
        public long Overflow;
        public long Cut;
        public long TooLarge;
        public long Failed;
        public long Duplicated;
        public long Reordered;
        public long Corrupted;
        public long Marked;
        public long Extended;
        public long Refused;
    }
}

/// <summary>What became of a frame at the end of its way.</summary>
internal enum DeliveryStatus
{
    Delivered,
    Cut,
    Failed,
}
