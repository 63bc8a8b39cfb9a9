namespace Mirage.Net.Virtual;

internal sealed partial class OffloadingDevice<TDevice>
{
    private readonly SegmentJoiner _joiner = new(HasEthernet);
    private bool _receiving;

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        if (_receiving)
        {
            throw new InvalidOperationException("a frame handler must not receive from the device that calls it");
        }

        _receiving = true;
        try
        {
            var count = device.Receive(budget, new Collector<THandler>(this, handler));
            Deliver(handler);

            // The device wakes its loop when there is room again, and whoever runs on it looks here.
            if (_cutLength != 0 && _lent < 0)
            {
                _ = SendRest();
            }

            return count;
        }
        finally
        {
            _receiving = false;
        }
    }

    private void Take<THandler>(ReadOnlySpan<byte> frame, in FrameInfo info, THandler handler)
        where THandler : struct, IFrameHandler
    {
        if (info.Checksum == ChecksumState.Partial || info.SegmentSize != 0
            || !TcpPacket.TryParse(frame, HasEthernet, out var packet)
            || !IsIntact(frame, packet, info))
        {
            Deliver(handler);
            handler.OnFrame(frame, info);
            return;
        }

        if (!SegmentJoiner.IsJoinable(frame, packet))
        {
            Deliver(handler);
            handler.OnFrame(frame, new FrameInfo { Checksum = ChecksumState.Valid, Queue = info.Queue });
            return;
        }

        if (!_joiner.TryAdd(frame, packet))
        {
            Deliver(handler);
            _joiner.Begin(frame, packet);
        }

        if (_joiner.IsFull)
        {
            Deliver(handler);
        }
    }

    private bool IsIntact(ReadOnlySpan<byte> frame, in TcpPacket packet, in FrameInfo info)
    {
        if (info.Checksum == ChecksumState.Valid)
        {
            return true;
        }

        var isValid = packet.HasValidChecksums(frame);
        _counters = _counters with { ChecksumsVerified = _counters.ChecksumsVerified + (isValid ? 1 : 0) };
        return isValid;
    }

    /// <summary>Delivers what is held.</summary>
    private void Deliver<THandler>(THandler handler)
        where THandler : struct, IFrameHandler
    {
        var count = _joiner.Count;
        if (count == 0)
        {
            return;
        }

        if (count > 1)
        {
            _counters = _counters with { FramesJoined = _counters.FramesJoined + 1, SegmentsJoined = _counters.SegmentsJoined + count };
        }

        handler.OnFrame(_joiner.Frame, _joiner.End());
    }

    private readonly struct Collector<THandler>(OffloadingDevice<TDevice> owner, THandler handler) : IFrameHandler
        where THandler : struct, IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => owner.Take(frame, info, handler);
    }
}
