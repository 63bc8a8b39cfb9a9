using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>How a host gets its address: what it may say before, and whether another has it (RFC 5227).</summary>
public class AddressConfigurationTests
{
    private static readonly Ipv4Address Wanted = new(10, 0, 0, 50);
    private static readonly DirectStackOptions WithoutAddress = new();

    [Fact]
    public void A_host_without_an_address_speaks_to_everyone_from_0_0_0_0() => Script.Run(
        async script =>
        {
            // RFC 1122 §3.2.1.3 (a).
            var everyone = new IpEndpoint(Ipv4Address.Broadcast, 67);
            Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(new IpEndpoint(default, 68), everyone, "hello"u8).Error.Kind);
            script.Stack.SendUdp(new IpEndpoint(Ipv4Address.Any, 68), everyone, "hello"u8).ThrowIfFailed();
            var packet = await script.Host.NextPacketAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(Ipv4ParseStatus.Valid, Ipv4Packet.TryParse(packet, out var ip));
            Assert.Equal((Ipv4Address.Any, Ipv4Address.Broadcast), (ip.Source, ip.Destination));
            Assert.True(UdpDatagram.TryParse(ip.Payload, out var udp) && udp.VerifyChecksum(ip.Source, ip.Destination));
            Assert.Equal(ErrorKind.Unreachable, script.Stack.SendUdp(new IpEndpoint(Ipv4Address.Any, 68), new(Script.PeerAddress, 67), "hello"u8).Error.Kind);
        },
        options: WithoutAddress);

    [Fact]
    public void A_host_without_an_address_hears_what_is_for_everyone() => Script.Run(
        async script =>
        {
            var heard = new TaskCompletionSource<(IpEndpoint, IpEndpoint)>();
            script.Stack.ListenUdp(68, (local, remote, _) => heard.SetResult((local, remote))).ThrowIfFailed();
            var datagram = new byte[UdpDatagram.HeaderSize];
            UdpDatagram.WriteHeader(datagram, 67, 68, UdpDatagram.HeaderSize, 0);
            script.Host.SendIp(Header(datagram.Length), datagram);
            Assert.Equal((new IpEndpoint(Ipv4Address.Broadcast, 68), new IpEndpoint(Script.PeerAddress, 67)), await heard.Task);
        },
        options: WithoutAddress);

    [Fact]
    public void RFC_5227_section_2_1_an_address_is_claimed_unless_another_host_has_it() => Script.Run(
        async script =>
        {
            (await script.Stack.ClaimAddressAsync(new IpNetwork(Wanted, 24), TestContext.Current.CancellationToken)).ThrowIfFailed();
            await script.Sleep(1);
            Assert.Contains(script.Stack.Addresses, x => x == new IpNetwork(Wanted, 24));
            Assert.Contains(script.Host.Arps, x => x.Sender == Wanted && x.Target == Wanted);

            // The peer answers for its own.
            var taken = await script.Stack.ClaimAddressAsync(new IpNetwork(Script.PeerAddress, 24), TestContext.Current.CancellationToken);
            Assert.Equal(ErrorKind.InUse, taken.Error.Kind);
            Assert.DoesNotContain(script.Stack.Addresses, x => x.Address == Script.PeerAddress);
        },
        options: WithoutAddress);

    [Fact]
    public void An_address_is_probed_for_three_times_before_it_counts_as_free() => Script.Run(
        async script =>
        {
            // RFC 5227 §2.1.1: from 0.0.0.0, to everyone, the first within a second, the others one to two seconds apart; two seconds of silence at the end.
            Assert.False(await script.Stack.IsInUseAsync(Wanted, TestContext.Current.CancellationToken));
            var probes = script.Host.Arps;
            Assert.Equal(3, probes.Count);
            Assert.All(probes, probe => Assert.Equal((MacAddress.Broadcast, ArpOperation.Request, Ipv4Address.Any, Wanted), (probe.To, probe.Operation, probe.Sender, probe.Target)));
            Assert.InRange(probes[0].At, 0, 1000);
            Assert.InRange(probes[1].At - probes[0].At, 1000, 2000);
            Assert.InRange(probes[2].At - probes[1].At, 1000, 2000);
            Assert.Equal(2000, script.Now - probes[2].At, 0.001);
        },
        options: WithoutAddress);

    [Fact]
    public void An_answer_to_a_probe_is_a_conflict_at_once() => Script.Run(
        async script =>
        {
            script.Host.Addresses.Add(Wanted);
            Assert.True(await script.Stack.IsInUseAsync(Wanted, TestContext.Current.CancellationToken));
            Assert.Equal(script.Now, Assert.Single(script.Host.Arps, arp => arp.Operation == ArpOperation.Request).At, 0.001);
        },
        options: WithoutAddress);

    [Fact]
    public void Another_host_s_probe_for_the_address_is_a_conflict() => Script.Run(
        async script =>
        {
            var asking = script.Stack.IsInUseAsync(Wanted, TestContext.Current.CancellationToken).AsTask();
            await script.Sleep(4000);
            Assert.False(asking.IsCompleted);
            script.Host.SendArp(ArpOperation.Request, default, Wanted);
            await script.Sleep(1);
            Assert.True(asking.IsCompleted && await asking);
        },
        options: WithoutAddress);

    [Fact]
    public void A_use_of_another_address_is_no_conflict_and_waiting_may_be_cancelled() => Script.Run(
        async script =>
        {
            using var cancellation = new CancellationTokenSource();
            var asking = script.Stack.IsInUseAsync(Wanted, cancellation.Token).AsTask();
            script.Host.SendArp(ArpOperation.Request, default, new Ipv4Address(10, 0, 0, 51));
            await script.Sleep(3000);
            Assert.False(asking.IsCompleted);
            Script.Cancel(cancellation);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        },
        options: WithoutAddress);

    [Fact]
    public void Routes_and_addresses_come_and_go() => Script.Run(
        async script =>
        {
            var (address, everywhere, router) = (new IpNetwork(Wanted, 24), new IpNetwork(Ipv4Address.Any, 0), new Ipv4Address(10, 0, 0, 2));
            var far = new Ipv4Address(192, 0, 2, 1);
            script.Stack.AddAddress(address);
            Assert.Equal([address], script.Stack.Ip.V4.Addresses);
            Assert.False(script.Stack.SelectSource(far).IsDone);
            script.Stack.AddRoute(everywhere, router);
            Assert.Equal(Wanted, script.Stack.SelectSource(far).Value);
            Assert.False(script.Stack.RemoveRoute(everywhere, Wanted));
            Assert.True(script.Stack.RemoveRoute(everywhere, router));
            Assert.False(script.Stack.SelectSource(far).IsDone);
            Assert.True(script.Stack.RemoveAddress(address));
            Assert.Empty(script.Stack.Ip.V4.Addresses);
            Assert.Equal(MacAddress.Local(2), script.Stack.LinkAddress);
            await script.Sleep(1);
        },
        options: WithoutAddress);

    [Fact]
    public void What_is_sent_may_be_limited_to_less_than_the_link_takes() => Script.Run(async script =>
    {
        Assert.Equal(1480, script.Stack.MaxPayload(Script.PeerAddress));
        script.Stack.SetMtu(IpFamily.V4, 1000);
        Assert.Equal(980, script.Stack.MaxPayload(Script.PeerAddress));
        Assert.Throws<ArgumentOutOfRangeException>(() => script.Stack.SetMtu(IpFamily.V4, 575));
        script.Stack.SetMtu(IpFamily.V4, null);
        Assert.Equal(1480, script.Stack.MaxPayload(Script.PeerAddress));
        await script.Sleep(1);
    });

    private static Ipv4Header Header(int length) => new()
    {
        TotalLength = (ushort)(Ipv4Packet.HeaderSize + length),
        TimeToLive = 64,
        Protocol = IpProtocol.Udp,
        Source = Script.PeerAddress,
        Destination = Ipv4Address.Broadcast,
    };
}
