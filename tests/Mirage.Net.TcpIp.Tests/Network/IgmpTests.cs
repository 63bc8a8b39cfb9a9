using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>What a router hears of groups (RFC 3376, RFC 2236, RFC 1112).</summary>
public class IgmpTests
{
    private static readonly Ipv4Address Group = new(239, 1, 2, 3);
    private static readonly Ipv4Address Other = new(239, 9, 9, 9);
    private static readonly Ipv4Address Reports = new(224, 0, 0, 22);

    [Fact]
    public void RFC_3376_section_5_1_a_join_is_said_at_once_and_again_within_a_second() => Script.Run(async script =>
    {
        script.Stack.JoinGroup(Group).ThrowIfFailed();
        await script.Sleep(0.01);
        Assert.Equal([(Reports, IgmpRecordType.ToExclude, Group)], Take(script));
        await script.Sleep(1000);
        Assert.Equal([(Reports, IgmpRecordType.ToExclude, Group)], Take(script));
        await script.Sleep(60_000);
        Assert.Empty(Take(script));

        // RFC 3376 §5.1: the same for a leave.
        script.Stack.LeaveGroup(Group).ThrowIfFailed();
        await script.Sleep(1001);
        Assert.Equal([(Reports, IgmpRecordType.ToInclude, Group), (Reports, IgmpRecordType.ToInclude, Group)], Take(script));
        await script.Sleep(60_000);
        Assert.Empty(Take(script));
        Assert.Equal((4L, 3), (script.Stack.Counters.Ipv4.Igmp.Sent, script.Stack.Counters.Ipv4.Igmp.Version));
    });

    [Fact]
    public void RFC_3376_section_4_messages_have_a_TTL_of_1_and_the_router_alert_option() => Script.Run(async script =>
    {
        script.Host.Sink = [];
        script.Stack.JoinGroup(Group).ThrowIfFailed();
        await script.Sleep(0.01);
        var packet = Assert.Single(script.Host.Sink);
        Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var parsed));
        Assert.Equal((24, 1, 0xc0, true), (parsed.HeaderLength, parsed.TimeToLive, parsed.TrafficClass, parsed.HasRouterAlert));
        Assert.Equal("94040000", Convert.ToHexString(parsed.Header[20..]));

