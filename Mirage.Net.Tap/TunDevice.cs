using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Tap;

/// <summary>
/// A Linux TUN interface as a packet device: IP packets of both versions, without Ethernet. Each packet sent or received is one system call. It is on the
/// loop of the platform that it was opened with, which sleeps until the kernel has a packet. What is sent must be an IP packet: the kernel refuses
/// anything else, and <see cref="SendStatus.Failed"/> says so.
/// </summary>
public readonly struct TunDevice : IPacketDevice
{
    private readonly TunTapDevice? _device;

    internal TunDevice(TunTapDevice device) => _device = device;

    /// <inheritdoc/>
    public static NetworkOffload Offload => NetworkOffload.None;

    /// <inheritdoc/>
    public bool IsDefault => _device is null;

    /// <summary>The largest packet in bytes, with its IP header: the interface's MTU at the time when it was opened.</summary>
    public int Mtu => Device.Mtu;

    /// <summary>The interface's name.</summary>
    public string Name => Device.Name;

    /// <inheritdoc/>
    public NetworkCounters Counters => Device.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => Device.Failure;

    private TunTapDevice Device
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

    /// <summary>
    /// Opens a TUN interface that exists. The loop then sleeps in a <see cref="PollWaiter"/>, which takes the place of its present waiter.
    /// Before the loop runs, or on it. The interface may be in another network namespace by the time it is used: the device stays
    /// attached to it.
    /// </summary>
    /// <param name="platform">The platform whose loop will use the device.</param>
    /// <param name="interfaceName">The interface, for example <c>tun0</c>: 1 to 15 bytes.</param>
    /// <returns>The device, or an error with a <see cref="TapError"/>, as <see cref="TapNetwork.Open"/> has them.</returns>
    public static Result<TunDevice> Open(HostPlatform platform, string interfaceName)
    {
        ArgumentNullException.ThrowIfNull(interfaceName);
        platform.Loop.CheckOnLoop();
        var opened = TunTapDevice.Attach(InterfaceKind.Tun, interfaceName);
        return opened.TryGet(out var attached)
            ? new TunDevice(new TunTapDevice(platform.Loop, attached.Descriptor, InterfaceKind.Tun, interfaceName, attached.Mtu))
            : opened.Error;
    }

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame) => Device.Rent(length, out frame);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => Device.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => Device.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => Device.Receive(budget, handler);

    /// <summary>Closes the device: the interface stays, without a carrier. Doing it again does nothing.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisconnectAsync()
    {
        Device.Disconnect();
        return default;
    }

    [DoesNotReturn]
    private static void ThrowDefault() => throw new InvalidOperationException($"this is the default {nameof(TunDevice)}, which is no device");
}
