using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>What routers advertise (RFC 4861 §6, RFC 4862 §5.5, RFC 8106, RFC 4191, RFC 7559) and redirect (RFC 4861 §8).</summary>
public class RouterDiscoveryTests
{
    private const uint Infinite = uint.MaxValue;
    private const byte OnLink = 0x80, Autonomous = 0x40;
    private static readonly Ipv6Address Router = Ipv6Address.Parse("fe80::a");
    private static readonly Ipv6Address Other = Ipv6Address.Parse("fe80::b");
    private static readonly Ipv6Address Far = Ipv6Address.Parse("2001:db8:ffff::1");
    private static readonly Ipv6Address Prefix = Ipv6Address.Parse("2001:db8:1::");
    private static readonly MacAddress RouterMac = MacAddress.Local(0xa);
    private static readonly MacAddress OtherMac = MacAddress.Local(0xb);

    private static readonly DirectStackOptions Options = new()
    {
        Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
        Autoconfiguration = new AutoconfigurationOptions { StableSecret = new byte[16] },
    };

    [Fact]
    public void RFC_7559_routers_are_asked_for_ever_less_often_until_there_is_one() => Script6.Run(
        async script =>
        {
            await script.Sleep(4 * 3600 * 1000);
            var questions = script.Host.Of(Icmpv6Type.RouterSolicitation);
            Assert.All(questions, question => Assert.Equal((script.LinkLocal, Ipv6Groups.AllRouters, (byte)255), (question.Source, question.Destination, question.HopLimit)));
            Assert.Equal(RawIpv6Host.Option(1, script.Host.StackMac), questions[0].Payload[8..]);
            var gaps = questions.Zip(questions.Skip(1), (a, b) => (b.At - a.At) / 1000).ToList();
            Assert.InRange(gaps[0], 3.6, 4.4);
            Assert.All(gaps.Zip(gaps.Skip(1)).Take(8), pair => Assert.InRange(pair.Second / pair.First, 1.9, 2.1));
            Assert.InRange(gaps[^1], 3240, 3960);

            Advertise(script, lifetime: 1800);
            await script.Sleep(10);
            script.Host.All.Clear();
            await script.Sleep(1_700_000);
            Assert.Empty(script.Host.Of(Icmpv6Type.RouterSolicitation));
        },
        Options);

    [Fact]
    public void Section_6_3_4_a_router_is_used_as_long_as_its_lifetime() => Script6.Run(
        async script =>
        {
            Assert.False(script.Stack.SelectSource(Far).IsDone);
            Advertise(script, lifetime: 1800, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            Assert.Equal([Router], script.Stack.Autoconfiguration.Routers);
            Assert.True(script.Stack.SelectSource(Far).IsDone);
            script.Stack.SendUdp(default, new IpEndpoint(Far, 9), [1]).ThrowIfFailed();
            Assert.Equal(RouterMac, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).To);
            await script.Sleep(1_799_000);
            Assert.Equal([Router], script.Stack.Autoconfiguration.Routers);
            await script.Sleep(1000);
            Assert.Empty(script.Stack.Autoconfiguration.Routers);
            Assert.False(script.Stack.SelectSource(Far).IsDone);
        },
        Options);

    [Fact]
    public void Section_6_3_4_a_lifetime_of_zero_ends_a_router_at_once() => Script6.Run(
        async script =>
        {
            Advertise(script, lifetime: 9000);
            await script.Sleep(10);
            Advertise(script, lifetime: 0);
            await script.Sleep(10);
            Assert.Empty(script.Stack.Autoconfiguration.Routers);
            Assert.DoesNotContain(script.Stack.Ip.V6.Routes, route => route.Destination.PrefixLength == 0);
        },
        Options);

