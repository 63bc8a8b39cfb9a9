using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>The groups whose packets this host receives: all nodes, those of its addresses (RFC 4291 §2.8), and those that programs join.</summary>
internal sealed partial class Ipv6Layer<TLink, TPlatform>
{
    private readonly Dictionary<Ipv6Address, Membership> _groups = [];
    private int _joined;

    public Result JoinGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV6 || !group.IsMulticast)
        {
            return new DeviceError(ErrorKind.Invalid, $"{group} is not a group of IPv6");
        }

        if (_joined >= limits.MaxGroups)
        {
            return new DeviceError(ErrorKind.Full, $"programs have joined {limits.MaxGroups} groups already");
        }

        _joined++;
        AddGroup(group.V6).Programs++;
        return Result.Done;
    }

    public Result LeaveGroup(IpAddress group)
    {
        platform.CheckOnLoop();
        if (!group.IsV6 || !_groups.TryGetValue(group.V6, out var membership) || membership.Programs == 0)
        {
            return ErrorKind.NotFound;
        }

        _joined--;
        membership.Programs--;
        RemoveGroup(group.V6);
        return Result.Done;
    }

    private Membership AddGroup(Ipv6Address group)
    {
        if (!_groups.TryGetValue(group, out var membership))
        {
            membership = new Membership(group);
            _groups.Add(group, membership);
        }
        else if (membership.Joins == 0)
        {
            _leaving--;
        }

        if (membership.Joins++ == 0)
        {
            _link.AddGroup(group);
            OnJoined(membership);
        }

        return membership;
    }

    private void RemoveGroup(Ipv6Address group)
    {
        var membership = _groups[group];
        if (--membership.Joins == 0)
        {
            _link.RemoveGroup(group);
            OnLeft(membership);
        }
    }

    private bool IsJoined(in Ipv6Address group)
        => group == Ipv6Groups.AllNodes || group == Ipv6Groups.AllNodesOnInterface || (_groups.TryGetValue(group, out var membership) && membership.Joins > 0);

    /// <summary>A group that this host is in, or has just left.</summary>
    private sealed class Membership(Ipv6Address group)
    {
        public Ipv6Address Group => group;

        /// <summary>How many have joined it: addresses and programs.</summary>
        public int Joins { get; set; }

        /// <summary>How many of these are programs.</summary>
        public int Programs { get; set; }

        /// <summary>How many times more the change is to be told (RFC 3810 §6.1).</summary>
        public int Changes { get; set; }

        /// <summary>Whether a router has asked for it.</summary>
        public bool IsAsked { get; set; }

        /// <summary>When it is answered again at the earliest.</summary>
        public Instant AnswersFrom { get; set; } = Instant.Earliest;

        public Instant Due { get; set; } = Instant.Never;
    }
}
