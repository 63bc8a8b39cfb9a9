using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// Any packet device, with every packet that it sends and receives written to a <see cref="PcapngWriter"/>, as <see cref="Captured{TNetwork, TPlatform}"/> does
/// with frames. Devices of both kinds may share a writer.
/// </summary>
/// <typeparam name="TDevice">The device.</typeparam>
/// <typeparam name="TPlatform">Where the time comes from.</typeparam>
public readonly struct CapturedPackets<TDevice, TPlatform> : IPacketDevice
    where TDevice : struct, IPacketDevice
    where TPlatform : struct, IPlatform
{
    private readonly Capture<TDevice, TPlatform>? _capture;

    /// <summary>Captures a device.</summary>
    /// <param name="device">The device. Only the wrapper is used from now on.</param>
    /// <param name="platform">Where the time comes from.</param>
    /// <param name="writer">Where the packets go.</param>
    /// <param name="name">The interface's name in the file.</param>
    public CapturedPackets(TDevice device, TPlatform platform, PcapngWriter writer, string name)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _capture = new Capture<TDevice, TPlatform>(device, platform, writer, writer.AddPacketInterface(name));
    }

    /// <inheritdoc/>
    public static NetworkOffload Offload => TDevice.Offload;

    /// <inheritdoc/>
    public bool IsDefault => _capture is null;

    /// <inheritdoc/>
    public int Mtu => State.Device.Mtu;

    /// <inheritdoc/>
    public NetworkCounters Counters => State.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => State.Device.Failure;

    /// <summary>The device underneath.</summary>
    public TDevice Device => State.Device;

    private Capture<TDevice, TPlatform> State
    {
        get
        {
            if (_capture is null)
            {
                ThrowDefault();
            }

            return _capture;
        }
    }

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame) => State.Rent(length, out frame);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => State.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => State.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => State.Receive(budget, handler);

    /// <summary>Writes to the stream what has been captured so far.</summary>
    public void Flush() => State.Writer.Flush();

    /// <summary>Closes the device underneath and flushes the capture.</summary>
    /// <returns>When it is closed.</returns>
    public ValueTask DisconnectAsync() => State.DisconnectAsync();

    [DoesNotReturn]
    private static void ThrowDefault() => throw new InvalidOperationException("this is the default CapturedPackets, which wraps no device");
}
