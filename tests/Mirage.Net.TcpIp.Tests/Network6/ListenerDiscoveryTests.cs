using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>Multicast listener discovery (RFC 3810, RFC 2710), and what is received of groups.</summary>
public class ListenerDiscoveryTests
{
    private const byte ModeIsExclude = 2, ChangeToInclude = 3, ChangeToExclude = 4;
    private static readonly Ipv6Address Group = Ipv6Address.Parse("ff02::1234");
    private static readonly Ipv6Address RouterAddress = Ipv6Address.Parse("fe80::a");

    [Fact]
    public void RFC_3810_6_1_a_join_is_reported_twice_and_a_leave_as_well() => Script6.Run(async script =>
    {
        await Settle(script);
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        await script.Sleep(3000);
        var reports = script.Host.Of(Icmpv6Type.ListenerReportV2);
        Assert.Equal([ChangeToExclude, ChangeToExclude], reports.Select(Record));
        Assert.All(reports, report =>
        {
            Assert.Equal((script.LinkLocal, Ipv6Groups.AllMldV2Routers, (byte)1), (report.Source, report.Destination, report.HopLimit));
            Assert.Equal(Group, new Ipv6Address(report.Payload.AsSpan(20)));

            // RFC 2711: routers look at it.
            Assert.Equal([(byte)IpProtocol.Icmpv6, 0, 5, 2, 0, 0, 1, 0], report.Payload[..8]);
            Assert.True(Icmpv6Message.TryParse(report.Source, report.Destination, report.Payload.AsSpan(8), out _));
        });

        script.Host.All.Clear();
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        await script.Sleep(3000);
        Assert.Equal([ChangeToInclude, ChangeToInclude], script.Host.Of(Icmpv6Type.ListenerReportV2).Select(Record));
    });

    [Fact]
    public void RFC_4861_7_2_1_the_groups_of_addresses_are_reported_from_none_while_there_is_none() => Script6.Run(
        async script =>
        {
            await script.Sleep(10_000);
            var reports = script.Host.Of(Icmpv6Type.ListenerReportV2);
            var group = Ipv6Groups.SolicitedNode(Script6.StackAddress);
            Assert.Contains(reports, report => new Ipv6Address(report.Payload.AsSpan(20)) == group);
            Assert.Contains(reports, report => report.Source.IsAny);
            Assert.DoesNotContain(reports, report => new Ipv6Address(report.Payload.AsSpan(20)) == Ipv6Groups.AllNodes);
        },
        Script6.Options with { Ndp = new NdpSettings() });

    [Fact]
    public void RFC_3810_6_2_a_question_is_answered_within_its_time() => Script6.Run(async script =>
    {
        await Settle(script);
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        await Settle(script);
        var start = script.Now;
        Query(script, default, 2000, version1: false);
        await script.Sleep(3000);
        var answers = script.Host.Of(Icmpv6Type.ListenerReportV2);
        Assert.All(answers, answer => Assert.Equal((ModeIsExclude, true), (Record(answer), answer.At - start <= 2000)));
        Assert.Equal(
            new[] { Group, Ipv6Groups.SolicitedNode(Script6.StackAddress), Ipv6Groups.SolicitedNode(script.LinkLocal) }.Order(),
            answers.Select(answer => new Ipv6Address(answer.Payload.AsSpan(20))).Order());

        script.Host.All.Clear();
        Query(script, Group, 100, version1: false);
        Query(script, Ipv6Address.Parse("ff02::99"), 100, version1: false);
        await script.Sleep(200);
        Assert.Equal(Group, new Ipv6Address(Assert.Single(script.Host.Of(Icmpv6Type.ListenerReportV2)).Payload.AsSpan(20)));
    });

    [Fact]
    public void RFC_3810_8_2_1_with_an_older_router_the_older_version_is_spoken_for_a_while() => Script6.Run(async script =>
    {
        await Settle(script);
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        await Settle(script);
        Query(script, Group, 100, version1: true);
        var report = await script.Host.NextAsync(Icmpv6Type.ListenerReport);
        Assert.Equal((Group, Group, (byte)1), (report.Destination, new Ipv6Address(report.Payload.AsSpan(16)), report.HopLimit));
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        Assert.Equal(Ipv6Groups.AllRouters, (await script.Host.NextAsync(Icmpv6Type.ListenerDone)).Destination);
        await script.Sleep(260_000);
        script.Host.All.Clear();
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        await script.Sleep(3000);
        Assert.Equal(2, script.Host.Of(Icmpv6Type.ListenerReportV2).Count);
    });

    [Fact]
    public void RFC_3810_6_2_questions_from_elsewhere_are_ignored() => Script6.Run(async script =>
    {
        await Settle(script);
        Query(script, default, 100, version1: false, source: Script6.PeerAddress);
        Query(script, default, 100, version1: false, hops: 64);
        await script.Sleep(1000);
        Assert.Empty(script.Host.Of(Icmpv6Type.ListenerReportV2));
        Assert.Equal(0, script.Stack.Counters.Ipv6.ListenerQueries);
    });

