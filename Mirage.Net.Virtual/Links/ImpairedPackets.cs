using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// Any packet device behind a link that is not perfect, as <see cref="Impaired{TNetwork, TPlatform}"/> puts one before a network device. Lengths are those of IP packets here.
/// </summary>
/// <typeparam name="TDevice">The device.</typeparam>
/// <typeparam name="TPlatform">The platform: its time, and its loop.</typeparam>
public readonly struct ImpairedPackets<TDevice, TPlatform> : IPacketDevice
    where TDevice : struct, IPacketDevice
    where TPlatform : struct, IPlatform
{
    private readonly ImpairedDevice<TDevice, TPlatform>? _device;

    /// <summary>Puts a link before a device.</summary>
    /// <param name="device">The device. Only the wrapper is used from now on.</param>
    /// <param name="platform">The platform whose loop drives the link.</param>
    /// <param name="outbound">What happens to packets that are sent; <see langword="null"/> for nothing.</param>
    /// <param name="inbound">What happens to packets that are received; <see langword="null"/> for nothing.</param>
    /// <param name="seed">Where its chances start; <see langword="null"/> draws it from the platform.</param>
    public ImpairedPackets(TDevice device, TPlatform platform, LinkOptions? outbound = null, LinkOptions? inbound = null, ulong? seed = null)
    {
        outbound?.Check(nameof(outbound));
        inbound?.Check(nameof(inbound));
        _device = new ImpairedDevice<TDevice, TPlatform>(device, platform, outbound ?? new LinkOptions(), inbound ?? new LinkOptions(), seed);
    }

    /// <summary>What the device does on receiving. What is sent goes over the link complete, in packets as they are on a wire.</summary>
    public static NetworkOffload Offload => TDevice.Offload & (NetworkOffload.ReceiveChecksum | NetworkOffload.ReceiveCoalescing);

    /// <inheritdoc/>
    public bool IsDefault => _device is null;

    /// <inheritdoc/>
    public int Mtu => State.Device.Mtu;

    /// <summary>What went through this side of the link: packets that were lost on it count as sent.</summary>
    public NetworkCounters Counters => State.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => State.Device.Failure;

    /// <summary>The device underneath.</summary>
    public TDevice Device => State.Device;

    /// <summary>What happens to packets that are sent. A change concerns those sent afterwards.</summary>
    public LinkOptions Outbound
    {
        get => State.Outbound.Options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Check(nameof(value));
            State.Outbound.Options = value;
        }
    }

    /// <summary>What happens to packets that are received. A change concerns those that arrive at the device afterwards.</summary>
    public LinkOptions Inbound
    {
        get => State.Inbound.Options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Check(nameof(value));
            State.Inbound.Options = value;
        }
    }

    /// <summary>What happened to packets that were sent.</summary>
    public LinkCounters OutboundCounters => State.Outbound.Counters;

    /// <summary>What happened to packets that were received.</summary>
    public LinkCounters InboundCounters => State.Inbound.Counters;

    /// <summary>Whether the link is cut now.</summary>
    public bool IsCut => State.IsCut;

    private ImpairedDevice<TDevice, TPlatform> State
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

    /// <summary>Cuts the link until it is mended: packets are lost both ways, those under way included if they would arrive during the cut.</summary>
    public void Cut() => State.CutUntil(Instant.Never);

    /// <summary>Cuts the link for a time.</summary>
    /// <param name="time">How long, from now.</param>
    public void CutFor(TimeSpan time) => State.CutFor(time);

    /// <summary>Ends a cut.</summary>
    public void Mend() => State.CutUntil(Instant.Earliest);

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

    /// <summary>Closes the device underneath; what is under way is lost. Closing again does nothing.</summary>
    /// <returns>When it is closed.</returns>
    public ValueTask DisconnectAsync() => State.DisconnectAsync();

    [DoesNotReturn]
    private static void ThrowDefault() => throw new InvalidOperationException("this is the default ImpairedPackets, which wraps no device");
}
