using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The groups whose packets this host receives: all nodes, those of its addresses (RFC 4291 §2.8), and those that programs join.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private readonly Dictionary<Ipv6Address, int> _groups = [];

    public Result JoinGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV6 || !group.IsMulticast)
        {
            return new DeviceError(ErrorKind.Invalid, $"{group} is not a group of IPv6");
        }

        if (_groups.Count >= limits.MaxGroups && !_groups.ContainsKey(group.V6))
        {
            return new DeviceError(ErrorKind.Full, $"this host is in {limits.MaxGroups} groups already");
        }

        AddGroup(group.V6);
        return Result.Done;
    }

    public Result LeaveGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV6 || !_groups.ContainsKey(group.V6))
        {
            return ErrorKind.NotFound;
        }

        RemoveGroup(group.V6);
        return Result.Done;
    }

    private void AddGroup(Ipv6Address group)
    {
        var joins = _groups.GetValueOrDefault(group);
        if (joins == 0)
        {
            _link.AddGroup(group);
        }

        _groups[group] = joins + 1;
    }

    private void RemoveGroup(Ipv6Address group)
    {
        var joins = _groups[group];
        if (joins > 1)
        {
            _groups[group] = joins - 1;
            return;
        }

        _ = _groups.Remove(group);
        _link.RemoveGroup(group);
    }

    private bool IsJoined(in Ipv6Address group)
        => group == Ipv6Groups.AllNodes || group == Ipv6Groups.AllNodesOnInterface || _groups.ContainsKey(group);
}
