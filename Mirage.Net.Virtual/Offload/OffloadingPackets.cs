using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// Any packet device with a network card's work done in software before it, as <see cref="Offloading{TNetwork}"/> does it for network devices.
/// </summary>
/// <typeparam name="TDevice">The device.</typeparam>
public readonly struct OffloadingPackets<TDevice> : IPacketDevice
    where TDevice : struct, IPacketDevice
{
    private readonly OffloadingDevice<TDevice>? _device;

    /// <summary>Puts the work before a device.</summary>
    /// <param name="device">The device. Only the wrapper is used from now on.</param>
    public OffloadingPackets(TDevice device) => _device = new OffloadingDevice<TDevice>(device);

    /// <summary>Everything.</summary>
    public static NetworkOffload Offload => OffloadingDevice<TDevice>.Everything;

    /// <inheritdoc/>
    public bool IsDefault => _device is null;

    /// <inheritdoc/>
    public int Mtu => State.Device.Mtu;

    /// <summary>What has gone through the device: packets as they are on its link, not as they come from the stack.</summary>
    public NetworkCounters Counters => State.Counters;

    /// <summary>What was done in place of the stack.</summary>
    public OffloadCounters Offloaded => State.Offloaded;

    /// <inheritdoc/>
    public DeviceError Failure => State.Device.Failure;

    /// <summary>The device underneath.</summary>
    public TDevice Device => State.Device;

    private OffloadingDevice<TDevice> State
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

    /// <summary>Delivers packets that have arrived, in order; segments that follow each other as one.</summary>
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
    private static void ThrowDefault() => throw new InvalidOperationException("this is the default OffloadingPackets, which wraps no device");
}
