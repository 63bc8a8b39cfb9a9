using System.Buffers.Binary;
using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>UDP as a raw host sees it (RFC 768, RFC 1122 §4.1).</summary>
public class UdpTests
{
    private static readonly IpEndpoint Remote = new(Script.PeerAddress, 9);

    [Fact]
    public void The_most_exact_listener_gets_a_datagram() => Script.Run(async script =>
    {
        var got = new List<string>();
        Listen("any", new UdpListenOptions());
        Listen("peer", new UdpListenOptions { Remote = new IpEndpoint(Script.PeerAddress, 5000) });
        script.SendUdp(5000, 7, "x"u8);
        script.SendUdp(5001, 7, "x"u8);
        await script.Sleep(1);
        Assert.Equal(["peer", "any"], got);

        // In whatever order they began.
        script.Stack.ListenUdp(8, (_, _, _) => got.Add("peer first"), new UdpListenOptions { Remote = new IpEndpoint(Script.PeerAddress, 5000) }).ThrowIfFailed();
        script.Stack.ListenUdp(8, (_, _, _) => got.Add("any last"), new UdpListenOptions()).ThrowIfFailed();
        script.SendUdp(5000, 8, "x"u8);
        await script.Sleep(1);
        Assert.Equal("peer first", got[^1]);

        // Who cannot be answered is not listened to.
        script.SendUdp(0, 7, "x"u8);
        await script.Sleep(1);
        Assert.Equal((3, 1L), (got.Count, script.Stack.Counters.Udp.Malformed));

        // Each endpoint once; the address that reaches it.
        var again = new UdpListenOptions { Remote = new IpEndpoint(Script.PeerAddress, 5000) };
        Assert.Equal(ErrorKind.InUse, script.Stack.ListenUdp(7, (_, _, _) => { }, again).Error.Kind);
        var other = script.Stack.ListenUdp(7, (_, _, _) => { }, again with { Remote = new IpEndpoint(Script.PeerAddress, 5002) }).ThrowIfFailed();
        Assert.Equal(new IpEndpoint(Script.StackAddress, 7), other);

        void Listen(string name, UdpListenOptions options) => script.Stack.ListenUdp(7, (_, _, _) => got.Add(name), options).ThrowIfFailed();
    });

    [Fact]
    public void Addresses_of_one_port_are_shared_but_not_with_all()
        => Script.Run(
            script =>
            {
                var options = new[] { "10.0.0.1", "10.0.0.5" }.Select(a => new UdpListenOptions { Address = IpAddress.Parse(a) }).ToArray();
                script.Stack.ListenUdp(7, (_, _, _) => { }, options[0]).ThrowIfFailed();
                script.Stack.ListenUdp(7, (_, _, _) => { }, options[1]).ThrowIfFailed();
                foreach (var taken in new[] { options[0], new UdpListenOptions(), new UdpListenOptions { Address = Ipv4Address.Any } })
                {
                    Assert.Equal(ErrorKind.InUse, script.Stack.ListenUdp(7, (_, _, _) => { }, taken).Error.Kind);
                }

                Assert.Equal(ErrorKind.Invalid, script.Stack.ListenUdp(7, (_, _, _) => { }, new UdpListenOptions { Address = IpAddress.Parse("10.0.0.6") }).Error.Kind);

                // All of the other family is another matter.
                script.Stack.ListenUdp(7, (_, _, _) => { }, new UdpListenOptions { Address = Ipv6Address.Any }).ThrowIfFailed();
                return Task.CompletedTask;
            },
            options: new DirectStackOptions { Addresses = [IpNetwork.Parse("10.0.0.1/24"), IpNetwork.Parse("10.0.0.5/24")] });

    [Fact]
    public void A_connected_listener_gets_the_errors_of_its_endpoint() => Script.Run(async script =>
    {
        var errors = new List<(IpEndpoint, ErrorKind)>();
        var local = script.Stack.ConnectUdp(Remote, new Ignore(), (_, remote, error) => errors.Add((remote, error.Kind))).ThrowIfFailed();
        script.Stack.SendUdp(local, Remote, "x"u8).ThrowIfFailed();
        script.SendError(await script.NextAsync(), Icmpv4Type.DestinationUnreachable, 3);

        // About another endpoint it is refused.
        var other = Packets.Udp(Script.StackAddress, local.Port, Script.PeerAddress, 10, "x"u8);
        script.SendError(Packets.Ip(Script.StackAddress, Script.PeerAddress, IpProtocol.Udp, other), Icmpv4Type.DestinationUnreachable, 3);
        await script.Sleep(1);
        Assert.Equal([(Remote, ErrorKind.Refused)], errors);
        Assert.Equal(1, script.Stack.Counters.Udp.ErrorsRefused);

        // Strangers find nobody.
        script.SendUdp(5000, local.Port, "x"u8);
        var told = await script.NextAsync();
        Assert.Equal((3, 3), (told[20], told[21]));
    });

    [Fact]
    public void Options_are_on_the_packet() => Script.Run(async script =>
    {
        script.Stack.SendUdp(default, Remote, "x"u8, new UdpSendOptions { TimeToLive = 3, TrafficClass = 0xb9, DontFragment = true }).ThrowIfFailed();
        var packet = await script.NextAsync();
        Assert.Equal((3, 0xb9, 0x40), (packet[8], packet[1], packet[6]));
        script.Stack.SendUdp(default, Remote, "x"u8).ThrowIfFailed();
        packet = await script.NextAsync();
        Assert.Equal((64, 0, 0), (packet[8], packet[1], packet[6]));
        Assert.Equal(ErrorKind.TooLarge, script.Stack.SendUdp(default, Remote, new byte[1473], new UdpSendOptions { DontFragment = true }).Error.Kind);
    });

