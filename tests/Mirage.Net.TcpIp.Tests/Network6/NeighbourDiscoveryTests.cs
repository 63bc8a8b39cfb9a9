using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>Address resolution and unreachability detection (RFC 4861 §7), as a raw host sees them.</summary>
public class NeighbourDiscoveryTests
{
    private const uint Solicited = NeighbourMessage.SolicitedFlag, Override = NeighbourMessage.OverrideFlag;
    private static readonly Ipv6Address Nobody = Ipv6Address.Parse("2001:db8::77");

    [Fact]
    public void Section_7_2_2_the_group_of_a_neighbour_is_asked_and_what_waited_is_sent() => Script6.Run(async script =>
    {
        var ping = script.Stack.Icmp.PingAsync(Script6.PeerAddress, default, TimeSpan.FromSeconds(1)).AsTask();
        var question = await script.Host.NextAsync(Icmpv6Type.NeighbourSolicitation);
        Assert.Equal((Ipv6Groups.SolicitedNode(Script6.PeerAddress), Script6.PeerAddress, (byte)255), (question.Destination, question.Target, question.HopLimit));
        Assert.Equal(MacAddress.ForMulticast(question.Destination), question.To);
        Assert.Equal(Script6.StackAddress, question.Source);
        Assert.Equal(RawIpv6Host.Option(1, script.Host.StackMac), question.Payload[24..]);
        var echo = await script.Host.NextAsync(Icmpv6Type.EchoRequest);
        Assert.Equal((script.Host.Mac, Script6.PeerAddress), (echo.To, echo.Destination));
        Assert.Equal(ErrorKind.TimedOut, (await ping).Error.Kind);
    });

