using Mirage.Net.TcpIp.Tests.Tcp;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Groups (RFC 1112): who receives what.</summary>
public class GroupTests
{
    private static readonly Ipv4Address Group = new(239, 1, 2, 3);

    // RFC 1112 §6.4: the same Ethernet address.
    private static readonly Ipv4Address Twin = new(224, 129, 2, 3);

    [Fact]
    public void RFC_1112_only_joined_groups_are_received() => Script.Run(async script =>
    {
        var received = new List<IpAddress>();
        script.Stack.ListenUdp(9, (local, _, _) => received.Add(local.Address)).ThrowIfFailed();
        Send(script, Group);
        await script.Sleep(1);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Ethernet.UnwantedGroup, script.Stack.Counters.Ipv4.Received));

        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        Send(script, Group);
        Send(script, Twin);
        await script.Sleep(1);
        Assert.Equal([Group], received);
        Assert.Equal(1, script.Stack.Counters.Ipv4.NotForUs);

        // Each join needs its leave.
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        Send(script, Group);
        await script.Sleep(1);
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        Send(script, Group);
        await script.Sleep(1);
        Assert.Equal((2, ErrorKind.NotFound), (received.Count, script.Stack.Ip.LeaveGroup(Group).Error.Kind));
    });

    [Fact]
    public void RFC_1112_section_7_2_every_host_is_in_the_group_of_all_hosts() => Script.Run(async script =>
    {
        var received = new List<IpAddress>();
        script.Stack.ListenUdp(9, (local, _, _) => received.Add(local.Address)).ThrowIfFailed();
        Send(script, Ipv4Address.AllHosts);
        await script.Sleep(1);
        Assert.Equal([Ipv4Address.AllHosts], received);
    });

    [Fact]
    public void Groups_are_bounded() => Script.Run(
        script =>
        {
            Assert.Equal(ErrorKind.Invalid, script.Stack.Ip.JoinGroup(Script.PeerAddress).Error.Kind);
            for (byte i = 0; i < 4; i++)
            {
                script.Stack.Ip.JoinGroup(new Ipv4Address(239, 0, 0, i)).ThrowIfFailed();
            }

            Assert.Equal(ErrorKind.Full, script.Stack.Ip.JoinGroup(Group).Error.Kind);
            script.Stack.Ip.JoinGroup(new Ipv4Address(239, 0, 0, 1)).ThrowIfFailed();
            return Task.CompletedTask;
        },
        limits: new StackLimits { MaxGroups = 4 });

    private static void Send(Script script, Ipv4Address group)
        => script.Host.SendFrame(MacAddress.ForMulticast(group), EtherType.Ipv4, Packets.Ip(
            Script.PeerAddress, group, IpProtocol.Udp, Packets.Udp(Script.PeerAddress, 5000, group, 9, "x"u8)));
}