    [Fact]
    public void Section_5_5_3_addresses_have_finite_and_infinite_lifetimes_in_seconds() => Script6.Run(
        async script =>
        {
            var lasting = Ipv6Address.Parse("2001:db8:2::");
            Advertise(script, options: [.. PrefixOption(OnLink | Autonomous, 3600, 1800), .. PrefixOption(OnLink | Autonomous, Infinite, Infinite, lasting)]);
            await script.Sleep(10);
            var (finite, infinite) = (AddressIn(script, Prefix)!.Value, AddressIn(script, lasting)!.Value);
            Assert.Equal((Ipv6AddressState.Preferred, Ipv6AddressState.Preferred), (State(script, finite), State(script, infinite)));
            await script.Sleep(1_799_000);
            Assert.Equal(Ipv6AddressState.Preferred, State(script, finite));
            await script.Sleep(2000);
            Assert.Equal(Ipv6AddressState.Deprecated, State(script, finite));

            // RFC 6724 rule 3, although the prefix matches better.
            Assert.Equal(infinite, script.Stack.SelectSource(new Ipv6Address(Prefix.Value + 5)).Value);
            await script.Sleep(1_800_000);
            Assert.Equal(Ipv6AddressState.None, State(script, finite));
            await script.Sleep(100.0 * 24 * 3600 * 1000);
            Assert.Equal(Ipv6AddressState.Preferred, State(script, infinite));
        },
        Options);

