using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>Duplicate address detection (RFC 4862 §5.4, RFC 7527): before an address is used, and once it is.</summary>
public class DuplicateAddressTests
{
    private static readonly DirectStackOptions Options = Script6.Options with { Ndp = new NdpSettings() };

    [Fact]
    public void Section_5_4_2_an_address_is_asked_for_before_it_is_used() => Script6.Run(
        async script =>
        {
            var question = await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == Script6.StackAddress);
            Assert.Equal((default, Ipv6Groups.SolicitedNode(Script6.StackAddress), (byte)255), (question.Source, question.Destination, question.HopLimit));
            Assert.InRange(question.At, 0, 1000);

            // §5.4: not usable yet. Who asks to reach it gets no answer; it is not a source.
            Assert.Equal(Ipv6AddressState.Tentative, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
            Assert.Equal(ErrorKind.Unreachable, script.Stack.SelectSource(Script6.PeerAddress).Error.Kind);
            script.Host.SendSolicitation(Script6.PeerAddress, Script6.StackAddress, script.Host.Mac);
            await script.Sleep(999);
            Assert.Empty(script.Host.Of(Icmpv6Type.NeighbourAdvertisement));
            await script.Sleep(2);
            Assert.Equal(Ipv6AddressState.Preferred, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
            Assert.Equal(Script6.StackAddress, script.Stack.SelectSource(Script6.PeerAddress).Value);
        },
        Options);

    [Fact]
    public void Section_5_4_3_an_address_in_use_is_defended() => Script6.Run(async script =>
    {
        script.Host.SendIcmp(
            default, Ipv6Groups.SolicitedNode(Script6.StackAddress), Icmpv6Type.NeighbourSolicitation, 0, 0, RawIpv6Host.Bytes(Script6.StackAddress));
        var answer = await script.Host.NextAsync(Icmpv6Type.NeighbourAdvertisement);
        Assert.Equal((Script6.StackAddress, Ipv6Groups.AllNodes, Script6.StackAddress), (answer.Source, answer.Destination, answer.Target));

        // RFC 4861 §7.2.4: an answer to nobody is not solicited.
        Assert.Equal((byte)0x20, answer.Payload[4]);
        Assert.Equal(Ipv6AddressState.Preferred, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
    });

    [Fact]
    public void Another_host_that_says_that_it_has_our_address_changes_nothing_and_is_counted() => Script6.Run(async script =>
    {
        script.Host.SendAdvertisement(Script6.StackAddress, Ipv6Groups.AllNodes, Script6.StackAddress, NeighbourMessage.OverrideFlag, script.Host.Mac);
        await script.Sleep(10);
        Assert.Equal((1L, Ipv6AddressState.Preferred), (script.Stack.Counters.Ndp.Conflicts, script.Stack.Ip.V6.StateOf(Script6.StackAddress)));
    });

    [Fact]
    public void An_address_that_is_taken_while_it_is_asked_for_is_asked_for_and_defended_as_any_other() => Script6.Run(
        async script =>
        {
            var wanted = Ipv6Address.Parse("2001:db8::77");
            var asking = script.Stack.IsInUseAsync(wanted, TestContext.Current.CancellationToken).AsTask();
            script.Stack.Ip.AddAddress(new IpNetwork(wanted, 64));
            Assert.Equal(Ipv6AddressState.Tentative, script.Stack.Ip.V6.StateOf(wanted));
            Assert.False(await asking);
            await script.Sleep(2500);
            Assert.Equal(Ipv6AddressState.Preferred, script.Stack.Ip.V6.StateOf(wanted));
            script.Host.SendSolicitation(Script6.PeerAddress, wanted, script.Host.Mac);
            Assert.Equal(wanted, (await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourAdvertisement, 1000)).Target);
        },
        Options);

    [Fact]
    public void Two_who_ask_for_the_same_address_get_the_same_answer() => Script6.Run(
        async script =>
        {
            var wanted = Ipv6Address.Parse("2001:db8::77");
            var first = script.Stack.IsInUseAsync(wanted, TestContext.Current.CancellationToken).AsTask();
            var second = script.Stack.IsInUseAsync(wanted, TestContext.Current.CancellationToken).AsTask();
            await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == wanted);
            script.Host.SendAdvertisement(wanted, Ipv6Groups.AllNodes, wanted, NeighbourMessage.OverrideFlag, script.Host.Mac);
            Assert.True(await first);
            Assert.True(await second);
        },
        Options);

