namespace Mirage.Net.Virtual;

internal sealed partial class ImpairedDevice<TDevice, TPlatform>
{
    private bool _receiving;

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        if (_receiving)
        {
            ThrowReceiving();
        }

        _platform.CheckOnLoop();
        if (_disconnected)
        {
            return 0;
        }

        var now = _platform.Now;
        _ = TakeIn(now, budget);
        var schedule = _in.Schedule;
        if (schedule.Next > now.Nanoseconds)
        {
            return 0;
        }

        var count = 0;
        _receiving = true;
        try
        {
            while (count < budget && schedule.Next <= now.Nanoseconds)
            {
                var frame = schedule.Peek();
                schedule.Remove();
                if (IsCut)
                {
                    _in.Finish(frame.Buffer, DeliveryStatus.Cut);
                    continue;
                }

                count++;
                _receivedFrames++;
                _receivedBytes += frame.Length;
                handler.OnFrame(frame.Buffer.AsSpan(0, frame.Length), in frame.Info);
                _in.Finish(frame.Buffer, DeliveryStatus.Delivered);
            }
        }
        finally
        {
            _receiving = false;
        }

        if (schedule.Next > now.Nanoseconds)
        {
            Expect(schedule.Next);
        }

        return count;
    }

    // The time at which a frame comes out counts from when it came in, so it is taken from the device even if nobody receives.
    private int TakeIn(Instant now, int budget)
    {
        var taken = _device.Receive(budget, new Intake(this, now.Nanoseconds));
        if (taken > 0)
        {
            Expect(_in.Schedule.Next);
        }

        return taken;
    }

    private readonly struct Intake(ImpairedDevice<TDevice, TPlatform> device, long now) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            var buffer = device._in.Rent(frame.Length);
            frame.CopyTo(buffer);
            device._in.Enter(buffer, frame.Length, in info, now, device.IsCut);
        }
    }
}
