namespace Mirage.Net.TcpIp;

/// <summary>The groups whose packets this host receives (RFC 1112).</summary>
internal sealed partial class Ipv4Layer<TLink, TPlatform>
{
    private readonly Dictionary<Ipv4Address, int> _groups = [];

    public Result JoinGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV4 || !group.IsMulticast)
        {
            return new DeviceError(ErrorKind.Invalid, $"{group} is not a group of IPv4");
        }

        _ = _groups.TryGetValue(group.V4, out var joins);
        if (joins == 0)
        {
            if (_groups.Count >= limits.MaxGroups)
            {
                return new DeviceError(ErrorKind.Full, $"this host is in {limits.MaxGroups} groups already");
            }

            _link.AddGroup(group.V4);
            Report(group.V4, isMember: true);
        }

        _groups[group.V4] = joins + 1;
        return Result.Done;
    }

    public Result LeaveGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV4 || !_groups.TryGetValue(group.V4, out var joins))
        {
            return ErrorKind.NotFound;
        }

        if (joins > 1)
        {
            _groups[group.V4] = joins - 1;
            return Result.Done;
        }

        _ = _groups.Remove(group.V4);
        _link.RemoveGroup(group.V4);
        Report(group.V4, isMember: false);
        return Result.Done;
    }

    /// <summary>RFC 3376 §4: the group of all hosts is not spoken of.</summary>
    private void Report(Ipv4Address group, bool isMember)
    {
        if (group == Ipv4Address.AllHosts)
        {
            return;
        }

        if (isMember)
        {
            _reports.Join(group, platform.Now);
        }
        else
        {
            _reports.Leave(group, platform.Now);
        }

        platform.Wake();
    }

    /// <summary>RFC 1112 §7.2: every host is in the group of all hosts.</summary>
    private bool IsJoined(Ipv4Address group) => group == Ipv4Address.AllHosts || _groups.ContainsKey(group);
}