        // The report, byte for byte (RFC 3376 §4.2).
        Assert.Equal("2200E8F90000000104000000EF010203", Convert.ToHexString(parsed.Payload));
    });

    [Fact]
    public void RFC_3376_section_5_2_a_general_query_is_answered_within_its_time_with_all_groups() => Script.Run(async script =>
    {
        await Settle(script, Group, Other);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 100);
        var asked = script.Now;
        while (script.Host.Sink!.Count == 0)
        {
            await script.Sleep(10);
        }

        Assert.InRange(script.Now - asked, 10, 10_010);
        Assert.Equal([(Reports, IgmpRecordType.IsExclude, Group), (Reports, IgmpRecordType.IsExclude, Other)], Take(script));

        // Asked twice, it answers once.
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 100);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 50);
        await script.Sleep(20_000);
        Assert.Equal(2, Take(script).Count);
    });

    [Fact]
    public void RFC_3376_section_5_2_a_query_of_a_group_is_answered_by_its_members() => Script.Run(async script =>
    {
        await Settle(script, Group);
        SendQuery(script, Group, Group, tenths: 10);
        SendQuery(script, Other, Ipv4Address.AllHosts, tenths: 10);
        await script.Sleep(1001);
        Assert.Equal([(Reports, IgmpRecordType.IsExclude, Group)], Take(script));
    });

    [Fact]
    public void Many_groups_need_several_reports() => Script.Run(
        async script =>
        {
            for (byte i = 0; i < 200; i++)
            {
                script.Stack.JoinGroup(new Ipv4Address(239, 0, 1, i)).ThrowIfFailed();
            }

            script.Host.Sink = [];
            await script.Sleep(0.01);
            Assert.All(script.Host.Sink, packet => Assert.True(packet.Length <= 576));
            Assert.Equal(200, Take(script).Select(x => x.Group).Distinct().Count());
        },
        mtu: 576);

    [Fact]
    public void RFC_3376_section_9_1_forged_queries_are_ignored() => Script.Run(async script =>
    {
        await Settle(script, Group);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 10, ttl: 2);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 10, alert: false);
        SendQuery(script, default, Group, tenths: 10);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 10, corrupt: true);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 10, length: 9);
        await script.Sleep(5000);
        Assert.Empty(Take(script));
        Assert.Equal((5L, 5L, 0L), (script.Stack.Counters.Ipv4.Igmp.Received, script.Stack.Counters.Ipv4.Igmp.Malformed, script.Stack.Counters.Ipv4.Igmp.Queries));
    });

    [Fact]
    public void RFC_3376_section_7_2_1_an_older_router_is_answered_in_its_version() => Script.Run(async script =>
    {
        await Settle(script, Group);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 50, length: 8);
        await script.Sleep(5001);
        Assert.Equal([(Group, IgmpType.ReportV2, Group)], TakeOld(script));
        Assert.Equal(2, script.Stack.Counters.Ipv4.Igmp.Version);

        // RFC 2236 §3: a join is said twice, within ten seconds; a leave once, to the routers.
        script.Stack.JoinGroup(Other).ThrowIfFailed();
        await script.Sleep(10_001);
        Assert.Equal([(Other, IgmpType.ReportV2, Other), (Other, IgmpType.ReportV2, Other)], TakeOld(script));
        script.Stack.LeaveGroup(Other).ThrowIfFailed();
        await script.Sleep(10_001);
        Assert.Equal([(new Ipv4Address(224, 0, 0, 2), IgmpType.LeaveV2, Other)], TakeOld(script));

        // Version 1 has neither times nor leaves.
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 0, length: 8, alert: false);
        await script.Sleep(10_001);
        Assert.Equal([(Group, IgmpType.ReportV1, Group)], TakeOld(script));
        script.Stack.JoinGroup(Other).ThrowIfFailed();
        script.Stack.LeaveGroup(Other).ThrowIfFailed();
        await script.Sleep(10_001);
        Assert.Empty(TakeOld(script));

        // When the older routers are silent, version 3 again.
        await script.Sleep(260_000);
        Assert.Equal(3, script.Stack.Counters.Ipv4.Igmp.Version);
    });

    [Fact]
    public void RFC_2236_section_3_another_host_s_report_makes_ours_unnecessary() => Script.Run(async script =>
    {
        await Settle(script, Group, Other);
        SendQuery(script, default, Ipv4Address.AllHosts, tenths: 100, length: 8);
        var report = new byte[8];
        IgmpMessage.Write(report, IgmpType.ReportV2, 0, Group);
        script.Host.SendFrame(
            MacAddress.ForMulticast(Group), EtherType.Ipv4, Packets.Ip(Script.PeerAddress, Group, IpProtocol.Igmp, report, header => header with { TimeToLive = 1 }));
        await script.Sleep(10_001);
        Assert.Equal([(Other, IgmpType.ReportV2, Other)], TakeOld(script));
        Assert.Equal(1, script.Stack.Counters.Ipv4.Igmp.Suppressed);
    });

    [Theory]
    [InlineData(12, true)]
    [InlineData(8, true)]
    [InlineData(8, false)]
    public void A_flood_of_queries_gets_no_flood_of_answers(int length, bool isOfAll) => Script.Run(async script =>
    {
        await Settle(script, Group, Other);
        for (var i = 0; i < 1000; i++)
        {
            SendQuery(script, isOfAll ? default : Group, isOfAll ? Ipv4Address.AllHosts : Group, tenths: 1, length: length);
            await script.Sleep(1);
        }

        // One of each group in each tenth of a second.
        var answers = length == 12 ? Take(script).ConvertAll(answer => answer.Group) : TakeOld(script).ConvertAll(answer => answer.Group);
        Assert.InRange(answers.Count(group => group == Group), 5, 11);
        Assert.InRange(answers.Count(group => group == Other), isOfAll ? 5 : 0, isOfAll ? 11 : 0);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_query_allocates_nothing(int version)
    {
        var platform = new SimulatedPlatform(new SimulatedLoop(1));
        var reports = new GroupReports<SimulatedPlatform>(platform, 256);
        for (var i = 0u; i < 256; i++)
        {
            reports.Join(new Ipv4Address(0xef00_0000 + i), platform.Now);
        }

        Query();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Query();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Query()
        {
            for (var i = 0; i < 100; i++)
            {
                reports.Query(default, version, 10, platform.Now);
                reports.Query(new Ipv4Address(0xef00_0001), version, 10, platform.Now);
            }
        }
    }

    [Fact]
    public void Groups_that_were_left_are_spoken_of_within_the_bound() => Script.Run(
        async script =>
        {
            for (var i = 0u; i < 10_000; i++)
            {
                script.Stack.JoinGroup(new Ipv4Address(0xef00_0000 + i)).ThrowIfFailed();
                script.Stack.LeaveGroup(new Ipv4Address(0xef00_0000 + i)).ThrowIfFailed();
            }

            script.Host.Sink = [];
            await script.Sleep(20_000);
            Assert.InRange(Take(script).Count, 1, 32);
        },
        limits: new StackLimits { MaxGroups = 16 });

    [Fact]
    public void RFC_1112_section_6_1_what_goes_to_a_group_stays_on_the_link_and_comes_back_to_members() => Script.Run(async script =>
    {
        var received = new List<(IpAddress To, int Length)>();
        script.Stack.ListenUdp(9, (local, _, payload) => received.Add((local.Address, payload.Length))).ThrowIfFailed();
        await Settle(script, Group);
        var remote = new IpEndpoint(Group, 9);
        script.Stack.SendUdp(default, remote, new byte[10]).ThrowIfFailed();
        script.Stack.SendUdp(default, remote, new byte[20], new UdpSendOptions { TimeToLive = 7, TrafficClass = 0x20 }).ThrowIfFailed();
        script.Stack.SendUdp(default, remote, new byte[30], new UdpSendOptions { WithoutLoopback = true }).ThrowIfFailed();
        script.Stack.SendUdp(default, remote, new byte[4000]).ThrowIfFailed();
        script.Stack.SendUdp(default, new IpEndpoint(Other, 9), new byte[50]).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal([(Group, 10), (Group, 20), (Group, 4000)], received);

        // TTL, TOS, length of each packet on the link.
        Assert.Equal(
            [(1, 0, 38), (7, 0x20, 48), (1, 0, 58), (1, 0, 1500), (1, 0, 1500), (1, 0, 1068), (1, 0, 78)],
            script.Host.Sink!.Select(x => ((int)x[8], (int)x[1], x.Length)));
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void RFC_1122_section_3_2_1_3_an_answer_to_a_group_comes_from_an_address_of_ours() => Script.Run(async script =>
    {
        script.Stack.ListenUdp(9, (local, remote, payload) => script.Stack.SendUdp(local, remote, payload).ThrowIfFailed()).ThrowIfFailed();
        await Settle(script, Group);
        script.Host.SendFrame(
            MacAddress.ForMulticast(Group), EtherType.Ipv4, Packets.Ip(Script.PeerAddress, Group, IpProtocol.Udp, Packets.Udp(Script.PeerAddress, 5000, Group, 9, "x"u8)));
        await script.Sleep(1);
        Assert.Equal(Script.StackAddress, new Ipv4Address(Assert.Single(script.Host.Sink!).AsSpan(12)));
    });

    [Theory]
    [InlineData(10, 10)]
    [InlineData(127, 127)]
    [InlineData(0x80, 128)]
    [InlineData(0xff, 31_744)]
    public void RFC_3376_section_4_1_1_response_codes(byte code, int tenths)
    {
        Assert.True(IgmpMessage.TryParse(Query(default, code, 12), out var message));
        Assert.Equal((3, tenths), (message.QueryVersion, message.MaxResponse));
    }

    [Fact]
    public void Any_bytes_are_read_without_an_exception()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            if (bytes.Length >= 4)
            {
                bytes.AsSpan(2, 2).Clear();
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), InternetChecksum.Finish(InternetChecksum.Sum(bytes)));
            }

            if (IgmpMessage.TryParse(bytes, out var message))
            {
                Assert.InRange(message.MaxResponse, 0, 31_744);
                _ = (message.Type, message.Group, message.QueryVersion);
            }
        }
    }

    private static async Task Settle(Script script, params Ipv4Address[] groups)
    {
        foreach (var group in groups)
        {
            script.Stack.JoinGroup(group).ThrowIfFailed();
        }

        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
        await script.Sleep(20_000);
        _ = script.Host.TakePackets();
        script.Host.Sink = [];
    }

    private static List<(Ipv4Address To, IgmpRecordType Type, Ipv4Address Group)> Take(Script script)
    {
        var records = new List<(Ipv4Address, IgmpRecordType, Ipv4Address)>();
        foreach (var packet in script.Host.TakePackets())
        {
            Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var parsed));
            Assert.True(IgmpMessage.TryParse(parsed.Payload, out var message));
            Assert.Equal((IpProtocol.Igmp, IgmpType.ReportV3), (parsed.Protocol, message.Type));
            var count = BinaryPrimitives.ReadUInt16BigEndian(parsed.Payload[6..]);
            Assert.Equal(8 + (8 * count), parsed.Payload.Length);
            for (var i = 0; i < count; i++)
            {
                var record = parsed.Payload.Slice(8 + (8 * i), 8);
                Assert.Equal(0, BinaryPrimitives.ReadInt32BigEndian(record) & 0xffffff);
                records.Add((parsed.Destination, (IgmpRecordType)record[0], new Ipv4Address(record[4..])));
            }
        }

        return records;
    }

    private static List<(Ipv4Address To, IgmpType Type, Ipv4Address Group)> TakeOld(Script script)
        => [.. script.Host.TakePackets().Select(packet =>
        {
            Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var parsed));
            Assert.True(IgmpMessage.TryParse(parsed.Payload, out var message));
            Assert.Equal((8, 1), (parsed.Payload.Length, parsed.TimeToLive));
            return (parsed.Destination, message.Type, message.Group);
        })];

    private static byte[] Query(Ipv4Address group, byte code, int length)
    {
        var message = new byte[length];
        IgmpMessage.Write(message, IgmpType.Query, code, group);
        message.AsSpan(2, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Finish(InternetChecksum.Sum(message)));
        return message;
    }

    private static void SendQuery(Script script, Ipv4Address group, Ipv4Address to, byte tenths, int length = 12, byte ttl = 1, bool alert = true, bool corrupt = false)
    {
        var query = Query(group, tenths, length);
        query[^1] ^= (byte)(corrupt ? 1 : 0);
        var size = alert ? 24 : 20;
        var packet = new byte[size + length];
        var header = new Ipv4Header { TotalLength = (ushort)packet.Length, TimeToLive = ttl, Protocol = IpProtocol.Igmp, Source = Script.PeerAddress, Destination = to };
        if (alert)
        {
            Ipv4Packet.WriteWithRouterAlert(packet, header);
        }
        else
        {
            Ipv4Packet.Write(packet, header);
        }

        query.CopyTo(packet, size);
        script.Host.SendFrame(MacAddress.ForMulticast(to), EtherType.Ipv4, packet);
    }
}
