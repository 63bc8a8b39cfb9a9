using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mirage.Net.Tap;

/// <summary>
/// An open interface of the kernel's TUN/TAP driver: its descriptor, one buffer for what is lent and one for what is being received. Of a TAP interface
/// these are Ethernet frames, of a TUN interface IP packets.
/// </summary>
internal unsafe partial class TunTapDevice : IPolledDescriptor
{
    private readonly HostLoop _loop;
    private readonly InterfaceKind _kind;
    private readonly int _minLength;
    private readonly PollWaiter _waiter;
    private readonly FileDescriptor _descriptor;
    private readonly byte[] _sendBuffer;
    private readonly byte[] _receiveBuffer;
    private readonly byte* _send;
    private readonly byte* _receive;
    private int _lent = -1;
    private bool _gone;
    private bool _receiving;
    private long _receivedFrames;
    private long _receivedBytes;
    private long _sentFrames;
    private long _sentBytes;
    private long _receiveDropped;
    private long _sendDropped;

    /// <summary>A device over a descriptor that keeps messages apart and does not block.</summary>
    public TunTapDevice(HostLoop loop, FileDescriptor descriptor, InterfaceKind kind, string name, int mtu)
    {
        (_loop, _descriptor, _kind, _minLength, Name, Mtu) = (loop, descriptor, kind, kind.MinLength, name, mtu);
        _sendBuffer = GC.AllocateArray<byte>(mtu + kind.HeaderSize, pinned: true);

        // One byte more than the largest frame, so that one that is too large, after the MTU was raised, does not look like one that is not.
        _receiveBuffer = GC.AllocateArray<byte>(mtu + kind.HeaderSize + kind.ReceiveExtra + 1, pinned: true);
        _send = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_sendBuffer, 0);
        _receive = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_receiveBuffer, 0);
        _waiter = PollWaiter.Of(loop);
        _waiter.Add(this);
    }

    public string Name { get; }

    public int Mtu { get; }

    public DeviceError Failure { get; private set; }

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
        _loop.CheckOnLoop();
        frame = default;
        if (_lent >= 0)
        {
            ThrowLent();
        }

        if (_gone)
        {
            return LendStatus.Disconnected;
        }

        if (length > _sendBuffer.Length)
        {
            return LendStatus.TooLarge;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, _minLength);
        if (_full)
        {
            return LendStatus.Full;
        }

        _lent = length;
        frame = _sendBuffer.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        if (_lent < 0)
        {
            ThrowNotLent();
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(length, _minLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lent);
        if (info.Checksum == ChecksumState.Partial || info.SegmentSize != 0)
        {
            ThrowOffload();
        }

        _lent = -1;
        while (!_gone)
        {
            if (LinuxCalls.Write(_descriptor, _send, length) >= 0)
            {
                _sentFrames++;
                _sentBytes += length;
                return SendStatus.Sent;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case ErrorNumber.Interrupted:
                    continue;
                case ErrorNumber.Again or ErrorNumber.NoBuffers or ErrorNumber.NoMemory:
                    _full = true;
                    return SendStatus.Full;
                case ErrorNumber.BadDescriptorState:
                    Gone();
                    break;
                default:
                    // EIO: the interface is down. It may come up again.
                    _sendDropped++;
                    return SendStatus.Failed;
            }
        }

        _sendDropped++;
        return SendStatus.Failed;
    }

    public void Return()
    {
        if (_lent < 0)
        {
            ThrowNotLent();
        }

        _lent = -1;
    }

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        _loop.CheckOnLoop();
        if (_receiving)
        {
            ThrowReceiving();
        }

        _receiving = true;
        var count = 0;
        FrameInfo info = default;
        try
        {
            while (count < budget && TryRead(out var length))
            {
                count++;
                if (length < _minLength || length == _receiveBuffer.Length)
                {
                    _receiveDropped++;
                    continue;
                }

                _receivedFrames++;
                _receivedBytes += length;
                handler.OnFrame(_receiveBuffer.AsSpan(0, length), in info);
            }
        }
        finally
        {
            _receiving = false;
        }

        return count;
    }

    public void Disconnect()
    {
        _loop.CheckOnLoop();
        End(ErrorKind.Disconnected);
    }

    private bool TryRead(out int length)
    {
        while (!_gone)
        {
            length = (int)LinuxCalls.Read(_descriptor, _receive, _receiveBuffer.Length);
            if (length >= 0)
            {
                return true;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case ErrorNumber.Interrupted:
                    continue;
                case ErrorNumber.BadDescriptorState:
                    Gone();
                    break;
                default:
                    _drained = true;
                    return false;
            }
        }

        length = 0;
        return false;
    }

    private void Gone() => End(new DeviceError(ErrorKind.Disconnected, $"the interface '{Name}' was removed"));

    private void End(DeviceError reason)
    {
        if (!_gone)
        {
            _gone = true;
            Failure = reason;
            _waiter.Remove(this);
            _descriptor.Dispose();
        }
    }

    [DoesNotReturn]
    private void ThrowLent() => throw new InvalidOperationException($"a {_kind.Unit} is lent already: send it or give it back before renting another");

    [DoesNotReturn]
    private void ThrowNotLent() => throw new InvalidOperationException($"no {_kind.Unit} is lent");

    [DoesNotReturn]
    private void ThrowReceiving() => throw new InvalidOperationException($"a {_kind.Unit} handler must not receive from the device that calls it");

    [DoesNotReturn]
    private void ThrowOffload()
        => throw new InvalidOperationException($"{_kind.Handle} completes no checksum and cuts no segments; see its {nameof(TapNetwork.Offload)}");
}