    [Fact]
    public void What_is_sent_to_a_group_arrives_while_it_is_joined() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        Send(1);
        await script.Sleep(1);
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        Send(2);
        await script.Sleep(1);
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        Send(3);
        await script.Sleep(1);
        script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
        Send(4);
        await script.Sleep(1);
        Assert.Equal([2, 3], received.Select(data => data[0]));
        Assert.Equal(ErrorKind.NotFound, script.Stack.Ip.LeaveGroup(Group).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, script.Stack.Ip.LeaveGroup(Ipv6Groups.SolicitedNode(Script6.StackAddress)).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, script.Stack.Ip.JoinGroup(Script6.PeerAddress).Error.Kind);

        void Send(byte value) => script.Host.Send(Script6.PeerAddress, Group, IpProtocol.Udp, Script6.Datagram(Script6.PeerAddress, Group, [value]));
    });

    [Fact]
    public void RFC_3493_5_2_what_is_sent_to_an_own_group_comes_back_unless_it_is_not_to() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        script.Stack.SendUdp(default, new IpEndpoint(Group, 9), [1]).ThrowIfFailed();
        script.Stack.SendUdp(default, new IpEndpoint(Group, 9), [2], new UdpSendOptions { WithoutLoopback = true }).ThrowIfFailed();
        script.Stack.SendUdp(default, new IpEndpoint(Group, 9), Script6.Pattern(3000)).ThrowIfFailed();
        await script.Sleep(10);
        Assert.Equal([1, 3000], received.Select(data => data.Length));
        Assert.Equal([1, 2], script.Host.All.Where(packet => packet.NextHeader == IpProtocol.Udp).Select(packet => packet.Payload[^1]));
        Assert.Equal((3, 0L), (script.Host.All.Count(packet => packet.NextHeader == IpProtocol.Ipv6Fragment), script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void A_flood_of_questions_gets_no_flood_of_answers() => Script6.Run(async script =>
    {
        await Settle(script);
        script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
        await Settle(script);
        for (var i = 0; i < 1000; i++)
        {
            Query(script, Group, 0, version1: false);
            await script.Sleep(1);
        }

        Assert.InRange(script.Host.Of(Icmpv6Type.ListenerReportV2).Count, 9, 11);
    });

    [Fact]
    public void Groups_that_were_left_are_spoken_of_within_the_bound() => Script6.Run(
        async script =>
        {
            await Settle(script);
            var before = script.Stack.Counters.Ipv6.ListenerReports;
            for (var i = 0u; i < 10_000; i++)
            {
                script.Stack.Ip.JoinGroup(new Ipv6Address(Group.Value + i)).ThrowIfFailed();
                script.Stack.Ip.LeaveGroup(new Ipv6Address(Group.Value + i)).ThrowIfFailed();
            }

            // One that is joined again is in, and told of.
            script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
            await script.Sleep(3000);
            Assert.InRange(script.Stack.Counters.Ipv6.ListenerReports - before, 2, 34);
            Assert.Equal(2, script.Host.Of(Icmpv6Type.ListenerReportV2).Count(report => Record(report) == ChangeToExclude));

            // And the room is there again.
            script.Host.All.Clear();
            script.Stack.Ip.LeaveGroup(Group).ThrowIfFailed();
            await script.Sleep(3000);
            Assert.Equal([ChangeToInclude, ChangeToInclude], script.Host.Of(Icmpv6Type.ListenerReportV2).Select(Record));
        },
        Script6.Options with { Limits = new StackLimits { MaxGroups = 16 } });

    [Fact]
    public void What_is_sent_to_a_group_stays_on_the_link() => Script6.Run(async script =>
    {
        script.Stack.SendUdp(default, new IpEndpoint(Group, 9), [1]).ThrowIfFailed();
        var packet = await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp);
        Assert.Equal((1, MacAddress.ForMulticast(Group), script.LinkLocal), (packet.HopLimit, packet.To, packet.Source));
    });

    [Fact]
    public void Groups_are_bounded() => Script6.Run(
        script =>
        {
            script.Stack.Ip.JoinGroup(Group).ThrowIfFailed();
            Assert.Equal(ErrorKind.Full, script.Stack.Ip.JoinGroup(Ipv6Address.Parse("ff02::99")).Error.Kind);
            return Task.CompletedTask;
        },
        Script6.Options with { Limits = new StackLimits { MaxGroups = 1 } });

    private static byte Record(Packet6 report) => report.Payload[16];

    private static async Task Settle(Script6 script)
    {
        await script.Sleep(5000);
        script.Host.All.Clear();
    }

    private static void Query(Script6 script, Ipv6Address group, ushort milliseconds, bool version1, Ipv6Address? source = null, byte hops = 1)
    {
        byte[] message = [.. new byte[8], .. RawIpv6Host.Bytes(group), .. new byte[version1 ? 0 : 4]];
        var from = source ?? RouterAddress;
        Icmpv6Message.Write(from, Ipv6Groups.AllNodes, message, Icmpv6Type.ListenerQuery, 0, (uint)milliseconds << 16);
        script.Host.Send(from, Ipv6Groups.AllNodes, IpProtocol.HopByHopOptions, [(byte)IpProtocol.Icmpv6, 0, 5, 2, 0, 0, 1, 0, .. message], hops);
    }
}
