namespace Mirage.Net.Virtual;

/// <summary>
/// What a <see cref="Captured{TNetwork, TPlatform}"/> or a <see cref="CapturedPackets{TDevice, TPlatform}"/> names: the device, the writer, and the frame that is
/// lent. The span that the device lends cannot be kept until it is sent, so the caller writes here, and the device's own frame is rented and filled at the last
/// moment.
/// </summary>
internal sealed class Capture<TLender, TPlatform>
    where TLender : struct, ILender
    where TPlatform : struct, IPlatform
{
    private const long NanosecondsPerTick = 100;

    private readonly TPlatform _platform;
    private readonly uint _interface;
    private readonly long _epoch;
    private byte[] _buffer;
    private int _lent = -1;
    private long _sendDropped;

    public Capture(TLender lender, TPlatform platform, PcapngWriter writer, uint networkInterface)
    {
        Lender = lender;
        Writer = writer;
        _platform = platform;
        _interface = networkInterface;
        _buffer = new byte[lender.MaxLength];
        _epoch = ((platform.UtcNow.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick) - platform.Now.Nanoseconds;
    }

    public TLender Lender { get; }

    public PcapngWriter Writer { get; }

    public NetworkCounters Counters
    {
        get
        {
            var counters = Lender.Counters;
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

        var status = Lender.Rent(length, out _);
        if (status != LendStatus.Lent)
        {
            return status;
        }

        Lender.Return();
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
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TLender.MinLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lent);
        if ((info.Checksum == ChecksumState.Partial && (TLender.Offload & NetworkOffload.SendChecksum) == 0)
            || (info.SegmentSize != 0 && (TLender.Offload & NetworkOffload.SendSegmentation) == 0))
        {
            throw new InvalidOperationException("the device does not offload what the frame asks; see Offload");
        }

        _lent = -1;
        var lend = Lender.Rent(length, out var frame);
        if (lend != LendStatus.Lent)
        {
            _sendDropped += lend == LendStatus.Full ? 0 : 1;
            return lend == LendStatus.Full ? SendStatus.Full : SendStatus.Failed;
        }

        var written = _buffer.AsSpan(0, length);
        written.CopyTo(frame);
        var status = Lender.Send(length, in info);
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

    public void Write(CaptureDirection direction, ReadOnlySpan<byte> frame, in FrameInfo info)
        => Writer.Write(_interface, _epoch + _platform.Now.Nanoseconds, direction, frame, in info);

    private void CheckLent()
    {
        if (_lent < 0)
        {
            throw new InvalidOperationException("no frame is lent");
        }
    }
}
