namespace Mirage.Net.Virtual;

/// <summary>
/// What an <see cref="Offloading{TNetwork}"/> or an <see cref="OffloadingPackets{TDevice}"/> names. The caller writes here, since what is to be cut is larger than anything that the
/// device lends; frames of the device's are rented and filled when it is sent.
/// </summary>
internal sealed partial class OffloadingDevice<TDevice>(TDevice device)
    where TDevice : struct, IFrameDevice
{
    public const NetworkOffload Everything
        = NetworkOffload.SendChecksum | NetworkOffload.ReceiveChecksum | NetworkOffload.SendSegmentation | NetworkOffload.ReceiveCoalescing;

    private readonly byte[] _buffer = new byte[LargestFrame];
    private readonly int _maxLength = device.Mtu + TDevice.LinkHeaderSize;
    private OffloadCounters _counters;
    private long _sendDropped;
    private int _lent = -1;

    // What is left of a frame that was being cut when the device was full; 0 if nothing is.
    private int _cutLength;
    private int _cutSize;
    private int _cutNext;

    public TDevice Device => device;

    public OffloadCounters Offloaded => _counters;

    public NetworkCounters Counters
    {
        get
        {
            var counters = device.Counters;
            return counters with { SendDropped = counters.SendDropped + _sendDropped };
        }
    }

    private static bool HasEthernet => TDevice.LinkHeaderSize != 0;

    private static int LargestFrame => HasEthernet ? SegmentJoiner.LargestFrame : ushort.MaxValue;

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        frame = default;
        if (_lent >= 0)
        {
            throw new InvalidOperationException("a frame is lent already: send it or give it back before renting another");
        }

        if (length > LargestFrame)
        {
            return LendStatus.TooLarge;
        }

        var status = device.Rent(Math.Min(length, _maxLength), out _);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        device.Return();
        if (_cutLength != 0 && SendRest() == SendStatus.Full)
        {
            return LendStatus.Full;
        }

        _lent = length;
        frame = _buffer.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        CheckLent();
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TDevice.MinFrameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lent);
        if (info.SegmentSize == 0 && length > _maxLength)
        {
            throw new InvalidOperationException("a frame larger than the MTU has the size of the segments that it is to be cut into");
        }

        _lent = -1;
        return info.SegmentSize == 0 ? SendWhole(length, info) : SendCut(length, info.SegmentSize);
    }

    public void Return()
    {
        CheckLent();
        _lent = -1;
    }

    private SendStatus SendWhole(int length, in FrameInfo info)
    {
        var lend = device.Rent(length, out var frame);
        if (lend != LendStatus.Lent)
        {
            return Refuse(lend);
        }

        _buffer.AsSpan(0, length).CopyTo(frame);
        InternetChecksum.Complete(frame, info);
        var status = device.Send(length, new FrameInfo { Queue = info.Queue });
        if (status == SendStatus.Sent && info.Checksum == ChecksumState.Partial)
        {
            _counters = _counters with { ChecksumsCompleted = _counters.ChecksumsCompleted + 1 };
        }

        return status;
    }

    private SendStatus SendCut(int length, int segmentSize)
    {
        (_cutLength, _cutSize, _cutNext) = (length, segmentSize, 0);
        var status = SendRest();
        if (_cutLength != 0 && _cutNext == 0)
        {
            // Nothing of it has left: it is the caller's again.
            _cutLength = 0;
            return SendStatus.Full;
        }

        // What the device had no room for leaves later.
        return status == SendStatus.Full ? SendStatus.Sent : status;
    }

    /// <summary>Sends what is left of what is being cut. What the device loses, or does not take, is lost as on a wire.</summary>
    /// <returns>Full, if not everything has left; failed, if nothing of it did.</returns>
    private SendStatus SendRest()
    {
        var sent = 0;
        if (SegmentCutter.TryCreate(_buffer.AsSpan(0, _cutLength), HasEthernet, _cutSize, out var cutter))
        {
            for (; _cutNext < cutter.Count; _cutNext++)
            {
                var length = cutter.LengthOf(_cutNext);
                var lend = device.Rent(length, out var frame);
                var status = SendStatus.Failed;
                if (lend == LendStatus.Lent)
                {
                    cutter.Write(_cutNext, frame);
                    status = device.Send(length, default);
                }

                if (lend == LendStatus.Full || status == SendStatus.Full)
                {
                    return SendStatus.Full;
                }

                _sendDropped += lend == LendStatus.Lent ? 0 : 1;
                sent += status == SendStatus.Sent ? 1 : 0;
            }

            _counters = _counters with { FramesCut = _counters.FramesCut + 1, SegmentsCut = _counters.SegmentsCut + cutter.Count };
        }
        else
        {
            _sendDropped++;
        }

        _cutLength = 0;
        return sent > 0 ? SendStatus.Sent : SendStatus.Failed;
    }

    private SendStatus Refuse(LendStatus lend)
    {
        _sendDropped += lend == LendStatus.Full ? 0 : 1;
        return lend == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
    }

    private void CheckLent()
    {
        if (_lent < 0)
        {
            throw new InvalidOperationException("no frame is lent");
        }
    }
}
