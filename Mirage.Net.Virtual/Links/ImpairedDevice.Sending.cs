namespace Mirage.Net.Virtual;

internal sealed partial class ImpairedDevice<TDevice, TPlatform>
{
    private byte[]? _lent;
    private int _lentLength;

    // The device lent nothing: the next frame waits, and the device wakes the loop when there is room.
    private bool _isFull;

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        _platform.CheckOnLoop();
        frame = default;
        if (_lent is not null)
        {
            ThrowLent();
        }

        if (_disconnected || !_device.Failure.IsNone)
        {
            return LendStatus.Disconnected;
        }

        if (length > _maxLength)
        {
            return LendStatus.TooLarge;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, TDevice.MinFrameLength);
        if (_isFull)
        {
            SendDue(_platform.Now);
            if (_isFull)
            {
                return LendStatus.Full;
            }
        }

        if (_out.Refuses())
        {
            // There is room at once.
            _platform.Wake();
            return LendStatus.Full;
        }

        _lent = _out.Rent(length);
        _lentLength = length;
        frame = _lent.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        if (_lent is not { } buffer)
        {
            ThrowNotLent();
            return SendStatus.Failed;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, TDevice.MinFrameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lentLength);
        if (info.Checksum == ChecksumState.Partial || info.SegmentSize != 0)
        {
            ThrowOffload();
        }

        _lent = null;
        if (_disconnected || !_device.Failure.IsNone)
        {
            _sendDropped++;
            _out.GiveBack(buffer);
            return SendStatus.Failed;
        }

        _sentFrames++;
        _sentBytes += length;
        var now = _platform.Now;
        _out.Enter(buffer, length, in info, now.Nanoseconds, IsCut);
        SendDue(now);
        if (!_isFull)
        {
            Expect(_out.Schedule.Next);
        }

        return SendStatus.Sent;
    }

    public void Return()
    {
        if (_lent is null)
        {
            ThrowNotLent();
        }

        _out.GiveBack(_lent);
        _lent = null;
    }

    private void SendDue(Instant now)
    {
        var schedule = _out.Schedule;
        _isFull = false;
        while (schedule.Next <= now.Nanoseconds)
        {
            var frame = schedule.Peek();
            var status = IsCut ? DeliveryStatus.Cut : Pass(in frame);
            if (_isFull)
            {
                return;
            }

            schedule.Remove();
            _out.Finish(frame.Buffer, status);
        }
    }

    private DeliveryStatus Pass(in ScheduledFrame frame)
    {
        var lend = _device.Rent(frame.Length, out var span);
        if (lend == LendStatus.Lent)
        {
            frame.Buffer.AsSpan(0, frame.Length).CopyTo(span);
            switch (_device.Send(frame.Length, in frame.Info))
            {
                case SendStatus.Sent:
                    return DeliveryStatus.Delivered;
                case SendStatus.Failed:
                    return DeliveryStatus.Failed;
            }
        }

        _isFull = lend is LendStatus.Lent or LendStatus.Full;
        _sendDropped += _isFull ? 0 : 1;
        return DeliveryStatus.Failed;
    }
}
