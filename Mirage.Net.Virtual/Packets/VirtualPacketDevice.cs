using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.Virtual;

/// <summary>
/// A packet device in memory: one end of a <see cref="VirtualPacketLink"/>. It is never full: what does not fit into the other end's queue is lost.
/// </summary>
public readonly struct VirtualPacketDevice : IPacketDevice
{
    private readonly PacketEnd? _end;

    internal VirtualPacketDevice(PacketEnd end) => _end = end;

    /// <inheritdoc/>
    public static NetworkOffload Offload => NetworkOffload.None;

    /// <inheritdoc/>
    public bool IsDefault => _end is null;

    /// <inheritdoc/>
    public int Mtu => End.Mtu;

    /// <inheritdoc/>
    public NetworkCounters Counters => End.Counters;

    /// <inheritdoc/>
    public DeviceError Failure => End.Failure;

    private PacketEnd End
    {
        get
        {
            if (_end is null)
            {
                ThrowDefault();
            }

            return _end;
        }
    }

    /// <inheritdoc/>
    public LendStatus Rent(int length, out Span<byte> frame) => End.Rent(length, out frame);

    /// <inheritdoc/>
    public SendStatus Send(int length, in FrameInfo info) => End.Send(length, in info);

    /// <inheritdoc/>
    public void Return() => End.Return();

    /// <inheritdoc/>
    public int Receive<THandler>(int budget, THandler handler)
        where THandler : struct, IFrameHandler
        => End.Receive(budget, handler);

    /// <summary>Takes the device off the link; what waits in its queue is dropped. Doing it again does nothing.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisconnectAsync()
    {
        End.Disconnect();
        return default;
    }

    [DoesNotReturn]
    private static void ThrowDefault()
        => throw new InvalidOperationException($"this is the default {nameof(VirtualPacketDevice)}, which is connected to nothing");
}
