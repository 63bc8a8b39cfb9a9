using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Mirage.Net.Virtual;

internal enum EnqueueStatus
{
    Queued,
    QueueFull,
    TooLarge,
}

/// <summary>What a device in memory has: the one frame that is lent, and the ring of those received. A frame is what the device carries, an IP packet perhaps.</summary>
/// <param name="loop">The loop of the device.</param>
/// <param name="pool">Where the frames that it lends come from.</param>
/// <param name="minLength">The least length of a frame in bytes.</param>
/// <param name="queueLength">How many received frames wait.</param>
/// <param name="device">The public type of the device, for messages.</param>
internal abstract class VirtualEndpoint(Loop loop, FramePool pool, int minLength, int queueLength, string device)
{
    private readonly Received[] _ring = new Received[BitOperations.RoundUpToPowerOf2((uint)queueLength)];
    private readonly int _maxLength = pool.Size;
    private uint _head;
    private uint _tail;
    private byte[]? _lent;
    private int _lentLength;
    private bool _disconnected;
    private bool _receiving;
    private long _receivedFrames;
    private long _receivedBytes;
    private long _sentFrames;
    private long _sentBytes;
    private long _receiveDropped;
    private long _sendDropped;

    public FramePool Pool => pool;

    public DeviceError Failure => _disconnected ? ErrorKind.Disconnected : default(DeviceError);

    public NetworkCounters Counters => new()
    {
        ReceivedFrames = _receivedFrames,
        ReceivedBytes = _receivedBytes,
        SentFrames = _sentFrames,
        SentBytes = _sentBytes,
        ReceiveDropped = _receiveDropped,
        SendDropped = _sendDropped,
    };

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        loop.CheckOnLoop();
        frame = default;
        if (_lent is not null)
        {
            ThrowLent();
        }

        if (_disconnected)
        {
            return LendStatus.Disconnected;
        }

        if (length > _maxLength)
        {
            return LendStatus.TooLarge;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, minLength);
        var buffer = pool.Rent();
        _lent = buffer;
        _lentLength = length;
        frame = buffer.AsSpan(0, length);
        return LendStatus.Lent;
    }

    /// <summary>Takes the lent frame to bring it to where it belongs, unless the device is disconnected.</summary>
    /// <returns>The buffer, or <see langword="null"/> if the frame is lost.</returns>
    protected byte[]? Take(int length, in FrameInfo info)
    {
        if (_lent is not { } buffer)
        {
            ThrowNotLent();
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, minLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lentLength);
        if (info.Checksum == ChecksumState.Partial || info.SegmentSize != 0)
        {
            ThrowOffload();
        }

        _lent = null;
        if (_disconnected)
        {
            _sendDropped++;
            return null;
        }

        _sentFrames++;
        _sentBytes += length;
        return buffer;
    }

    public void Return()
    {
        if (_lent is null)
        {
            ThrowNotLent();
        }

        pool.Return(_lent);
        _lent = null;
    }

    public EnqueueStatus Enqueue(FramePool source, byte[] buffer, int length)
    {
        if (length > _maxLength)
        {
            _receiveDropped++;
            return EnqueueStatus.TooLarge;
        }

        var waiting = _tail - _head;
        if (waiting == (uint)_ring.Length)
        {
            _receiveDropped++;
            return EnqueueStatus.QueueFull;
        }

        ref var slot = ref _ring[(int)_tail & (_ring.Length - 1)];
        slot.Buffer = buffer;
        slot.Pool = source;
        slot.Length = length;
        _tail++;

        // Whoever receives goes on until the queue is empty, so only the first frame has to wake it.
        if (waiting == 0)
        {
            loop.Wake();
        }

        return EnqueueStatus.Queued;
    }

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        if (_receiving)
        {
            ThrowReceiving();
        }

        if (_head == _tail)
        {
            return 0;
        }

        loop.CheckOnLoop();
        _receiving = true;
        var count = 0;
        FrameInfo info = default;
        try
        {
            for (; count < budget && _head != _tail; count++)
            {
                ref var slot = ref _ring[(int)_head & (_ring.Length - 1)];
                var (buffer, source, length) = (slot.Buffer, slot.Pool, slot.Length);
                _head++;
                _receivedFrames++;
                _receivedBytes += length;
                handler.OnFrame(buffer.AsSpan(0, length), in info);
                source.Return(buffer);
            }
        }
        finally
        {
            _receiving = false;
        }

        return count;
    }

    /// <summary>A frame that is lent now stays its user's until it is sent, which fails, or given back.</summary>
    public void Disconnect()
    {
        loop.CheckOnLoop();
        if (_disconnected)
        {
            return;
        }

        _disconnected = true;
        OnDisconnected();
        for (; _head != _tail; _head++)
        {
            ref var slot = ref _ring[(int)_head & (_ring.Length - 1)];
            slot.Pool.Return(slot.Buffer);
            _receiveDropped++;
        }

        Array.Clear(_ring);
    }

    /// <summary>Tells what the device is connected to.</summary>
    protected abstract void OnDisconnected();

    [DoesNotReturn]
    private static void ThrowLent() => throw new InvalidOperationException("a frame is lent already: send it or give it back before renting another");

    [DoesNotReturn]
    private static void ThrowNotLent() => throw new InvalidOperationException("no frame is lent");

    [DoesNotReturn]
    private static void ThrowReceiving() => throw new InvalidOperationException("a frame handler must not receive from the device that calls it");

    [DoesNotReturn]
    private void ThrowOffload()
        => throw new InvalidOperationException($"{device} completes no checksum and cuts no segments; see its {nameof(VirtualNetwork.Offload)}");

    private struct Received
    {
        public byte[] Buffer;
        public FramePool Pool;
        public int Length;
    }
}