    [Fact]
    public void A_datagram_to_everyone_leaves_to_everyone_and_arrives() => Script.Run(async script =>
    {
        var received = new List<IpAddress>();
        script.Stack.ListenUdp(9, (local, remote, payload) =>
        {
            received.Add(local.Address);
            script.Stack.SendUdp(local, remote, payload).ThrowIfFailed();
        }).ThrowIfFailed();
        foreach (var everyone in new[] { Ipv4Address.Broadcast, new Ipv4Address(10, 0, 0, 255) })
        {
            script.Stack.SendUdp(default, new IpEndpoint(everyone, 9), "x"u8).ThrowIfFailed();
            Assert.Equal(everyone, new Ipv4Address((await script.NextAsync()).AsSpan(16)));
            script.SendUdp(5000, 9, "y"u8, everyone);

            // RFC 1122 §3.2.1.3: the answer comes from our own address.
            Assert.Equal(Script.StackAddress, new Ipv4Address((await script.NextAsync()).AsSpan(12)));
            Assert.Equal(everyone, received[^1]);
        }

        Assert.DoesNotContain(script.Host.Arps, x => x.Target == new Ipv4Address(10, 0, 0, 255));
    });

    [Fact]
    public void RFC_6056_ports_are_random()
    {
        var ports = new HashSet<ushort>();
        for (ulong seed = 0; seed < 20; seed++)
        {
            Script.Run(
                script =>
                {
                    for (var i = 0; i < 5; i++)
                    {
                        var port = script.Stack.ListenUdp(0, (_, _, _) => { }).ThrowIfFailed().Port;
                        Assert.InRange(port, 32768, 65535);
                        _ = ports.Add(port);
                    }

                    return Task.CompletedTask;
                },
                seed: seed + 1);
        }

        Assert.True(ports.Count > 90);
    }

    [Fact]
    public void RFC_8200_section_8_1_a_datagram_of_IPv6_without_checksum_is_refused()
    {
        var datagram = new byte[12];
        UdpDatagram.WriteHeader(datagram, 1, 2, 12, 0);
        Assert.True(UdpDatagram.TryParse(datagram, out var parsed));
        Assert.False(parsed.VerifyChecksum(Ipv6Address.Loopback, Ipv6Address.Loopback));
        Assert.True(parsed.VerifyChecksum(Ipv4Address.Loopback, Ipv4Address.Loopback));
    }

    [Fact]
    public void RFC_1122_section_3_2_1_3_127_is_this_host_and_never_on_the_link() => Script.Run(async script =>
    {
        var received = new List<IpEndpoint>();
        script.Stack.ListenUdp(9, (local, _, _) => received.Add(local)).ThrowIfFailed();
        script.Stack.SendUdp(default, new IpEndpoint(Ipv4Address.Loopback, 9), "x"u8).ThrowIfFailed();
        script.SendUdp(5000, 9, "x"u8, Ipv4Address.Loopback);
        await script.Sleep(1);
        Assert.Equal([new IpEndpoint(Ipv4Address.Loopback, 9)], received);
        Assert.Equal(1, script.Stack.Counters.Ipv4.NotForUs);
        await script.SilentAsync();
    });

    [Fact]
    public void RFC_1122_section_3_2_2_5_a_malformed_option_is_pointed_at() => Script.Run(async script =>
    {
        var packet = new byte[32];
        Ipv4Packet.Write(packet, new Ipv4Header { TotalLength = 32, TimeToLive = 64, Protocol = IpProtocol.Udp, Source = Script.PeerAddress, Destination = Script.StackAddress });
        packet[0] = 0x46;

        // No operation, then one that is longer than the header.
        (packet[20], packet[21], packet[22]) = (1, 7, 9);
        packet.AsSpan(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Finish(InternetChecksum.Sum(packet.AsSpan(0, 24))));
        script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, packet);
        var error = await script.NextAsync();
        Assert.Equal((12, 0, 21), (error[20], error[21], error[24]));
        Assert.Equal(packet, error[28..]);
        Assert.Equal(1, script.Stack.Counters.Ipv4.Malformed);
    });

    [Fact]
    public void RFC_1812_section_4_3_2_an_error_quotes_what_fits_in_576_bytes_and_is_never_about_errors_or_later_fragments() => Script.Run(async script =>
    {
        script.SendUdp(5000, 9, new byte[1400]);
        Assert.Equal(576, (await script.NextAsync()).Length);

        // Of a fragment other than the first, of an error, of nobody in particular: nothing.
        script.SendIp(Script.PeerAddress, Script.StackAddress, (IpProtocol)99, new byte[16], header => header with { FragmentOffset = 8, MoreFragments = true });
        script.SendIp(Script.PeerAddress, Ipv4Address.Broadcast, (IpProtocol)99, new byte[16]);
        script.SendIp(default, Ipv4Address.Broadcast, (IpProtocol)99, new byte[16]);
        await script.SilentAsync(40_000);
    });

    private readonly struct Ignore : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
        }
    }
}
