namespace Mirage.Fuzzing;

/// <summary>A cable with a stack at one end and whoever holds a <see cref="FuzzCable"/> at the other.</summary>
/// <param name="cable">The cable.</param>
public readonly struct FuzzNetwork(FuzzCable cable) : INetwork
{
    private readonly FuzzCable? _cable = cable;

    public static NetworkOffload Offload => NetworkOffload.None;

    public bool IsDefault => _cable is null;

    public MacAddress Mac => FuzzCable.StackMac;

    public int Mtu => FuzzCable.Mtu;

    public NetworkCounters Counters => default;

    public DeviceError Failure => default;

    private FuzzCable Cable => _cable ?? throw new InvalidOperationException($"this {nameof(FuzzNetwork)} is the default value");

    public LendStatus Rent(int length, out Span<byte> frame) => Cable.Rent(length, out frame);

    public SendStatus Send(int length, in FrameInfo info) => Cable.Send(length);

    public void Return() => Cable.Return();

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        var count = 0;
        for (; count < budget && Cable.ToStack.TryDequeue(out var frame); count++)
        {
            handler.OnFrame(frame, default);
        }

        return count;
    }

    public ValueTask DisconnectAsync() => default;
}

/// <summary>The other end of a <see cref="FuzzNetwork"/>: what it sends the stack receives, and what the stack sends it is told.</summary>
public sealed class FuzzCable
{
    public const int Mtu = 1500;

    private const int HeaderSize = 14;

    private readonly byte[] _lent = new byte[Mtu + HeaderSize];
    private bool _isLent;

    public static MacAddress StackMac { get; } = MacAddress.Local(0x0100);

    public Queue<byte[]> ToStack { get; } = new();

    public List<byte[]> FromStack { get; } = [];

    /// <summary>How many frames may leave before the device is full.</summary>
    public int Room { get; set; } = int.MaxValue;

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        frame = default;
        if (_isLent)
        {
            throw new InvalidOperationException("a frame is lent already");
        }

        if (length > _lent.Length)
        {
            return LendStatus.TooLarge;
        }

        if (Room == 0)
        {
            return LendStatus.Full;
        }

        _isLent = true;
        frame = _lent.AsSpan(0, length);
        return LendStatus.Lent;
    }

    public SendStatus Send(int length)
    {
        Return();
        Room--;
        FromStack.Add(_lent.AsSpan(0, length).ToArray());
        return SendStatus.Sent;
    }

    public void Return()
    {
        if (!_isLent)
        {
            throw new InvalidOperationException("no frame is lent");
        }

        _isLent = false;
    }
}
