namespace Mirage.Net.TcpIp;

/// <summary>Path MTU discovery (RFC 1191): what is known of the paths, and for how long.</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    private readonly PathMtuTable _paths = new(limits.MaxPathMtus, limits.MinPathMtu);

    public int PathRevision => _paths.Revision + _mtuChanges;

    private int LinkMtu => Math.Min(_link.Mtu, _mtu);

    public int MaxPayload(IpAddress destination) => _paths.Find(destination, LinkMtu) - Wire.Ipv4Packet.HeaderSize;

    public int MaxReceivedPayload => LinkMtu - Wire.Ipv4Packet.HeaderSize;

    public void ReportPathMtu(IpAddress destination, int mtu)
    {
        if (destination.IsV4 && _paths.Report(destination, mtu, LinkMtu, platform.Now))
        {
            _counters = _counters with { PathMtusLearnt = _counters.PathMtusLearnt + 1 };
        }
    }
}
