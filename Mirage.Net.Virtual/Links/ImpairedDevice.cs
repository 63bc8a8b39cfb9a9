using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>What an <see cref="Impaired{TNetwork, TPlatform}"/> or an <see cref="ImpairedPackets{TDevice, TPlatform}"/> names: the device, the two directions of the link before it, and what is lent.</summary>
internal sealed partial class ImpairedDevice<TDevice, TPlatform> : IPollable
    where TDevice : struct, IFrameDevice
    where TPlatform : struct, IPlatform
{
    private readonly TDevice _device;
    private readonly TPlatform _platform;
    private readonly LinkDirection _out;
    private readonly LinkDirection _in;
    private readonly int _maxLength;

    // A cut ends here; "earliest" is no cut, "never" one without an end.
    private Instant _cutUntil = Instant.Earliest;
    private bool _disconnected;
    private long _polledAt = long.MinValue;
    private long _polledUntil = long.MaxValue;
    private long _receivedFrames;
    private long _receivedBytes;
    private long _sentFrames;
    private long _sentBytes;
    private long _sendDropped;

    public ImpairedDevice(TDevice device, TPlatform platform, LinkOptions outbound, LinkOptions inbound, ulong? seed)
    {
        _device = device;
        _platform = platform;
        _maxLength = device.Mtu + TDevice.LinkHeaderSize;
        var pools = new FramePools();
        var seeds = new SeededRandom(seed ?? Draw(platform));
        _out = new LinkDirection(outbound, seeds.Next(), pools, TDevice.LinkHeaderSize, _maxLength);
        _in = new LinkDirection(inbound, seeds.Next(), pools, TDevice.LinkHeaderSize, int.MaxValue);
        platform.Attach(this);
    }

    public TDevice Device => _device;

    public LinkDirection Outbound => _out;

    public LinkDirection Inbound => _in;

    public NetworkCounters Counters
    {
        get
        {
            var counters = _device.Counters;
            return new NetworkCounters
            {
                ReceivedFrames = _receivedFrames,
                ReceivedBytes = _receivedBytes,
                SentFrames = _sentFrames,
                SentBytes = _sentBytes,
                ReceiveDropped = counters.ReceiveDropped,
                SendDropped = counters.SendDropped + _sendDropped,
            };
        }
    }

    public bool IsCut => _cutUntil != Instant.Earliest && _platform.Now < _cutUntil;

    public void CutUntil(Instant end)
    {
        _platform.CheckOnLoop();
        _cutUntil = end;
    }

    public void CutFor(TimeSpan time) => CutUntil(_platform.Now + time);

    /// <summary>Sends what is due, takes in what has come, and says when the next frame arrives at either end.</summary>
    public PollResult Poll(Instant now, int budget)
    {
        // What happens in here is in what is returned: the loop need not be woken for it.
        _polledUntil = long.MinValue;
        SendDue(now);
        var taken = TakeIn(now, budget);
        var (outbound, inbound) = (_isFull ? long.MaxValue : _out.Schedule.Next, _in.Schedule.Next);

        // What has just become due is for the next turn, if whoever receives was polled before this. If nobody receives, it is not told again.
        var due = inbound <= now.Nanoseconds;
        var isNew = due && (taken > 0 || inbound > _polledAt);
        _polledAt = now.Nanoseconds;
        _polledUntil = Math.Min(outbound, due ? long.MaxValue : inbound);
        return new PollResult(taken == budget || isNew, new Instant(_polledUntil));
    }

    public ValueTask DisconnectAsync()
    {
        _platform.CheckOnLoop();
        if (_disconnected)
        {
            return default;
        }

        _disconnected = true;
        _platform.Detach(this);
        _out.Clear();
        _in.Clear();
        return _device.DisconnectAsync();
    }

    private static ulong Draw(TPlatform platform)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Makes the loop come back in time for a frame that arrives before what the last <see cref="Poll"/> said.</summary>
    private void Expect(long arrival)
    {
        if (arrival < _polledUntil)
        {
            _polledUntil = arrival;
            _platform.Wake();
        }
    }

    [DoesNotReturn]
    private static void ThrowLent() => throw new InvalidOperationException("a frame is lent already: send it or give it back before renting another");

    [DoesNotReturn]
    private static void ThrowNotLent() => throw new InvalidOperationException("no frame is lent");

    [DoesNotReturn]
    private static void ThrowReceiving() => throw new InvalidOperationException("a frame handler must not receive from the device that calls it");

    [DoesNotReturn]
    private static void ThrowOffload()
        => throw new InvalidOperationException("an impaired device completes no checksum and cuts no segments: its link carries what was on a wire; see its Offload");
}
