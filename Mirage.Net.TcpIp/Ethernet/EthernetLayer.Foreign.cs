using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>Frames of protocols that the stack does not speak, for programs that do.</summary>
internal sealed partial class EthernetLayer<TNetwork>
{
    /// <summary>Smaller numbers are lengths (IEEE 802.3 §3.2.6).</summary>
    private const ushort FirstType = 1536;

    private readonly Dictionary<EtherType, EthernetFrameReceived> _foreign = [];
    private long _foreignFrames;
    private long _handlerFailed;

    public Result Listen(EtherType type, EthernetFrameReceived handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if ((ushort)type < FirstType || type is EtherType.Ipv4 or EtherType.Arp or EtherType.Ipv6 or EtherType.Vlan)
        {
            return new DeviceError(ErrorKind.Invalid, $"the frames of type 0x{(ushort)type:x4} are not to be had: they are the stack's own, or of no protocol");
        }

        return _foreign.TryAdd(type, handler) ? Result.Done : new DeviceError(ErrorKind.InUse, $"somebody has the frames of type 0x{(ushort)type:x4} already");
    }

    public Result Unlisten(EtherType type) => _foreign.Remove(type) ? Result.Done : ErrorKind.NotFound;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryDeliverForeign(in EthernetAddressing addressing, ReadOnlySpan<byte> payload)
    {
        if (!_foreign.TryGetValue(addressing.Type, out var handler))
        {
            return false;
        }

        _foreignFrames++;
        try
        {
            handler(addressing, payload);
        }
        catch (Exception)
        {
            _handlerFailed++;
        }

        return true;
    }
}
