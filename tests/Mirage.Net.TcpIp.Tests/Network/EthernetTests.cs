using Mirage.Net.TcpIp.Tests.Tcp;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network;

/// <summary>Frames (RFC 894, IEEE 802.3, IEEE 802.1Q).</summary>
public class EthernetTests
{
    private const EtherType Foreign = (EtherType)0x88b5;
    private static readonly IpEndpoint Remote = new(Script.PeerAddress, 9);

    [Fact]
    public void Short_frames_are_padded_with_zeros() => Script.Run(async script =>
    {
        var frames = script.Host.Frames = [];

        // Longer ones first, so that buffers are used again that are not all zeros.
        for (var length = 200; length >= 0; length = length > 30 ? length - 17 : length - 1)
        {
            script.Stack.SendUdp(default, Remote, Enumerable.Repeat((byte)0xff, length).ToArray()).ThrowIfFailed();
        }

        script.Host.SendArp(ArpOperation.Request, Script.PeerAddress, Script.StackAddress);
        await script.Sleep(1);
        for (var length = 29; length >= 0; length--)
        {
            frames.RemoveAll(frame => frame[12] == 8 && frame[13] == 0 && frame[17] == 28 + length);
            script.Stack.SendUdp(default, Remote, Enumerable.Repeat((byte)0xff, length).ToArray()).ThrowIfFailed();
            await script.Sleep(1);
        }

        Assert.All(frames, frame => Assert.True(frame.Length >= 60));
        Assert.Contains(frames, frame => EthernetFrame.TryParse(frame, out var parsed) && parsed.Type == EtherType.Arp);
        for (var length = 0; length < 30; length++)
        {
            var frame = Assert.Single(frames, frame => frame[12] == 8 && frame[13] == 0 && frame[17] == 28 + length);
            Assert.Equal(Math.Max(60, 42 + length), frame.Length);
            Assert.All(frame[(42 + length)..], b => Assert.Equal(0, b));
        }
    });

    [Fact]
    public void What_follows_a_packet_is_trimmed() => Script.Run(async script =>
    {
        var received = new List<int>();
        script.Stack.ListenUdp(9, (_, _, payload) => received.Add(payload.Length)).ThrowIfFailed();
        for (var extra = 0; extra < 20; extra++)
        {
            byte[] packet = [.. Packets.Ip(Script.PeerAddress, Script.StackAddress, IpProtocol.Udp, Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, "abc"u8)), .. new byte[extra]];
            packet.AsSpan(31).Fill(0xee);
            "abc"u8.CopyTo(packet.AsSpan(28));
            script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, packet);
        }

