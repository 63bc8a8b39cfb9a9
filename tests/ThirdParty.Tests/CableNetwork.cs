using Mirage;

namespace ThirdParty.Tests;

/// <summary>One end of a cable between two stacks on one loop: frames wait at the other end until they are received.</summary>
public readonly struct CableNetwork : INetwork
{
    private const int HeaderSize = 14;
    private const int MaxWaiting = 64;

    private readonly End? _end;

    private CableNetwork(End end) => _end = end;

    public static NetworkOffload Offload => NetworkOffload.None;

    public bool IsDefault => _end is null;

    public MacAddress Mac => Here.Mac;

    public int Mtu => 1500;

    public NetworkCounters Counters => Here.Counters;

    public DeviceError Failure => Here.Other is null ? ErrorKind.Disconnected : default(DeviceError);

    private End Here => _end ?? throw new InvalidOperationException($"this {nameof(CableNetwork)} is the default value, which is no end of a cable");

    public static (CableNetwork A, CableNetwork B) Create(Loop loop)
    {
        var (a, b) = (new End(loop, MacAddress.Local(1)), new End(loop, MacAddress.Local(2)));
        (a.Other, b.Other) = (b, a);
        return (new(a), new(b));
    }

    public LendStatus Rent(int length, out Span<byte> frame)
    {
        frame = default;
        if (Here.Other is not { } other)
        {
            return LendStatus.Disconnected;
        }

        if (length > Mtu + HeaderSize)
        {
            return LendStatus.TooLarge;
        }

        if (other.Waiting.Count == MaxWaiting)
        {
            return LendStatus.Full;
        }

        Here.Lent = new byte[length];
        frame = Here.Lent;
        return LendStatus.Lent;
    }

    public SendStatus Send(int length, in FrameInfo info)
    {
        var frame = Here.Lent ?? throw new InvalidOperationException("no frame is lent");
        Here.Lent = null;
        if (Here.Other is not { } other)
        {
            return SendStatus.Failed;
        }

        other.Waiting.Enqueue(frame.AsMemory(0, length));
        other.Loop.Wake();
        Here.Counters = Here.Counters with { SentFrames = Here.Counters.SentFrames + 1, SentBytes = Here.Counters.SentBytes + length };
        return SendStatus.Sent;
    }

    public void Return() => Here.Lent = null;

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
    {
        var count = 0;
        for (; count < budget && Here.Waiting.TryDequeue(out var frame); count++)
        {
            Here.Counters = Here.Counters with { ReceivedFrames = Here.Counters.ReceivedFrames + 1, ReceivedBytes = Here.Counters.ReceivedBytes + frame.Length };
            handler.OnFrame(frame.Span, default);
        }

        if (count > 0)
        {
            // Whoever found the cable full may go on.
            Here.Loop.Wake();
        }

        return count;
    }

    public ValueTask DisconnectAsync()
    {
        Here.Other?.Other = null;
        Here.Other = null;
        return default;
    }

    private sealed class End(Loop loop, MacAddress mac)
    {
        public readonly Queue<ReadOnlyMemory<byte>> Waiting = new();
        public byte[]? Lent;
        public End? Other;
        public NetworkCounters Counters;

        public Loop Loop => loop;

        public MacAddress Mac => mac;
    }
}
