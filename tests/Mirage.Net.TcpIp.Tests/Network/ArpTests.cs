using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Address resolution (RFC 826, RFC 5227, RFC 1122 §2.3.2) as a raw host sees it.</summary>
public class ArpTests
{
    private static readonly Ipv4Address Other = new(10, 0, 0, 9);
    private static readonly MacAddress Intruder = MacAddress.Local(99);

    [Fact]
    public void An_address_is_announced() => Script.Run(async script =>
    {
        // RFC 5227 §2.3.
        await script.Sleep(1);
        var (at, to, operation, sender, target) = Assert.Single(script.Host.Arps);

        // Again after two seconds, and no more.
        await script.Sleep(60_000);
        Assert.Equal([0.0, 2000.0], script.Host.Arps.Select(x => x.At));
        Assert.Equal((0.0, MacAddress.Broadcast, ArpOperation.Request, Script.StackAddress, Script.StackAddress), (at, to, operation, sender, target));
    });

    [Fact]
    public void A_neighbour_is_asked_for_three_times_a_second_apart() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        Send(script, Other, 1);
        await script.Sleep(2999);
        Assert.Equal([0.0, 1000.0, 2000.0], script.Host.Arps.Where(x => x.Target == Other).Select(x => x.At));
        Assert.All(script.Host.Arps, x => Assert.Equal(MacAddress.Broadcast, x.To));
        Assert.NotEqual(0, script.Stack.Counters.BuffersInUse);
        await script.Sleep(2);
        Assert.Equal((1L, 0L), (script.Stack.Counters.Arp.WaitingDropped, script.Stack.Counters.BuffersInUse));

