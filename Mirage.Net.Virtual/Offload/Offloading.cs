using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// Any network device with a network card's work done in software before it: it completes checksums, cuts TCP frames larger than the MTU into segments, and on receiving verifies
/// TCP's checksums and joins segments that follow each other in a batch. A stack over it does as it does over a card that can all that, and what goes over the device is what any
/// other sends. When warm it allocates nothing.
/// </summary>
/// <typeparam name="TNetwork">The device.</typeparam>
public readonly struct Offloading<TNetwork> : INetwork
    where TNetwork : struct, INetwork
{
    private readonly OffloadingDevice<TNetwork>? _device;

    /// <summary>Puts the work before a device.</summary>
    /// <param name="network">The device. Only the wrapper is used from now on.</param>
    public Offloading(TNetwork network) => _device = new OffloadingDevice<TNetwork>(network);

    /// <summary>Everything.</summary>
    public static NetworkOffload Offload => OffloadingDevice<TNetwork>.Everything;

    /// <inheritdoc/>
    public bool IsDefault => _device is null;

    /// <inheritdoc/>
    public MacAddress Mac => State.Device.Mac;

    /// <inheritdoc/>
    public int Mtu => State.Device.Mtu;

    /// <summary>What has gone through the device: frames as they are on its link, not as they come from the stack.</summary>
    public NetworkCounters Counters => State.Counters;

    /// <summary>What was done in place of the stack.</summary>
    public OffloadCounters Offloaded => State.Offloaded;

    /// <inheritdoc/>
    public DeviceError Failure => State.Device.Failure;

    /// <summary>The device underneath.</summary>
    public TNetwork Network => State.Device;

    private OffloadingDevice<TNetwork> State
    {
        get
        {
            if (_device is null)
            {
                ThrowDefault();
            }

            return _device;
        }
    }

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame) => State.Rent(length, out frame);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => State.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => State.Return();

    /// <summary>Delivers frames that have arrived, in order; segments that follow each other as one.</summary>
    /// <typeparam name="THandler">The layer above.</typeparam>
    /// <param name="budget">How many to take from the device at the most.</param>
    /// <param name="handler">What gets them. It must not call <see cref="Receive{THandler}"/>.</param>
    /// <returns>How many were taken from the device; fewer than the budget means that there are no more now.</returns>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => State.Receive(budget, handler);

    /// <summary>Closes the device underneath. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    public ValueTask DisconnectAsync() => State.Device.DisconnectAsync();

    [DoesNotReturn]
    private static void ThrowDefault() => throw new InvalidOperationException("this is the default Offloading, which wraps no device");
}