    [Fact]
    public void Who_asks_for_an_address_or_a_neighbour_is_answered_when_the_stack_ends() => Script6.Run(
        async script =>
        {
            var inUse = script.Stack.IsInUseAsync(Ipv6Address.Parse("2001:db8::77"), TestContext.Current.CancellationToken).AsTask();
            var neighbour = script.Stack.NeighbourAsync(Ipv6Address.Parse("2001:db8::78"), TestContext.Current.CancellationToken).AsTask();
            var older = script.Stack.NeighbourAsync(new Ipv4Address(10, 0, 0, 78), TestContext.Current.CancellationToken).AsTask();
            await script.Stack.DisconnectAsync();
            await script.Sleep(60_000);
            Assert.True(inUse.IsCompleted);
            Assert.True(neighbour.IsCompleted);
            Assert.True(older.IsCompleted);
        },
        Options);

    [Fact]
    public void Section_5_4_4_an_address_that_another_host_has_is_lost_and_told_of() => Script6.Run(
        async script =>
        {
            await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == Script6.StackAddress);
            script.Host.SendAdvertisement(Script6.StackAddress, Ipv6Groups.AllNodes, Script6.StackAddress, NeighbourMessage.OverrideFlag, script.Host.Mac);
            await script.Sleep(5000);
            Assert.Equal(Ipv6AddressState.Duplicate, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
            Assert.DoesNotContain(script.Stack.Addresses, address => address.Address == Script6.StackAddress);
            Assert.Equal((1L, 1L), (script.Stack.Counters.Ndp.Duplicates, script.Stack.Counters.Ipv6.DuplicateAddresses));
            Assert.Contains("2001:db8::1 is another host's", Assert.Single(script.Reports));

            // Not answered for, not received on.
            script.Host.SendSolicitation(Script6.PeerAddress, Script6.StackAddress, script.Host.Mac);
            await script.Sleep(10);
            Assert.Empty(script.Host.Of(Icmpv6Type.NeighbourAdvertisement));
            Assert.False(script.Stack.Ip.IsLocal(Script6.StackAddress));
        },
        Options);

    [Fact]
    public void Section_5_4_3_two_hosts_that_ask_at_once_both_lose() => Script6.Run(
        async script =>
        {
            await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == Script6.StackAddress);
            script.Host.SendIcmp(
                default, Ipv6Groups.SolicitedNode(Script6.StackAddress), Icmpv6Type.NeighbourSolicitation, 0, 0,
                [.. RawIpv6Host.Bytes(Script6.StackAddress), 14, 1, 1, 2, 3, 4, 5, 6]);
            await script.Sleep(5000);
            Assert.Equal(Ipv6AddressState.Duplicate, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
        },
        Options);

