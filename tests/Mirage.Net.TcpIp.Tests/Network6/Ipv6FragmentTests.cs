using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>Fragments of IPv6 (RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112, RFC 6980).</summary>
public class Ipv6FragmentTests
{
    private static readonly Ipv6Address Stack = Script6.StackAddress;
    private static readonly Ipv6Address Peer = Script6.PeerAddress;

    [Fact]
    public void A_datagram_is_put_together_in_any_order() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        (int From, int To)[] parts = [(0, 16), (16, 32), (32, 48)];
        uint identification = 0;
        foreach (var order in new[] { "012", "021", "102", "120", "201", "210" })
        {
            identification++;
            foreach (var part in order.Select(index => parts[index - '0']))
            {
                SendFragment(script, datagram, part.From, part.To, identification);
            }
        }

        await script.Sleep(10);
        Assert.Equal(6, received.Count);
        Assert.All(received, data => Assert.Equal(Script6.Pattern(40), data));
        Assert.Equal(6, script.Stack.Counters.Ipv6.Fragments.Reassembled);
    });

    [Fact]
    public void Headers_before_the_fragment_header_are_kept() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        byte[] options = [(byte)IpProtocol.Ipv6Fragment, 0, 1, 4, 0, 0, 0, 0];
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [.. options, .. Header(32, false, 1), .. datagram.AsSpan(32)]);
        script.Host.Send(Peer, Stack, IpProtocol.DestinationOptions, [.. options, .. Header(0, true, 1), .. datagram.AsSpan(0, 32)]);
        await script.Sleep(10);
        Assert.Equal(Script6.Pattern(40), Assert.Single(received));
    });

    [Fact]
    public void RFC_5722_what_overlaps_is_refused_as_a_whole() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        SendFragment(script, datagram, 0, 24, 1);
        SendFragment(script, datagram, 16, 32, 1);
        SendFragment(script, datagram, 24, 48, 1);
        SendFragment(script, datagram, 32, 48, 1);
        await script.Sleep(10);
        Assert.Empty(received);
        Assert.Equal(1, script.Stack.Counters.Ipv6.Fragments.Overlapping);
    });

    [Fact]
    public void RFC_6946_a_whole_in_one_fragment_does_not_mix_with_others() => Script6.Run(async script =>
    {
        var received = script.ListenUdp();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        SendFragment(script, datagram, 0, 24, 1);
        var whole = Script6.Datagram(Peer, Stack, [9]);
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. Header(0, false, 1), .. whole]);
        await script.Sleep(10);
        Assert.Equal([9], Assert.Single(received));
        SendFragment(script, datagram, 24, 48, 1);
        await script.Sleep(10);
        Assert.Equal(Script6.Pattern(40), received[1]);
    });

    [Fact]
    public void RFC_7112_the_first_fragment_holds_all_headers() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [60, 0, 0, 1, 0, 0, 0, 1, 17, 1, 1, 4, 0, 0, 0, 0]);
        var error = await script.Host.NextAsync(Icmpv6Type.ParameterProblem);
        Assert.Equal((3, 0u), (error.Payload[1], BinaryPrimitives.ReadUInt32BigEndian(error.Payload.AsSpan(4))));
        Assert.Equal((1L, 0), (script.Stack.Counters.Ipv6.Refused, script.Stack.Counters.Ipv6.Fragments.Waiting));
    });

    [Fact]
    public void Section_4_5_lengths_that_cannot_be_are_pointed_at() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. Header(0, true, 1), .. datagram.AsSpan(0, 13)]);
        Assert.Equal(4u, BinaryPrimitives.ReadUInt32BigEndian((await script.Host.NextAsync(Icmpv6Type.ParameterProblem)).Payload.AsSpan(4)));
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. Header(65_528, false, 2), .. datagram.AsSpan(0, 24)]);
        Assert.Equal(42u, BinaryPrimitives.ReadUInt32BigEndian((await script.Host.NextAsync(Icmpv6Type.ParameterProblem)).Payload.AsSpan(4)));
    });

    [Fact]
    public void Section_4_5_after_a_minute_the_sender_is_told_if_the_first_came() => Script6.Run(async script =>
    {
        await script.MeetAsync();
        var datagram = Script6.Datagram(Peer, Stack, Script6.Pattern(40));
        var start = script.Now;
        SendFragment(script, datagram, 0, 24, 1);
        SendFragment(script, datagram, 24, 48, 2);
        var error = await script.Host.NextAsync(Icmpv6Type.TimeExceeded, 61_000);
        Assert.Equal((1, 60_000d), (error.Payload[1], Math.Round(error.At - start)));

        // It quotes the fragment as it was.
        Assert.Equal((byte)IpProtocol.Ipv6Fragment, error.Payload[8 + 6]);
        Assert.Equal(datagram[..24], error.Payload[(8 + 48)..]);
        await script.Sleep(5000);
        Assert.Single(script.Host.Of(Icmpv6Type.TimeExceeded));
        Assert.Equal((2L, 0L), (script.Stack.Counters.Ipv6.Fragments.TimedOut, script.Stack.Counters.BuffersInUse));
    });

    [Fact]
    public void RFC_6980_neighbour_discovery_in_fragments_is_ignored() => Script6.Run(async script =>
    {
        var message = new byte[24];
        Stack.CopyTo(message.AsSpan(8));
        Icmpv6Message.Write(Peer, Stack, message, Icmpv6Type.NeighbourSolicitation, 0, 0);
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [(byte)IpProtocol.Icmpv6, 0, 0, 0, 0, 0, 0, 1, .. message], 255);
        await script.Sleep(10);
        Assert.Equal((1L, 0), (script.Stack.Counters.Ndp.Malformed, script.Host.Of(Icmpv6Type.NeighbourAdvertisement).Count));
    });

    [Fact]
    public void Fragments_of_fragments_are_nobody_s_work() => Script6.Run(async script =>
    {
        byte[] inner = [.. Header(8, true, 7), .. new byte[24]];
        byte[] outer = [(byte)IpProtocol.Ipv6Fragment, 0, 0, 1, 0, 0, 0, 1];
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. outer, .. inner.AsSpan(0, 16)]);
        outer[3] = 16;
        script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. outer, .. inner.AsSpan(16)]);
        await script.Sleep(10);
        Assert.Equal((1L, 0), (script.Stack.Counters.Ipv6.Malformed, script.Stack.Counters.Ipv6.Fragments.Waiting));
    });

    [Theory]
    [InlineData(1500, 1453)]
    [InlineData(1500, 20_000)]
    [InlineData(1280, 65_487)]
    [InlineData(9000, 65_487)]
    public void A_large_datagram_leaves_in_fragments_that_fit_and_comes_back(int mtu, int size) => Script6.Run(
        async script =>
        {
            await script.MeetAsync();
            var data = Script6.Pattern(size);
            script.Stack.SendUdp(new IpEndpoint(default, 7), new IpEndpoint(Peer, 9), data).ThrowIfFailed();
            await script.Sleep(10);
            var fragments = script.Host.All.FindAll(packet => packet.NextHeader == IpProtocol.Ipv6Fragment);
            Assert.All(fragments, packet => Assert.InRange(packet.Bytes.Length, 49, mtu));
            Assert.All(fragments.SkipLast(1), packet => Assert.Equal(0, (packet.Bytes.Length - 48) % 8));
            Assert.Single(fragments.Select(packet => Ipv6HeaderChain.Identification(packet.Payload)).Distinct());
            byte[] whole = [.. fragments.OrderBy(packet => Ipv6HeaderChain.FragmentOffset(packet.Payload)).SelectMany(packet => packet.Payload[8..])];
            Assert.Equal(data, whole[8..]);
            Assert.True(UdpDatagram.TryParse(whole, out var parsed) && parsed.VerifyChecksum(Stack, Peer));

            var received = script.ListenUdp();
            foreach (var fragment in fragments)
            {
                var back = Script6.Datagram(Peer, Stack, data);
                var offset = Ipv6HeaderChain.FragmentOffset(fragment.Payload);
                script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. fragment.Payload.AsSpan(0, 8), .. back.AsSpan(offset, fragment.Payload.Length - 8)]);
                await script.Sleep(1);
            }

            Assert.Equal(data, Assert.Single(received));
        },
        mtu: mtu);

    private static byte[] Header(int offset, bool more, uint identification)
    {
        var header = new byte[8];
        Ipv6HeaderChain.WriteFragmentHeader(header, IpProtocol.Udp, offset, more, identification);
        return header;
    }

    private static void SendFragment(Script6 script, byte[] datagram, int from, int to, uint identification)
        => script.Host.Send(Peer, Stack, IpProtocol.Ipv6Fragment, [.. Header(from, to < datagram.Length, identification), .. datagram.AsSpan(from, to - from)]);
}