        await script.Sleep(1);
        Assert.Equal(Enumerable.Repeat(3, 20), received);
    });

    [Fact]
    public void Only_what_is_for_this_host_is_received() => Script.Run(async script =>
    {
        script.Host.SendFrame(MacAddress.Local(77), EtherType.Ipv4, new byte[60]);
        script.Host.SendFrame(MacAddress.ForMulticast(new Ipv4Address(239, 1, 1, 1)), EtherType.Ipv4, new byte[60]);
        script.Host.SendFrame(MacAddress.Broadcast, (EtherType)0x1234, new byte[60]);
        await script.Sleep(1);
        var counters = script.Stack.Counters.Ethernet;
        Assert.Equal((1L, 1L, 0L), (counters.UnwantedGroup, counters.UnknownType, script.Stack.Counters.Ipv4.Received));
    });

    [Fact]
    public void In_a_VLAN_every_frame_is_tagged_and_others_are_dropped() => Script.Run(
        async script =>
        {
            var frames = script.Host.Frames = [];
            Assert.Equal(1476, script.Stack.MaxPayload(Script.PeerAddress));
            var answered = new List<string>();
            script.Stack.ListenUdp(9, (local, remote, payload) =>
            {
                answered.Add(System.Text.Encoding.ASCII.GetString(payload));
                script.Stack.SendUdp(local, remote, payload).ThrowIfFailed();
            }).ThrowIfFailed();
            script.Stack.Arp.AddStatic(Script.PeerAddress, script.Host.Mac);
            SendUdp(script, 100, "ours");
            SendUdp(script, 101, "another");
            SendUdp(script, 0, "priority");
            SendUdp(script, null, "untagged");
            await script.Sleep(1);
            Assert.Equal(["ours"], answered);
            Assert.Equal(3, script.Stack.Counters.Ethernet.OtherVlan);
            Assert.All(frames, frame => Assert.Equal((0x81, 0x00, 0x00, 100), (frame[12], frame[13], frame[14], frame[15])));
            var reply = Assert.Single(frames, frame => frame[16] == 8 && frame[17] == 0);
            Assert.Equal("ours", System.Text.Encoding.ASCII.GetString(reply.AsSpan(18 + 28, 4)));
        },
        options: new DirectStackOptions { Addresses = [new IpNetwork(Script.StackAddress, 24)], Vlan = 100, UseIpv6 = false });

    [Fact]
    public void Without_a_VLAN_a_tag_with_a_priority_only_is_read_over() => Script.Run(async script =>
    {
        var received = new List<string>();
        script.Stack.ListenUdp(9, (_, _, payload) => received.Add(System.Text.Encoding.ASCII.GetString(payload))).ThrowIfFailed();
        SendUdp(script, 0, "priority");
        SendUdp(script, 5, "vlan");
        script.Host.SendFrame(script.Host.StackMac, EtherType.Vlan, new byte[2]);
        await script.Sleep(1);
        Assert.Equal(["priority"], received);
        Assert.Equal((1L, 1L), (script.Stack.Counters.Ethernet.OtherVlan, script.Stack.Counters.Ethernet.Truncated));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(-1)]
    public void A_VLAN_has_a_number_from_1_to_4094(int vlan)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Script.Run(_ => Task.CompletedTask, options: new DirectStackOptions { Vlan = vlan }));

    [Fact]
    public void Frames_of_other_protocols_go_to_the_program() => Script.Run(async script =>
    {
        var received = new List<(MacAddress From, byte First)>();
        script.Stack.ListenEthernet(Foreign, (in EthernetAddressing addressing, ReadOnlySpan<byte> payload) => received.Add((addressing.Source, payload[0]))).ThrowIfFailed();
        Assert.Equal(ErrorKind.InUse, script.Stack.ListenEthernet(Foreign, (in EthernetAddressing _, ReadOnlySpan<byte> _) => { }).Error.Kind);
        foreach (var own in new[] { EtherType.Ipv4, EtherType.Arp, EtherType.Ipv6, EtherType.Vlan, (EtherType)100 })
        {
            Assert.Equal(ErrorKind.Invalid, script.Stack.ListenEthernet(own, (in EthernetAddressing _, ReadOnlySpan<byte> _) => { }).Error.Kind);
        }

        script.Host.SendFrame(script.Host.StackMac, Foreign, [7, 8, 9]);
        await script.Sleep(1);
        Assert.Equal([(script.Host.Mac, (byte)7)], received);
        Assert.Equal(1, script.Stack.Counters.Ethernet.Foreign);

        var frames = script.Host.Frames = [];
        script.Stack.SendEthernet(script.Host.Mac, Foreign, [1, 2, 3]).ThrowIfFailed();
        Assert.Equal(ErrorKind.TooLarge, script.Stack.SendEthernet(script.Host.Mac, Foreign, new byte[1501]).Error.Kind);
        await script.Sleep(1);
        var sent = Assert.Single(frames, frame => EthernetFrame.TryParse(frame, out var parsed) && parsed.Type == Foreign);
        Assert.Equal([1, 2, 3], sent[14..17]);

        // A handler that throws does no harm, and is counted.
        script.Stack.UnlistenEthernet(Foreign).ThrowIfFailed();
        script.Stack.ListenEthernet(Foreign, (in EthernetAddressing _, ReadOnlySpan<byte> _) => throw new InvalidOperationException("on purpose")).ThrowIfFailed();
        script.Host.SendFrame(script.Host.StackMac, Foreign, [7]);
        await script.Sleep(1);
        Assert.Equal(1, script.Stack.Counters.Ethernet.HandlerFailed);
        script.Stack.UnlistenEthernet(Foreign).ThrowIfFailed();
        Assert.Equal(ErrorKind.NotFound, script.Stack.UnlistenEthernet(Foreign).Error.Kind);
    });

    private static void SendUdp(Script script, int? vlan, string text)
    {
        var packet = Packets.Ip(
            Script.PeerAddress, Script.StackAddress, IpProtocol.Udp, Packets.Udp(Script.PeerAddress, 5000, Script.StackAddress, 9, System.Text.Encoding.ASCII.GetBytes(text)));
        if (vlan is { } id)
        {
            // Priority 5, the VLAN, the type.
            script.Host.SendFrame(script.Host.StackMac, EtherType.Vlan, [(byte)(0xa0 | (id >> 8)), (byte)id, 8, 0, .. packet]);
        }
        else
        {
            script.Host.SendFrame(script.Host.StackMac, EtherType.Ipv4, packet);
        }
    }
}
