using Mirage.Net.Virtual;

namespace Mirage.Testing.Scripts;

/// <summary>
/// The device of a stack under test. It sends no more than its MTU allows, and receives whatever a script injects: as with a TUN interface, a script's packet may stand for
/// several that were joined on the way up.
/// </summary>
public readonly struct ScriptNetwork : INetwork
{
    private const int HeaderLength = 14;

    private readonly VirtualNetwork _network;
    private readonly int _mtu;

    internal ScriptNetwork(VirtualNetwork network, int mtu)
    {
        _network = network;
        _mtu = mtu;
    }

    /// <inheritdoc/>
    public static NetworkOffload Offload => NetworkOffload.None;

    /// <inheritdoc/>
    public bool IsDefault => _network.IsDefault;

    /// <inheritdoc/>
    public MacAddress Mac => _network.Mac;

    /// <inheritdoc/>
    public int Mtu => _mtu;

    /// <inheritdoc/>
    public NetworkCounters Counters => _network.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => _network.Failure;

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame)
    {
        if (length > _mtu + HeaderLength)
        {
            frame = default;
            return LendStatus.TooLarge;
        }

        return _network.Rent(length, out frame);
    }

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => _network.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => _network.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => _network.Receive(budget, handler);

    /// <inheritdoc/>
    public ValueTask DisconnectAsync() => _network.DisconnectAsync();
}
