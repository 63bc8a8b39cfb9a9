using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Tap;

/// <summary>
/// A Linux TAP interface as a network device. Each frame sent or received is one system call. It is on the loop of the platform that it was
/// opened with, which
/// sleeps until the kernel has a frame.
/// </summary>
public readonly struct TapNetwork : INetwork
{
    private readonly TapDevice? _device;

    internal TapNetwork(TapDevice device) => _device = device;

    /// <inheritdoc/>
    public static NetworkOffload Offload => NetworkOffload.None;

    /// <inheritdoc/>
    public bool IsDefault => _device is null;

    /// <inheritdoc/>
    public MacAddress Mac => Device.Mac;

    /// <summary>The largest payload of a frame in bytes, without the Ethernet header: the interface's at the time when it was opened.</summary>
    public int Mtu => Device.Mtu;

    /// <summary>The interface's name.</summary>
    public string Name => Device.Name;

    /// <inheritdoc/>
    public NetworkCounters Counters => Device.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => Device.Failure;

    private TapDevice Device
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
    /// Opens a TAP interface that exists. The loop then sleeps in a <see cref="PollWaiter"/>, which takes the place of its present waiter.
    /// Before the loop runs, or on it.
    /// </summary>
    /// <param name="platform">The platform whose loop will use the device.</param>
    /// <param name="interfaceName">The interface, for example <c>tap0</c>: 1 to 15 bytes.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>The device, or an error with a <see cref="TapError"/>: <see cref="ErrorKind.NotFound"/> if there is no such interface or the kernel
    /// has no TAP, <see cref="ErrorKind.NotPermitted"/>, <see cref="ErrorKind.InUse"/> if another program has it open,
    /// <see cref="ErrorKind.Invalid"/> if the name or the address cannot be, or the interface is of another kind.</returns>
    public static Result<TapNetwork> Open(HostPlatform platform, string interfaceName, TapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(interfaceName);
        platform.Loop.CheckOnLoop();
        var opened = TapDevice.Open(platform, interfaceName, options ?? new TapOptions());
        return opened.TryGet(out var device) ? new TapNetwork(device) : opened.Error;
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
    private static void ThrowDefault() => throw new InvalidOperationException($"this is the default {nameof(TapNetwork)}, which is no device");
}
