using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Path MTU discovery (RFC 8201): what is known of the paths, and for how long. No path carries less than 1280 bytes, whatever a report says (§4).</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private readonly PathMtuTable _paths = new(limits.MaxPathMtus, Ipv6Packet.MinimumMtu);

    public int PathRevision => _paths.Revision + _mtuChanges;

    private int LinkMtu => Math.Min(_link.Mtu, Math.Min(_mtu, _advertisedMtu));

    public int MaxPayload(IpAddress destination) => _paths.Find(destination, LinkMtu) - Ipv6Packet.HeaderSize;

    public int MaxReceivedPayload => LinkMtu - Ipv6Packet.HeaderSize;

    public void ReportPathMtu(IpAddress destination, int mtu)
    {
        if (destination.IsV6 && _paths.Report(destination, mtu, LinkMtu, platform.Now))
        {
            _counters = _counters with { PathMtusLearnt = _counters.PathMtusLearnt + 1 };
        }
    }
}
