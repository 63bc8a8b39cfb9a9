using Mirage;

/// <summary>A network device: one end of a cable in memory, on one loop.</summary>
public readonly struct CableNetwork : INetwork
{
    private readonly CableEnd? _end;

    private CableNetwork(CableEnd end) => _end = end;

    public static NetworkOffload Offload => NetworkOffload.None;

    public bool IsDefault => _end is null;

    public MacAddress Mac => End.Mac;

    public int Mtu => End.Mtu;

    public NetworkCounters Counters => End.Counters;

    public DeviceError Failure => End.IsConnected ? default(DeviceError) : ErrorKind.Disconnected;

    private CableEnd End => _end ?? throw new InvalidOperationException($"this {nameof(CableNetwork)} is the default value, which is no end of a cable");

    public static (CableNetwork A, CableNetwork B) Connect(Loop loop, int mtu = 1500)
    {
        var (a, b) = CableEnd.CreatePair(loop, mtu);
        return (new(a), new(b));
    }

    public LendStatus Rent(int length, out Span<byte> frame) => End.Rent(length, out frame);

    public SendStatus Send(int length, in FrameInfo info) => End.Send(length, info);

    public void Return() => End.Return();

    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => End.Receive(budget, handler);

    public ValueTask DisconnectAsync()
    {
        End.Disconnect();
        return default;
    }
}
