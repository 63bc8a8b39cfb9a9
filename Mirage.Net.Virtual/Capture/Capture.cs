namespace Mirage.Net.Virtual;

/// <summary>
/// What a <see cref="Captured{TNetwork, TPlatform}"/> or a <see cref="CapturedPackets{TDevice, TPlatform}"/> names: the device, the writer, and the frame that is
/// lent. The span that the device lends cannot be kept until it is sent, so the caller writes here, and the device's own frame is rented and filled at the last
/// moment.
/// </summary>
internal sealed class Capture<TDevice, TPlatform>
    where TDevice : struct, IFrameDevice
    where TPlatform : struct, IPlatform
{
    private const long NanosecondsPerTick = 100;

    private readonly TPlatform _platform;
    private readonly uint _interface;
    private readonly long _epoch;
    private byte[] _buffer;
    private int _lent = -1;
    private long _sendDropped;

    public Capture(TDevice device, TPlatform platform, PcapngWriter writer, uint networkInterface)
    {
        Device = device;
        Writer = writer;
        _platform = platform;
        _interface = networkInterface;
        _buffer = new byte[device.Mtu + TDevice.LinkHeaderSize];
        _epoch = ((platform.UtcNow.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick) - platform.Now.Nanoseconds;
    }

    public TDevice Device { get; }

    public PcapngWriter Writer { get; }

    public NetworkCounters Counters
    {
        get
        {
            var counters = Device.Counters;
            return counters with { SendDropped = counters.SendDropped + _sendDropped };
        }
    }

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        _platform.CheckOnLoop();
        frame = default;
        if (_lent >= 0)
        {
            throw new InvalidOperationException("a frame is lent already: send it or give it back before renting another");
        }

        var status = Device.Rent(length, out _);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        Device.Return();
        if (length > _buffer.Length)
        {
            _buffer = new byte[length];
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
        if ((info.Checksum == ChecksumState.Partial && (TDevice.Offload & NetworkOffload.SendChecksum) == 0)
            || (info.SegmentSize != 0 && (TDevice.Offload & NetworkOffload.SendSegmentation) == 0))
        {
            throw new InvalidOperationException("the device does not offload what the frame asks; see Offload");
        }

        _lent = -1;
        var lend = Device.Rent(length, out var frame);
        if (lend != LendStatus.Lent)
        {
            _sendDropped += lend == LendStatus.Full ? 0 : 1;
            return lend == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        var written = _buffer.AsSpan(0, length);
        written.CopyTo(frame);
        var status = Device.Send(length, in info);
        if (status == SendStatus.Sent)
        {
            Write(CaptureDirection.Outbound, written, in info);
        }

        return status;
    }

    public void Return()
    {
        CheckLent();
        _lent = -1;
    }

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => Device.Receive(budget, new CapturingHandler<THandler>(this, handler));

    public async ValueTask DisconnectAsync()
    {
        await Device.DisconnectAsync().ConfigureAwait(true);
        Writer.Flush();
    }

    private void Write(CaptureDirection direction, ReadOnlySpan<byte> frame, in FrameInfo info)
        => Writer.Write(_interface, _epoch + _platform.Now.Nanoseconds, direction, frame, in info);

    private void CheckLent()
    {
        if (_lent < 0)
        {
            throw new InvalidOperationException("no frame is lent");
        }
    }

    private readonly struct CapturingHandler<THandler>(Capture<TDevice, TPlatform> capture, THandler handler) : IFrameHandler
        where THandler : struct, IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            capture.Write(CaptureDirection.Inbound, frame, in info);
            handler.OnFrame(frame, in info);
        }
    }
}