    [Fact]
    public void Section_7_2_2_who_does_not_answer_is_asked_three_times_a_second_apart_and_then_unreachable() => Script6.Run(async script =>
    {
        var start = script.Now;
        var connected = await script.Stack.ConnectTcpAsync(new IpEndpoint(Nobody, 80));
        Assert.Equal(ErrorKind.Unreachable, connected.Error.Kind);
        Assert.Equal([0, 1000, 2000], script.Host.Of(Icmpv6Type.NeighbourSolicitation).Select(packet => Math.Round(packet.At - start)));
        Assert.Equal((1L, 1L), (script.Stack.Counters.Ndp.Failures, Math.Min(1, script.Stack.Counters.Ndp.WaitingDropped)));
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void Section_7_2_2_who_sent_what_waited_for_a_silent_neighbour_is_told() => Script6.Run(async script =>
    {
        var errors = new List<(IpEndpoint, ErrorKind)>();
        script.Stack.ListenUdp(7, (_, _, _) => { }, new UdpListenOptions { OnError = (_, remote, error) => errors.Add((remote, error.Kind)) }).ThrowIfFailed();
        var pinging = script.Stack.Icmp.PingAsync(Nobody, new byte[8], TimeSpan.FromMinutes(1)).AsTask();
        var large = script.Stack.Icmp.PingAsync(Nobody, new byte[3000], TimeSpan.FromMinutes(1)).AsTask();
        script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Nobody, 5), new byte[1]).ThrowIfFailed();

        // In fragments: the first has the transport's header, after another one.
        script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Nobody, 6), new byte[3000]).ThrowIfFailed();
        await script.Sleep(2999);
        Assert.Empty(errors);
        await script.Sleep(2);
        Assert.Equal([(new IpEndpoint(Nobody, 5), ErrorKind.Unreachable), (new IpEndpoint(Nobody, 6), ErrorKind.Unreachable)], errors);
        Assert.Equal((ErrorKind.Unreachable, ErrorKind.Unreachable), ((await pinging).Error.Kind, (await large).Error.Kind));
        Assert.Equal(0, script.Stack.Counters.BuffersInUse);
    });

    [Fact]
    public void Section_7_2_2_the_newest_packets_wait_and_the_oldest_makes_room() => Script6.Run(
        async script =>
        {
            for (byte i = 0; i < 6; i++)
            {
                script.Stack.SendUdp(default, new IpEndpoint(Nobody, 9), [i]).ThrowIfFailed();
            }

            script.Host.SendAdvertisement(Nobody, Script6.StackAddress, Nobody, Solicited | Override, script.Host.Mac);
            await script.Sleep(10);
            Assert.Equal([3, 4, 5], script.Host.All.Where(packet => packet.NextHeader == IpProtocol.Udp).Select(packet => packet.Payload[^1]));
            Assert.Equal(3, script.Stack.Counters.Ndp.WaitingDropped);
        },
        Script6.Options with { Limits = new StackLimits { MaxPacketsPerNeighbour = 3 } });

    [Fact]
    public void Section_7_3_3_a_neighbour_is_believed_then_given_a_moment_then_asked_directly_and_forgotten() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        script.Host.Addresses.Clear();
        await script.Sleep(46_000);
        script.Host.All.Clear();

        // Stale: still used; five seconds later it is asked, three times, directly.
        var start = script.Now;
        script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [1]).ThrowIfFailed();
        await script.Sleep(20_000);
        Assert.Contains(script.Host.All, packet => packet.NextHeader == IpProtocol.Udp && packet.At - start < 1);
        var questions = script.Host.Of(Icmpv6Type.NeighbourSolicitation);
        Assert.Equal([5000, 6000, 7000], questions.Select(packet => Math.Round(packet.At - start)));
        Assert.All(questions, packet => Assert.Equal((script.Host.Mac, Script6.PeerAddress), (packet.To, packet.Destination)));

        // Forgotten: the group is asked.
        script.Host.All.Clear();
        script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [1]).ThrowIfFailed();
        await script.Sleep(1);
        Assert.True(Assert.Single(script.Host.Of(Icmpv6Type.NeighbourSolicitation)).Destination.IsMulticast);
    });

    [Fact]
    public void Section_7_3_1_a_hint_from_above_saves_the_question() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        await script.Sleep(46_000);
        script.Stack.ListenTcp(80, new EchoHandler()).ThrowIfFailed();
        script.Host.All.Clear();
        script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [1]).ThrowIfFailed();
        await script.Sleep(1000);

        // Within the five seconds the peer says of itself that it is there.
        script.Host.SendAdvertisement(Script6.PeerAddress, Script6.StackAddress, Script6.PeerAddress, Solicited, null);
        await script.Sleep(10_000);
        Assert.Empty(script.Host.Of(Icmpv6Type.NeighbourSolicitation));
    });

    [Fact]
    public void Section_7_2_4_a_question_for_this_host_is_answered() => Script6.Run(async script =>
    {
        script.Host.SendSolicitation(Script6.PeerAddress, Script6.StackAddress, script.Host.Mac);
        var answer = await script.Host.NextAsync(Icmpv6Type.NeighbourAdvertisement);
        Assert.Equal((Script6.StackAddress, Script6.PeerAddress, script.Host.Mac, (byte)255), (answer.Source, answer.Destination, answer.To, answer.HopLimit));
        Assert.Equal((byte)0x60, answer.Payload[4]);
        Assert.Equal(Script6.StackAddress, answer.Target);
        Assert.Equal(RawIpv6Host.Option(2, script.Host.StackMac), answer.Payload[24..]);

        // And the asker's address is known now: nobody is asked.
        script.Host.All.Clear();
        script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [1]).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal(IpProtocol.Udp, Assert.Single(script.Host.All).NextHeader);
    });

    [Fact]
    public void Section_7_1_what_is_not_valid_is_dropped_and_counted() => Script6.Run(async script =>
    {
        var host = script.Host;
        var (stack, peer) = (Script6.StackAddress, Script6.PeerAddress);
        var before = script.Stack.Counters.Ndp;
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(stack), hopLimit: 254);
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 1, 0, RawIpv6Host.Bytes(stack));
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(stack).AsSpan(0, 15));
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(Ipv6Groups.AllNodes));
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, [.. RawIpv6Host.Bytes(stack), 1, 0, 0, 0, 0, 0, 0, 0]);
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, [.. RawIpv6Host.Bytes(stack), 1, 2, 0, 0, 0, 0, 0, 0]);
        host.SendIcmp(default, Ipv6Groups.SolicitedNode(stack), Icmpv6Type.NeighbourSolicitation, 0, 0, [.. RawIpv6Host.Bytes(stack), .. RawIpv6Host.Option(1, host.Mac)]);
        host.SendIcmp(default, Ipv6Groups.AllNodes, Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(stack));
        host.SendIcmp(peer, Ipv6Groups.AllNodes, Icmpv6Type.NeighbourAdvertisement, 0, Solicited, RawIpv6Host.Bytes(peer));
        await script.Sleep(10);
        Assert.Equal((9L, 9L), (script.Stack.Counters.Ndp.Received - before.Received, script.Stack.Counters.Ndp.Malformed));

        // RFC 4443 §2.3: nor with a wrong checksum.
        host.SendIcmp(peer, stack, Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(stack), corrupt: true);
        await script.Sleep(10);
        Assert.Equal(1, script.Stack.Counters.Icmpv6.Malformed);
        Assert.Empty(host.Of(Icmpv6Type.NeighbourAdvertisement));
    });

    /// <summary>RFC 4861 §7.2.5: flags, whether another link-layer address is told, and what is used from then on: the known one, the told one.</summary>
    [Theory]
    [InlineData(0u, true, false)]
    [InlineData(Solicited, true, false)]
    [InlineData(Override, true, true)]
    [InlineData(Solicited | Override, true, true)]
    [InlineData(Solicited | Override, false, false)]
    public void Section_7_2_5_only_an_override_replaces_what_is_known(uint flags, bool tellsAnother, bool isTaken) => Script6.Run(async script =>
    {
        await script.MeetAsync();
        var other = MacAddress.Local(99);
        script.Host.SendAdvertisement(Script6.PeerAddress, Script6.StackAddress, Script6.PeerAddress, flags, tellsAnother ? other : null);
        await script.Sleep(1);
        var known = (await script.Stack.NeighbourAsync(Script6.PeerAddress)).ThrowIfFailed();
        Assert.Equal(isTaken ? other : script.Host.Mac, known);
    });

    [Fact]
    public void Section_7_2_5_what_was_not_asked_for_is_not_remembered() => Script6.Run(async script =>
    {
        script.Host.SendAdvertisement(Nobody, Script6.StackAddress, Nobody, Override, MacAddress.Local(99));
        await script.Sleep(1);
        Assert.Equal(ErrorKind.Unreachable, (await script.Stack.NeighbourAsync(Nobody)).Error.Kind);
    });

    [Fact]
    public void Section_7_2_5_an_unsolicited_answer_is_used_but_not_believed() => Script6.Run(async script =>
    {
        script.Stack.SendUdp(default, new IpEndpoint(Nobody, 9), [1]).ThrowIfFailed();
        script.Host.SendAdvertisement(Nobody, Ipv6Groups.AllNodes, Nobody, Override, script.Host.Mac);
        await script.Sleep(1);
        Assert.Single(script.Host.All, packet => packet.NextHeader == IpProtocol.Udp);
        script.Stack.SendUdp(default, new IpEndpoint(Nobody, 9), [1]).ThrowIfFailed();
        script.Host.All.Clear();
        await script.Sleep(5500);
        Assert.Equal(script.Host.Mac, Assert.Single(script.Host.Of(Icmpv6Type.NeighbourSolicitation)).To);
    });

    [Fact]
    public void RFC_6583_a_scan_does_not_push_out_who_answers() => Script6.Run(
        async script =>
        {
            await script.MeetAsync();
            for (var i = 0; i < 1000; i++)
            {
                script.Stack.SendUdp(default, new IpEndpoint(new Ipv6Address(Nobody.Value + 0x1_0000 + (uint)i), 9), [1]).ThrowIfFailed();

                // Claims that nobody asked for.
                script.Host.SendSolicitation(new Ipv6Address(Nobody.Value + 0x2_0000 + (uint)i), Script6.StackAddress, MacAddress.Local((ulong)i + 100));
                if (i % 100 == 0)
                {
                    await script.Sleep(1);
                }
            }

            await script.Sleep(1);
            script.Host.All.Clear();
            script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [1]).ThrowIfFailed();
            await script.Sleep(1);
            Assert.Equal(IpProtocol.Udp, Assert.Single(script.Host.All, packet => packet.Destination == Script6.PeerAddress).NextHeader);
            Assert.True(script.Stack.Counters.Ndp.Evicted + script.Stack.Counters.Ndp.ClaimsRefused > 1900);
        },
        Script6.Options with { Limits = new StackLimits { MaxNeighbours = 16 } });

    [Fact]
    public void A_flood_of_solicitations_pushes_nobody_out_whom_this_host_sends_to() => Script6.Run(
        async script =>
        {
            // One that answers, and one that has not had the time to.
            await script.MeetAsync();
            script.Stack.SendUdp(default, new IpEndpoint(Nobody, 9), [2]).ThrowIfFailed();
            for (var i = 0; i < 1000; i++)
            {
                // Made-up addresses, each of which asks, and says that it was asked.
                var (madeUp, mac) = (new Ipv6Address(Nobody.Value + 0x2_0000 + (uint)i), MacAddress.Local((ulong)i + 100));
                script.Host.SendSolicitation(madeUp, Script6.StackAddress, mac);
                script.Host.SendAdvertisement(madeUp, Script6.StackAddress, madeUp, Solicited | Override, mac);
                if (i % 100 == 0)
                {
                    await script.Sleep(1);
                }
            }

            script.Host.SendAdvertisement(Nobody, Script6.StackAddress, Nobody, Solicited | Override, script.Host.Mac);
            await script.Sleep(1);
            script.Stack.SendUdp(default, new IpEndpoint(Script6.PeerAddress, 9), [3]).ThrowIfFailed();
            await script.Sleep(1);
            Assert.Equal([2, 3], script.Host.All.Where(packet => packet.NextHeader == IpProtocol.Udp).Select(packet => packet.Payload[^1]));
            Assert.Equal((1000L - 14, 0L), (script.Stack.Counters.Ndp.Evicted, script.Stack.Counters.Ndp.WaitingDropped));
        },
        Script6.Options with { Limits = new StackLimits { MaxNeighbours = 16 } });
}
