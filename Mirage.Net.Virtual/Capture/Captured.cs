using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// Any network device, with every frame that it sends and receives written to a <see cref="PcapngWriter"/>. What was sent is read back from
/// memory of this wrapper's own, so that sending costs one copy more. Several devices may share a writer: each is an interface of the file.
/// </summary>
/// <typeparam name="TNetwork">The device.</typeparam>
/// <typeparam name="TPlatform">Where the time comes from.</typeparam>
public readonly struct Captured<TNetwork, TPlatform> : INetwork
    where TNetwork : struct, INetwork
    where TPlatform : struct, IPlatform
{
    private readonly Capture<TNetwork, TPlatform>? _capture;

    /// <summary>Captures a device.</summary>
    /// <param name="network">The device. Only the wrapper is used from now on.</param>
    /// <param name="platform">Where the time comes from.</param>
    /// <param name="writer">Where the frames go.</param>
    /// <param name="name">The interface's name in the file.</param>
    public Captured(TNetwork network, TPlatform platform, PcapngWriter writer, string name)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _capture = new Capture<TNetwork, TPlatform>(network, platform, writer, writer.AddInterface(name, network.Mac));
    }

    /// <inheritdoc/>
    public static NetworkOffload Offload => TNetwork.Offload;

    /// <inheritdoc/>
    public bool IsDefault => _capture is null;

    /// <inheritdoc/>
    public MacAddress Mac => State.Device.Mac;

    /// <inheritdoc/>
    public int Mtu => State.Device.Mtu;

    /// <inheritdoc/>
    public NetworkCounters Counters => State.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => State.Device.Failure;

    /// <summary>The device underneath.</summary>
    public TNetwork Network => State.Device;

    private Capture<TNetwork, TPlatform> State
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
    private static void ThrowDefault() => throw new InvalidOperationException("this is the default Captured, which wraps no device");
}
