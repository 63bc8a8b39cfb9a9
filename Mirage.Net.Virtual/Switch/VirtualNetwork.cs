using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// A network device in memory, connected to a <see cref="VirtualSwitch"/>. It is never full: what does not fit into a receiver's queue is lost,
/// as on Ethernet.
/// </summary>
public readonly struct VirtualNetwork : INetwork
{
    private readonly VirtualPort? _port;

    internal VirtualNetwork(VirtualPort port) => _port = port;

    /// <inheritdoc/>
    public static NetworkOffload Offload => NetworkOffload.None;

    /// <inheritdoc/>
    public bool IsDefault => _port is null;

    /// <inheritdoc/>
    public MacAddress Mac => Port.Mac;

    /// <inheritdoc/>
    public int Mtu => Port.Mtu;

    /// <inheritdoc/>
    public NetworkCounters Counters => Port.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => Port.Failure;

    /// <summary>
    /// Which part of the network the device is in; all are in part 0 at first. The switch carries frames within a part only, so that giving some devices another number cuts the
    /// network in two, and giving them the same one again joins it.
    /// </summary>
    public int Partition
    {
        get => Port.Partition;
        set => Port.Partition = value;
    }

    private VirtualPort Port
    {
        get
        {
            if (_port is null)
            {
                ThrowDefault();
            }

            return _port;
        }
    }

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame) => Port.Rent(length, out frame);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => Port.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => Port.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => Port.Receive(budget, handler);

    /// <summary>Takes the device off the switch; what waits in its queue is dropped. Doing it again does nothing.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisconnectAsync()
    {
        Port.Disconnect();
        return default;
    }

    [DoesNotReturn]
    private static void ThrowDefault()
        => throw new InvalidOperationException($"this is the default {nameof(VirtualNetwork)}, which is connected to nothing");
}