        // It counts as unreachable for three seconds, and is then asked for again.
        Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(default, new IpEndpoint(Other, 5), new byte[1]).Error.Kind);
        await script.Sleep(3000);
        script.Stack.SendUdp(default, new IpEndpoint(Other, 5), new byte[1]).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal(4, script.Host.Arps.Count(x => x.Target == Other));
    });

    [Fact]
    public void What_waits_for_a_neighbour_is_bounded_and_leaves_in_order() => Script.Run(
        async script =>
        {
            script.Host.AnswersArp = false;
            for (byte i = 0; i < 20; i++)
            {
                Send(script, Script.PeerAddress, i);
            }

            await script.Sleep(500);
            script.Host.SendArp(ArpOperation.Reply, Script.PeerAddress, Script.StackAddress);
            for (byte i = 4; i < 20; i++)
            {
                Assert.Equal(i, (await script.Host.NextPacketAsync(TimeSpan.FromSeconds(1)))![^1]);
            }

            Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromSeconds(1)));
            Assert.Equal((4L, 0L), (script.Stack.Counters.Arp.WaitingDropped, script.Stack.Counters.BuffersInUse));
        },
        limits: new StackLimits { MaxPacketsPerNeighbour = 16 });

    [Fact]
    public void The_largest_datagram_waits_for_a_neighbour_as_a_whole() => Script.Run(async script =>
    {
        script.Host.Sink = [];
        script.Stack.SendUdp(default, new IpEndpoint(Script.PeerAddress, 5), new byte[65_507]).ThrowIfFailed();
        await script.Sleep(1);
        Assert.Equal((45, 65_515), (script.Host.Sink.Count, script.Host.Sink.Sum(packet => packet.Length - 20)));
    });

    [Fact]
    public void All_that_waits_for_neighbours_is_bounded() => Script.Run(
        async script =>
        {
            for (byte i = 10; i < 60; i++)
            {
                for (byte j = 0; j < 10; j++)
                {
                    Send(script, new Ipv4Address(10, 0, 0, i), j);
                    Assert.InRange(script.Stack.Counters.BuffersInUse, 0, 32 << 10);
                }
            }

            Assert.True(script.Stack.Counters.Arp.WaitingDropped > 400);
            await script.Sleep(3001);
            Assert.Equal((500L, 0L), (script.Stack.Counters.Arp.WaitingDropped, script.Stack.Counters.BuffersInUse));
        },
        limits: new StackLimits { MaxWaitingForNeighbours = 32 << 10 });

    [Fact]
    public void Who_does_not_answer_ends_a_connect_as_unreachable_after_three_seconds() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        var connecting = script.Stack.ConnectTcpAsync(new IpEndpoint(Other, 80)).AsTask();
        await script.Sleep(2999);
        Assert.False(connecting.IsCompleted);
        await script.Sleep(2);
        Assert.True(connecting.IsCompleted);
        Assert.Equal(ErrorKind.Unreachable, (await connecting).Error.Kind);
        Assert.Equal(ErrorKind.Unreachable, (await script.Stack.ConnectTcpAsync(new IpEndpoint(Other, 80))).Error.Kind);
    });

    [Fact]
    public void RFC_1122_section_2_4_who_sent_what_waited_for_a_silent_neighbour_is_told() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        var errors = new List<(IpEndpoint, ErrorKind)>();
        var options = new UdpListenOptions { OnError = (_, remote, error) => errors.Add((remote, error.Kind)) };
        script.Stack.ListenUdp(7, (_, _, _) => { }, options).ThrowIfFailed();
        var pinging = script.Stack.Icmp.PingAsync(Other, new byte[8], TimeSpan.FromMinutes(1)).AsTask();
        script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Other, 5), new byte[1]).ThrowIfFailed();
        script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Other, 6), new byte[3000]).ThrowIfFailed();
        await script.Sleep(2999);
        Assert.Empty(errors);
        await script.Sleep(2);
        Assert.Equal([(new IpEndpoint(Other, 5), ErrorKind.Unreachable), (new IpEndpoint(Other, 6), ErrorKind.Unreachable)], errors);
        Assert.Equal($"{Other} does not answer", (await pinging).Error.ToString());
        Assert.Equal((5L, 0L), (script.Stack.Counters.Arp.WaitingDropped, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void Every_address_is_announced_and_answered_for() => Script.Run(
        async script =>
        {
            await script.Sleep(1);
            Assert.Equal([Script.StackAddress, Other], script.Host.Arps.Select(x => x.Target));
            script.Host.Arps.Clear();
            script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Other);
            script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
            await script.Sleep(1);
            Assert.Equal([Other, Script.StackAddress], script.Host.Arps.Select(x => x.Sender));

            // Removed, it is nobody's.
            Assert.True(script.Stack.RemoveAddress(new IpNetwork(Other, 24)));
            script.Host.Arps.Clear();
            script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Other);
            await script.Sleep(3000);
            Assert.DoesNotContain(script.Host.Arps, x => x.Sender == Other);
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 24), new IpNetwork(Other, 24)] });

    [Fact]
    public void A_neighbour_entered_by_hand_is_not_asked_for_and_not_taken_over() => Script.Run(async script =>
    {
        script.Stack.Arp.AddStatic(Other, script.Host.Mac);
        Send(script, Other, 1);
        await script.Sleep(300_000);
        script.Host.SendArp(ArpOperation.Reply, Other, Script.StackAddress, Intruder);
        Send(script, Other, 2);
        Assert.Equal(1, (await script.NextAsync())[^1]);
        Assert.Equal(2, (await script.NextAsync())[^1]);
        Assert.DoesNotContain(script.Host.Arps, x => x.Target == Other);
        Assert.Equal(script.Host.Mac, (await script.Stack.Arp.QueryAsync(Other, TestContext.Current.CancellationToken)).ThrowIfFailed());
    });

    [Fact]
    public void A_known_neighbour_is_asked_directly_when_it_is_used_after_a_minute_and_used_meanwhile() => Script.Run(async script =>
    {
        // RFC 1122 §2.3.2.1, and the delay of RFC 4861 §7.3.3.
        Send(script, Script.PeerAddress, 1);
        await script.Sleep(59_000);
        Send(script, Script.PeerAddress, 2);
        await script.Sleep(1500);
        Assert.Equal(1, Asked());
        script.Host.AnswersArp = false;
        Send(script, Script.PeerAddress, 3);
        await script.Sleep(4900);
        Assert.Equal(1, Asked());
        await script.Sleep(1600);
        Send(script, Script.PeerAddress, 4);
        await script.Sleep(1000);
        Assert.Equal([MacAddress.Broadcast, script.Host.Mac, script.Host.Mac, MacAddress.Broadcast], script.Host.Arps.Where(x => x.Target == Script.PeerAddress).Select(x => x.To));
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(i, (await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)))![^1]);
        }

        int Asked() => script.Host.Arps.Count(x => x.Target == Script.PeerAddress);
    });

    [Fact]
    public void A_neighbour_that_is_not_used_is_forgotten() => Script.Run(async script =>
    {
        Send(script, Script.PeerAddress, 1);
        await script.Sleep(121_000);
        Send(script, Script.PeerAddress, 2);
        await script.Sleep(1);
        Assert.Equal([MacAddress.Broadcast, MacAddress.Broadcast], script.Host.Arps.Where(x => x.Target == Script.PeerAddress).Select(x => x.To));
    });

    [Fact]
    public void A_neighbour_through_which_acknowledgements_come_is_not_asked_again() => Script.Run(async script =>
    {
        // RFC 1122 §2.3.2.1 (4): advice of the transport.
        var (peer, flow) = await script.AcceptAsync();
        await script.Sleep(2500);
        script.Host.Arps.Clear();
        for (var i = 0; i < 200; i++)
        {
            (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
            await peer.Expect(TcpFlags.Ack, seq: 1 + i, ack: 1, length: 1);
            peer.Send(TcpFlags.Ack, seq: 1, ack: 2 + i);
            await script.Sleep(2000);
        }

        Assert.Empty(script.Host.Arps);
        await flow.AbortAsync();
    });

    [Fact]
    public void Who_has_only_asked_for_us_is_asked_five_seconds_after_it_is_used() => Script.Run(async script =>
    {
        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
        await script.Sleep(10_000);
        script.Host.Arps.Clear();
        Send(script, Script.PeerAddress, 1);
        await script.Sleep(4999);
        Assert.Empty(script.Host.Arps);
        await script.Sleep(60_000);
        Assert.Equal((script.Host.Mac, Script.PeerAddress), Assert.Single(script.Host.Arps.Select(x => (x.To, x.Target))));
    });

    [Fact]
    public void A_flood_of_questions_pushes_nobody_out_whom_this_host_sends_to() => Script.Run(
        async script =>
        {
            // One that answers, and one that has not had the time to.
            Send(script, Script.PeerAddress, 1);
            await script.Sleep(1);
            Send(script, Other, 2);
            for (var i = 0; i < 1000; i++)
            {
                // Made-up addresses, each of which asks, and says that it was asked.
                var madeUp = new Ipv4Address(0x0a00_0100u + (uint)i);
                script.Host.SendArp(ArpOperation.Request, madeUp, Script.StackAddress, Intruder);
                script.Host.SendArp(ArpOperation.Reply, madeUp, Script.StackAddress, Intruder);
                if (i % 100 == 0)
                {
                    await script.Sleep(1);
                }
            }

            script.Host.SendArp(ArpOperation.Reply, Other, Script.StackAddress);
            await script.Sleep(1);
            script.Host.Arps.Clear();
            Send(script, Script.PeerAddress, 3);
            await script.Sleep(1);
            Assert.Empty(script.Host.Arps);
            Assert.Equal([1, 2, 3], script.Host.TakePackets().Select(packet => packet[^1]));
            Assert.Equal((1000L - 14, 0L), (script.Stack.Counters.Arp.Evicted, script.Stack.Counters.Arp.WaitingDropped));
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 16)], Limits = new StackLimits { MaxNeighbours = 16 } });

    [Fact]
    public void Who_asks_for_us_takes_the_place_of_nobody_who_answers() => Script.Run(
        async script =>
        {
            for (byte i = 0; i < 4; i++)
            {
                _ = script.Host.Addresses.Add(new Ipv4Address(10, 0, 0, (byte)(20 + i)));
                Send(script, new Ipv4Address(10, 0, 0, (byte)(20 + i)), i);
            }

            await script.Sleep(1);
            script.Host.Arps.Clear();
            script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
            await script.Sleep(1);

            // It is answered all the same.
            Assert.Equal(ArpOperation.Reply, Assert.Single(script.Host.Arps).Operation);
            Assert.Equal((0L, 1L), (script.Stack.Counters.Arp.Evicted, script.Stack.Counters.Arp.ClaimsRefused));
        },
        limits: new StackLimits { MaxNeighbours = 4 });

    [Fact]
    public void A_question_to_us_is_answered_and_learned_from() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
        await script.Sleep(1);
        Assert.Contains(script.Host.Arps, x => x.Operation == ArpOperation.Reply && x.Sender == Script.StackAddress && x.To == script.Host.Mac);
        Send(script, Script.PeerAddress, 1);
        Assert.NotNull(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)));
        Assert.DoesNotContain(script.Host.Arps, x => x.Target == Script.PeerAddress && x.Operation == ArpOperation.Request);

        // A probe (RFC 5227 §2.1.1) is answered too; a question to somebody else is not.
        script.Host.Arps.Clear();
        script.Host.SendArp(ArpOperation.Request, default, Script.StackAddress);
        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Other);
        await script.Sleep(1);
        Assert.Single(script.Host.Arps);
    });

    [Fact]
    public void Nothing_is_learned_from_what_was_not_asked() => Script.Run(async script =>
    {
        script.Host.AnswersArp = false;
        script.Host.SendArp(ArpOperation.Reply, Other, Script.StackAddress, Intruder);
        script.Host.SendArp(ArpOperation.Request, Other, Other, Intruder);
        await script.Sleep(1);
        Send(script, Other, 1);
        await script.Sleep(1);
        Assert.Contains(script.Host.Arps, x => x.Target == Other);
        Assert.Null(await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)));
    });

    [Fact]
    public void A_takeover_is_checked_with_the_old_address_and_not_believed_while_that_may_answer() => Script.Run(async script =>
    {
        Send(script, Script.PeerAddress, 1);
        await script.Sleep(1);
        for (var i = 0; i < 3; i++)
        {
            script.Host.SendArp(ArpOperation.Reply, Script.PeerAddress, Script.StackAddress, Intruder);
        }

        await script.Sleep(1);
        Assert.True(script.Stack.Counters.Arp.Takeovers > 0);
        Assert.Contains(script.Host.Arps, x => x.To == script.Host.Mac && x.Target == Script.PeerAddress);
        Send(script, Script.PeerAddress, 2);
        Assert.Equal(1, (await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)))![^1]);
        Assert.Equal(2, (await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1)))![^1]);
    });

    [Fact]
    public void A_neighbour_with_a_new_card_is_found_by_the_last_question() => Script.Run(async script =>
    {
        Send(script, Script.PeerAddress, 1);
        await script.Sleep(1);
        script.Host.AnswersArp = false;
        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.PeerAddress, Intruder);
        await script.Sleep(2500);
        Assert.Equal(MacAddress.Broadcast, script.Host.Arps.Last(x => x.Target == Script.PeerAddress).To);
        script.Host.SendArp(ArpOperation.Reply, Script.PeerAddress, Script.StackAddress, Intruder);
        await script.Sleep(1);
        _ = await script.Host.NextPacketAsync(TimeSpan.FromMilliseconds(1));
        Send(script, Script.PeerAddress, 2);
        await script.Sleep(1);

        // It went to the other card: the switch has flooded it, and it is for nobody here.
        Assert.Equal(Intruder, await Resolved(script));
    });

    [Fact]
    public void RFC_5227_section_2_4_an_address_that_another_host_uses_is_defended_once_in_ten_seconds_and_the_program_is_told()
    {
        var told = new List<(Ipv4Address, MacAddress)>();
        Script.Run(
            async script =>
            {
                await script.Sleep(2001);
                script.Host.Arps.Clear();
                for (var i = 0; i < 3; i++)
                {
                    script.Host.SendArp(ArpOperation.Request, Script.StackAddress, Script.StackAddress, Intruder);
                }

                await script.Sleep(1);
                Assert.Equal((1, 3L), (script.Host.Arps.Count, script.Stack.Counters.Arp.Conflicts));
                Assert.Equal([(Script.StackAddress, Intruder)], told);
                await script.Sleep(10_000);
                script.Host.SendArp(ArpOperation.Reply, Script.StackAddress, Script.PeerAddress, Intruder);
                await script.Sleep(1);
                Assert.Equal((2, 2), (script.Host.Arps.Count, told.Count));
            },
            options: new DirectStackOptions
            {
                Addresses = [new IpNetwork(Script.StackAddress, 24)],
                Arp = new ArpOptions { OnConflict = (address, other) => told.Add((address, other)) },
            });
    }

    [Fact]
    public void The_cache_is_bounded() => Script.Run(
        async script =>
        {
            for (byte i = 10; i < 20; i++)
            {
                script.Host.SendArp(ArpOperation.Request, new Ipv4Address(10, 0, 0, i), Script.StackAddress);
            }

            await script.Sleep(1);
            Assert.Equal(6, script.Stack.Counters.Arp.Evicted);
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 24)], Limits = new StackLimits { MaxNeighbours = 4 } });

    [Fact]
    public void Broken_packets_are_counted() => Script.Run(async script =>
    {
        script.Host.SendFrame(MacAddress.Broadcast, EtherType.Arp, new byte[28]);
        script.Host.SendFrame(MacAddress.Broadcast, EtherType.Arp, new byte[3]);
        script.Host.SendArp(ArpOperation.Request, Ipv4Address.Broadcast, Script.StackAddress);
        script.Host.SendArp(ArpOperation.Request, Other, Script.StackAddress, MacAddress.Broadcast);
        await script.Sleep(1);
        Assert.Equal(4, script.Stack.Counters.Arp.Malformed);
    });

    private static void Send(Script script, Ipv4Address to, byte mark)
        => script.Stack.SendUdp(default, new IpEndpoint(to, 5), [mark]).ThrowIfFailed();

    /// <summary>Where packets to the peer go now: asked by another host on the link that floods.</summary>
    private static async Task<MacAddress> Resolved(Script script)
    {
        var spy = new Spy(script.Switch.Connect(Intruder));
        script.Platform.Attach(spy);
        Send(script, Script.PeerAddress, 3);
        await script.Sleep(1);
        return spy.Last;
    }

    private sealed class Spy(VirtualNetwork network) : IPollable, IFrameSink
    {
        public MacAddress Last { get; set; }

        public PollResult Poll(Instant now, int budget) => new(network.Receive(budget, new Input(this)) > 0, Instant.Never);

        private readonly struct Input(IFrameSink sink) : IFrameHandler
        {
            public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info) => sink.Last = new MacAddress(frame);
        }
    }

    private interface IFrameSink
    {
        MacAddress Last { set; }
    }
}