    [Fact]
    public void Section_5_5_3_a_forged_lifetime_takes_an_address_away_in_two_hours_at_the_earliest() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(Autonomous, 86_400, 86_400));
            await script.Sleep(10);
            var address = AddressIn(script, Prefix)!.Value;
            Advertise(script, options: PrefixOption(Autonomous, 0, 0));
            await script.Sleep(10);

            // Deprecated at once, gone in two hours; what would be less than two hours is ignored from then on.
            Assert.Equal(Ipv6AddressState.Deprecated, State(script, address));
            await script.Sleep(3_600_000);
            Advertise(script, options: PrefixOption(Autonomous, 60, 60));
            await script.Sleep(3_590_000);
            Assert.NotEqual(Ipv6AddressState.None, State(script, address));
            await script.Sleep(20_000);
            Assert.Equal(Ipv6AddressState.None, State(script, address));
        },
        Options);

    [Fact]
    public void Section_5_5_3_what_contradicts_itself_makes_no_address() => Script6.Run(
        async script =>
        {
            Advertise(script, options:
            [
                .. PrefixOption(Autonomous, 100, 200), .. PrefixOption(Autonomous, 100, 100, length: 63), .. PrefixOption(Autonomous, 100, 100, length: 200),
                .. PrefixOption(Autonomous, 0, 0), .. PrefixOption(Autonomous, 100, 100, Ipv6Address.Parse("fe80::")),
            ]);
            await script.Sleep(10);
            Assert.Single(script.Stack.Ip.V6.Addresses);
            Assert.Equal(3, script.Stack.Counters.Autoconfiguration.PrefixesRefused);
        },
        Options);

    [Fact]
    public void Section_6_3_4_only_with_the_flag_is_a_network_on_the_link() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(Autonomous, 3600, 3600));
            await script.Sleep(10);
            var neighbour = new Ipv6Address(Prefix.Value + 5);
            script.Stack.SendUdp(default, new IpEndpoint(neighbour, 9), [1]).ThrowIfFailed();
            Assert.Equal(RouterMac, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).To);

            Advertise(script, options: PrefixOption(OnLink, 3600, 3600));
            await script.Sleep(10);
            script.Stack.SendUdp(default, new IpEndpoint(neighbour, 9), [1]).ThrowIfFailed();
            Assert.Equal(neighbour, (await script.Host.NextAsync(Icmpv6Type.NeighbourSolicitation)).Target);

            // And no more, once it is over.
            await script.Sleep(3_601_000);
            Assert.DoesNotContain(script.Stack.Ip.V6.Routes, route => route.Destination.Prefix == Prefix);
        },
        Options);

    [Fact]
    public void Section_6_3_4_hop_limit_MTU_and_times_are_the_router_s() => Script6.Run(
        async script =>
        {
            Advertise(script, hopLimit: 77, retransmit: 250, options: [.. PrefixOption(OnLink | Autonomous, Infinite, Infinite), .. MtuOption(1400)]);
            await script.Sleep(10);
            Assert.Equal(1360, script.Stack.MaxPayload(Far));
            script.Stack.SendUdp(default, new IpEndpoint(Far, 9), [1]).ThrowIfFailed();
            Assert.Equal(77, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).HopLimit);
            var start = script.Now;
            script.Stack.SendUdp(default, new IpEndpoint(new Ipv6Address(Prefix.Value + 5), 9), [1]).ThrowIfFailed();
            await script.Sleep(2000);
            Assert.Equal([0, 250, 500], script.Host.Of(Icmpv6Type.NeighbourSolicitation).Select(packet => Math.Round(packet.At - start)));

            // Nonsense is not followed.
            Advertise(script, options: [.. MtuOption(1279), .. MtuOption(9000)]);
            await script.Sleep(10);
            Assert.Equal(1360, script.Stack.MaxPayload(Far));
        },
        Options);

    [Fact]
    public void RFC_8106_name_servers_come_and_go() => Script6.Run(
        async script =>
        {
            var (first, second) = (Ipv6Address.Parse("2001:db8::53"), Ipv6Address.Parse("2001:db8::54"));
            Advertise(script, options: ServerOption(1800, first, second));
            await script.Sleep(10);
            Assert.Equal([first, second], script.Stack.Autoconfiguration.NameServers);
            Advertise(script, options: ServerOption(0, first));
            await script.Sleep(10);
            Assert.Equal([second], script.Stack.Autoconfiguration.NameServers);
            await script.Sleep(1_800_000);
            Assert.Empty(script.Stack.Autoconfiguration.NameServers);
        },
        Options);

    [Fact]
    public void Whoever_waits_for_it_hears_of_changes()
    {
        var changes = 0;
        Script6.Run(
            async script =>
            {
                await script.Sleep(10);
                var before = changes;
                Advertise(script, options: ServerOption(1800, Far));
                await script.Sleep(10);
                Assert.True(changes > before);
            },
            Options with { Autoconfiguration = new AutoconfigurationOptions { Changed = () => changes++ } });
    }

    [Fact]
    public void RFC_4191_the_preferred_router_is_used_and_another_when_it_does_not_answer() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            Advertise(script, preference: 1, router: Other, mac: OtherMac);
            await script.Sleep(10);
            Assert.Equal([Other, Router], script.Stack.Autoconfiguration.Routers);
            await SendFar(script, OtherMac);

            // §6.3.6 of RFC 4861: nobody answers for the preferred one; after five seconds and three questions the other one has its turn.
            script.Host.Routers.Add(Router);
            await script.Sleep(9000);
            Assert.Equal([Router, Other], script.Stack.Autoconfiguration.Routers);
            await SendFar(script, RouterMac);

            // And it stays so while nothing is heard of the first.
            await script.Sleep(60_000);
            Assert.Equal(Router, script.Stack.Autoconfiguration.Routers[0]);
            Advertise(script, preference: 1, router: Other, mac: OtherMac);
            await script.Sleep(10);
            Assert.Equal(Other, script.Stack.Autoconfiguration.Routers[0]);
        },
        Options);

    [Fact]
    public void Section_7_2_5_a_router_that_says_that_it_is_none_is_none() => Script6.Run(
        async script =>
        {
            Advertise(script);
            await script.Sleep(10);
            script.Host.SendAdvertisement(Router, Ipv6Groups.AllNodes, Router, NeighbourMessage.OverrideFlag, RouterMac);
            await script.Sleep(10);
            Assert.Empty(script.Stack.Autoconfiguration.Routers);
        },
        Options);

    [Fact]
    public void Section_6_1_2_what_is_not_valid_is_dropped_and_counted() => Script6.Run(
        async script =>
        {
            Advertise(script, hops: 254);
            Advertise(script, router: Script6.PeerAddress);
            Advertise(script, code: 1);
            Advertise(script, options: [1, 0, 0, 0, 0, 0, 0, 0]);
            Advertise(script, options: [1, 2, 0, 0, 0, 0, 0, 0]);
            script.Host.SendIcmp(Router, Ipv6Groups.AllNodes, Icmpv6Type.RouterAdvertisement, 0, 0x4000_0708, new byte[7]);
            await script.Sleep(10);
            Assert.Equal((6L, 0L), (script.Stack.Counters.Autoconfiguration.Malformed, script.Stack.Counters.Autoconfiguration.Advertisements));
            Assert.Empty(script.Stack.Autoconfiguration.Routers);
        },
        Options);

    [Fact]
    public void A_flood_of_advertisements_is_bounded() => Script6.Run(
        async script =>
        {
            for (var i = 0; i < 1000; i++)
            {
                var prefix = new Ipv6Address(Prefix.Value + ((UInt128)(uint)i << 64));
                Advertise(
                    script, router: new Ipv6Address(Router.Value + (uint)i), options: [.. PrefixOption(OnLink | Autonomous, 9000, 9000, prefix), .. ServerOption(900, new Ipv6Address(Far.Value + (uint)i))]);
                await script.Sleep(1);
            }

            Assert.Equal((8, 8), (script.Stack.Autoconfiguration.Routers.Count, script.Stack.Autoconfiguration.NameServers.Count));
            Assert.Equal(17, script.Stack.Ip.V6.Addresses.Count);
            Assert.Equal(18, script.Stack.Ip.V6.Routes.Count);
            Assert.True(script.Stack.Counters.Autoconfiguration.Dropped > 3900);
        },
        Options);

    [Fact]
    public void A_default_route_of_the_program_s_is_not_replaced() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            Assert.Equal(Other, script.Stack.Ip.V6.Routes[^1].Gateway);
        },
        Options with { Ipv6Gateway = Other });

    [Fact]
    public void A_route_of_the_program_s_is_neither_replaced_nor_removed() => Script6.Run(
        async script =>
        {
            var network = new IpNetwork(Prefix, 64);
            Advertise(script, options: PrefixOption(OnLink, 3600, 3600));
            await script.Sleep(10);
            Assert.Contains(new Route(network, Other), script.Stack.Ip.V6.Routes);
            Advertise(script, lifetime: 0, options: PrefixOption(OnLink, 0, 0));
            await script.Sleep(10);
            Assert.Contains(new Route(network, Other), script.Stack.Ip.V6.Routes);

            // Set after the router's, it takes their place; removed, the router's are there again when it speaks.
            script.Stack.Ip.V6.RemoveRoute(network);
            Advertise(script, options: PrefixOption(OnLink, 3600, 3600));
            await script.Sleep(10);
            Assert.Contains(new Route(network, default), script.Stack.Ip.V6.Routes);
            script.Stack.Ip.V6.AddRoute(new Route(network, Other));
            script.Stack.Ip.V6.AddRoute(new Route(new IpNetwork(Ipv6Address.Any, 0), Router));
            Advertise(script, lifetime: 0, options: PrefixOption(OnLink, 0, 0));
            await script.Sleep(10);
            Assert.Contains(new Route(network, Other), script.Stack.Ip.V6.Routes);
            Assert.Contains(new Route(new IpNetwork(Ipv6Address.Any, 0), Router), script.Stack.Ip.V6.Routes);
            script.Stack.Ip.V6.RemoveRoute(network);
            script.Stack.Ip.V6.RemoveRoute(new IpNetwork(Ipv6Address.Any, 0));
            Advertise(script, options: PrefixOption(OnLink, 3600, 3600));
            Advertise(script, options: PrefixOption(OnLink, 3600, 3600));
            await script.Sleep(10);
            Assert.Equal([network, new IpNetwork(Ipv6Address.Any, 0)], script.Stack.Ip.V6.Routes.Where(route => !route.Destination.Address.V6.IsLinkLocal).Select(route => route.Destination));
            await script.Sleep(3_600_001);
            Assert.DoesNotContain(script.Stack.Ip.V6.Routes, route => !route.Destination.Address.V6.IsLinkLocal);
        },
        Options with { Routes = [new Route(new IpNetwork(Prefix, 64), Other)] });

    [Fact]
    public void The_MTU_is_the_least_of_the_link_s_the_program_s_and_the_router_s() => Script6.Run(
        async script =>
        {
            script.Stack.Ip.V6.SetMtu(1300);
            Advertise(script, options: [.. PrefixOption(OnLink | Autonomous, Infinite, Infinite), .. MtuOption(1400)]);
            await script.Sleep(10);
            Assert.Equal(1300 - 40, script.Stack.Ip.V6.MaxPayload(Far));
            script.Stack.Ip.V6.SetMtu(null);
            Assert.Equal(1400 - 40, script.Stack.Ip.V6.MaxPayload(Far));
            Advertise(script, options: MtuOption(1500));
            await script.Sleep(10);
            Assert.Equal(1500 - 40, script.Stack.Ip.V6.MaxPayload(Far));
        },
        Options);

    [Fact]
    public void Section_8_3_a_redirect_of_the_first_hop_is_followed() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            await SendFar(script, RouterMac);
            Redirect(script, Router, Far, Other, OtherMac);
            await script.Sleep(10);
            Assert.Equal(1, script.Stack.Counters.Autoconfiguration.Redirects);
            await SendFar(script, OtherMac);

            // To others nothing changes.
            script.Stack.SendUdp(default, new IpEndpoint(new Ipv6Address(Far.Value + 1), 9), [1]).ThrowIfFailed();
            Assert.Equal(RouterMac, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).To);
        },
        Options);

    [Fact]
    public void Section_8_1_a_redirect_of_anybody_else_or_that_is_not_valid_is_refused() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            Redirect(script, Other, Far, Other, OtherMac);
            Redirect(script, Router, Far, Other, OtherMac, hops: 64);
            Redirect(script, Router, Far, Script6.PeerAddress, OtherMac);
            Redirect(script, Router, Ipv6Groups.AllNodes, Other, OtherMac);
            Redirect(script, Script6.PeerAddress, Far, Other, OtherMac);
            await script.Sleep(10);
            var counters = script.Stack.Counters.Autoconfiguration;
            Assert.Equal((0L, 1L, 4L), (counters.Redirects, counters.RedirectsRefused, counters.Malformed));
            await SendFar(script, RouterMac);
        },
        Options);

    [Fact]
    public void Section_7_3_3_who_was_redirected_to_is_given_up_when_it_does_not_answer() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            script.Host.Routers.Add(Router);
            await script.Sleep(10);
            Redirect(script, Router, Far, Other, OtherMac);
            await script.Sleep(10);
            await SendFar(script, OtherMac);
            await script.Sleep(8500);
            await SendFar(script, RouterMac);
        },
        Options);

    [Fact]
    public void RFC_3756_4_2_7_a_hop_limit_that_ends_packets_at_the_first_router_is_not_followed() => Script6.Run(
        async script =>
        {
            Advertise(script, hopLimit: 1, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            script.Stack.SendUdp(default, new IpEndpoint(Far, 9), [1]).ThrowIfFailed();
            Assert.Equal(64, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).HopLimit);
        },
        Options);

    [Fact]
    public void RFC_3756_4_2_7_a_retransmission_timer_of_an_hour_is_not_followed() => Script6.Run(
        async script =>
        {
            Advertise(script, retransmit: 3_600_000, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);

            // Three questions, one second apart, as before.
            var answer = await script.Stack.NeighbourAsync(new Ipv6Address(Prefix.Value + 99), TestContext.Current.CancellationToken);
            Assert.Equal(ErrorKind.Unreachable, answer.Error.Kind);
            Assert.InRange(script.Now, 2900, 3100);
        },
        Options);

    [Fact]
    public void Redirects_are_bounded() => Script6.Run(
        async script =>
        {
            Advertise(script, options: PrefixOption(OnLink | Autonomous, Infinite, Infinite));
            await script.Sleep(10);
            Redirect(script, Router, Far, Other, OtherMac);
            for (uint i = 1; i <= 4; i++)
            {
                Redirect(script, Router, new Ipv6Address(Far.Value + i), Other, OtherMac);
            }

            await script.Sleep(10);
            Assert.Equal((5L, 1L), (script.Stack.Counters.Autoconfiguration.Redirects, script.Stack.Counters.Ipv6.RedirectsEvicted));
            await SendFar(script, RouterMac);
        },
        Options with { Limits = new StackLimits { MaxRedirects = 4 } });

    private static async Task SendFar(Script6 script, MacAddress expected)
    {
        script.Stack.SendUdp(default, new IpEndpoint(Far, 9), [1]).ThrowIfFailed();
        Assert.Equal(expected, (await script.Host.NextAsync(packet => packet.NextHeader == IpProtocol.Udp)).To);
    }

    private static Ipv6AddressState State(Script6 script, Ipv6Address address) => script.Stack.Ip.V6.StateOf(address);

    private static Ipv6Address? AddressIn(Script6 script, Ipv6Address prefix)
        => script.Stack.Ip.V6.Addresses.Where(address => address.Prefix == prefix).Select(address => (Ipv6Address?)address.Address.V6).FirstOrDefault();

    private static void Advertise(
        Script6 script, ushort lifetime = 1800, byte[]? options = null, byte hopLimit = 64, uint retransmit = 0, int preference = 0, Ipv6Address? router = null,
        MacAddress? mac = null, byte hops = 255, byte code = 0)
    {
        var rest = ((uint)hopLimit << 24) | ((uint)(preference & 3) << 19) | lifetime;
        var times = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(times.AsSpan(4), retransmit);
        script.Host.SendIcmp(
            router ?? Router, Ipv6Groups.AllNodes, Icmpv6Type.RouterAdvertisement, code, rest, [.. times, .. RawIpv6Host.Option(1, mac ?? RouterMac), .. options ?? []], hops);
    }

    private static void Redirect(Script6 script, Ipv6Address router, Ipv6Address destination, Ipv6Address target, MacAddress mac, byte hops = 255)
        => script.Host.SendIcmp(
            router, script.LinkLocal, Icmpv6Type.Redirect, 0, 0, [.. RawIpv6Host.Bytes(target), .. RawIpv6Host.Bytes(destination), .. RawIpv6Host.Option(2, mac)], hops);

    private static byte[] PrefixOption(byte flags, uint valid, uint preferred, Ipv6Address? prefix = null, byte length = 64)
    {
        var option = new byte[32];
        (option[0], option[1], option[2], option[3]) = (3, 4, length, flags);
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), valid);
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(8), preferred);
        (prefix ?? Prefix).CopyTo(option.AsSpan(16));
        return option;
    }

    private static byte[] MtuOption(uint mtu)
    {
        var option = new byte[8];
        (option[0], option[1]) = (5, 1);
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), mtu);
        return option;
    }

    private static byte[] ServerOption(uint lifetime, params Ipv6Address[] servers)
    {
        var option = new byte[8];
        (option[0], option[1]) = (25, (byte)(1 + (2 * servers.Length)));
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), lifetime);
        return [.. option, .. servers.SelectMany(RawIpv6Host.Bytes)];
    }
}