    [Fact]
    public void RFC_7527_a_question_that_comes_back_is_no_conflict() => Script6.Run(
        async script =>
        {
            var question = await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == Script6.StackAddress);
            script.Host.SendPacket(question.Bytes, question.To);
            await script.Sleep(5000);
            Assert.Equal(Ipv6AddressState.Preferred, script.Stack.Ip.V6.StateOf(Script6.StackAddress));
        },
        Options);

    [Fact]
    public void RFC_7217_another_address_is_made_where_the_first_is_another_host_s() => Script6.Run(
        async script =>
        {
            var lost = new List<Ipv6Address>();
            for (var i = 0; i < 3; i++)
            {
                var question = await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target.IsLinkLocal && packet.Source.IsAny);
                Assert.DoesNotContain(question.Target, lost);
                lost.Add(question.Target);
                script.Host.SendAdvertisement(question.Target, Ipv6Groups.AllNodes, question.Target, NeighbourMessage.OverrideFlag, script.Host.Mac);
            }

            await script.Sleep(5000);
            Assert.DoesNotContain(script.LinkLocal, lost);
            Assert.Equal(Ipv6AddressState.Preferred, script.Stack.Ip.V6.StateOf(script.LinkLocal));
        },
        Options);

    [Fact]
    public void RFC_7217_after_the_fourth_conflict_nothing_more_is_tried() => Script6.Run(
        async script =>
        {
            for (var i = 0; i < 4; i++)
            {
                var question = await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target.IsLinkLocal && packet.Source.IsAny);
                script.Host.SendAdvertisement(question.Target, Ipv6Groups.AllNodes, question.Target, NeighbourMessage.OverrideFlag, script.Host.Mac);
            }

            await script.Sleep(60_000);
            Assert.Equal(1, script.Stack.Counters.Autoconfiguration.AddressesFailed);
            Assert.DoesNotContain(script.Stack.Addresses, address => address.Address.V6.IsLinkLocal);
        },
        Options);

    [Fact]
    public void RFC_7217_a_network_in_which_every_address_was_another_host_s_is_not_tried_again_with_each_advertisement() => Script6.Run(
        async script =>
        {
            await script.Sleep(5000);
            Advertise();
            for (var i = 0; i < 4; i++)
            {
                var question = await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Source.IsAny && !packet.Target.IsLinkLocal && packet.Target != Script6.StackAddress);
                script.Host.SendAdvertisement(question.Target, Ipv6Groups.AllNodes, question.Target, NeighbourMessage.OverrideFlag, script.Host.Mac);
            }

            await script.Sleep(5000);
            script.Host.All.Clear();
            for (var i = 0; i < 5; i++)
            {
                Advertise();
                await script.Sleep(5000);
            }

            Assert.Empty(script.Host.Of(Icmpv6Type.NeighbourSolicitation));
            Assert.Equal(1, script.Stack.Counters.Autoconfiguration.AddressesFailed);

            // When the network was gone, and is there again, it is tried again.
            await script.Sleep(3_600_000);
            Advertise();
            await script.Sleep(5000);
            Assert.Single(script.Stack.Addresses, address => address.Prefix == Ipv6Address.Parse("2001:db8:7::"));

            void Advertise() => script.Host.SendIcmp(
                Script6.PeerLinkLocal, Ipv6Groups.AllNodes, Icmpv6Type.RouterAdvertisement, 0, 0,
                [0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 64, 0x40, 0, 0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, .. RawIpv6Host.Bytes(Ipv6Address.Parse("2001:db8:7::"))], hopLimit: 255);
        },
        Options with { Autoconfiguration = new AutoconfigurationOptions { StableSecret = new byte[16] } });

    [Fact]
    public void RFC_7217_the_address_is_the_same_with_the_same_secret_and_another_without()
    {
        var addresses = new List<Ipv6Address>();
        foreach (var (secret, seed) in new[] { (new byte[16], 1UL), (new byte[16], 2UL), ([], 3UL), ([], 4UL) })
        {
            Script6.Run(
                script =>
                {
                    addresses.Add(script.LinkLocal);
                    return Task.CompletedTask;
                },
                Options with { Autoconfiguration = new AutoconfigurationOptions { StableSecret = secret } },
                seed: seed);
        }

        Assert.Equal(addresses[0], addresses[1]);
        Assert.Equal(3, addresses.Distinct().Count());
    }

    [Fact]
    public void Whether_an_address_is_in_use_can_be_asked() => Script6.Run(
        async script =>
        {
            var free = script.Stack.IsInUseAsync(Ipv6Address.Parse("2001:db8::99")).AsTask();
            var taken = script.Stack.IsInUseAsync(Script6.PeerAddress).AsTask();
            await script.Host.NextAsync(packet => packet.Icmp == Icmpv6Type.NeighbourSolicitation && packet.Target == Script6.PeerAddress);
            script.Host.SendAdvertisement(Script6.PeerAddress, Ipv6Groups.AllNodes, Script6.PeerAddress, NeighbourMessage.OverrideFlag, script.Host.Mac);
            Assert.True(await taken);
            Assert.False(await free);
        },
        Options);
}
