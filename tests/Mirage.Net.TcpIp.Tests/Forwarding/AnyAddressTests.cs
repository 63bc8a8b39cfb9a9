using Mirage.Net.TcpIp.Wire;
using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests.Forwarding;

/// <summary>What a stack that accepts any address takes, and what not.</summary>
public class AnyAddressTests
{
    public static TheoryData<bool, string> Kinds => ForwardingNetwork.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Echo_requests_to_others_are_answered_only_if_that_was_asked_for(bool overEthernet, string address)
    {
        ForwardingNetwork.Run(overEthernet, async network =>
        {
            Assert.Equal(ErrorKind.TimedOut, (await network.Ping(IpAddress.Parse(address))).Error.Kind);
            Assert.Equal(1, network.GatewayCounters.EchoesToOthersIgnored);
        });
        ForwardingNetwork.Run(
            overEthernet,
            async network => Assert.True((await network.Ping(IpAddress.Parse(address))).IsDone),
            new DirectStackOptions { AcceptAnyAddress = true, AnswerEchoToAny = true });
    }

    [Theory]
    [InlineData("10.1.0.2", "192.0.2.7", true)]
    [InlineData("fd01::2", "2001:db8::7", true)]
    [InlineData("127.0.0.1", "192.0.2.7", false)]
    [InlineData("224.0.0.5", "192.0.2.7", false)]
    [InlineData("255.255.255.255", "192.0.2.7", false)]
    [InlineData("0.0.0.0", "192.0.2.7", false)]
    [InlineData("10.1.0.2", "127.0.0.1", false)]
    [InlineData("10.1.0.2", "224.0.0.5", false)]
    [InlineData("10.1.0.2", "255.255.255.255", false)]
    [InlineData("10.1.0.2", "240.0.0.1", false)]
    [InlineData("10.1.0.2", "0.0.0.0", false)]
    [InlineData("::1", "2001:db8::7", false)]
    [InlineData("ff02::5", "2001:db8::7", false)]
    [InlineData("::", "2001:db8::7", false)]
    [InlineData("::ffff:10.1.0.2", "2001:db8::7", false)]
    [InlineData("fe80::2", "2001:db8::7", false)]
    [InlineData("fd01::2", "::1", false)]
    [InlineData("fd01::2", "ff02::5", false)]
    [InlineData("fd01::2", "::", false)]
    [InlineData("fd01::2", "fe80::7", false)]
    [InlineData("fd01::2", "::ffff:192.0.2.7", false)]
    public void Only_what_goes_from_one_host_to_another_is_taken(string source, string destination, bool isTaken)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        var stack = DirectIpStack<VirtualPacketDevice, SimulatedPlatform, Cubic>.Connect(link.A, platform, new DirectStackOptions { AcceptAnyAddress = true });
        var count = new int[2];
        loop.Run(async () =>
        {
            stack.ForwardTcp(new Counting(count)).ThrowIfFailed();
            stack.ForwardUdp(new Counting(count)).ThrowIfFailed();
            SendSyn(link.B, IpAddress.Parse(source), IpAddress.Parse(destination));
            SendDatagram(link.B, IpAddress.Parse(source), IpAddress.Parse(destination));
            await platform.SleepAsync(TimeSpan.FromSeconds(1));
        });
        Assert.Equal(isTaken ? [1, 1] : [0, 0], count);
    }

    [Fact]
    public void What_is_no_IP_packet_is_counted()
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        var stack = DirectIpStack<VirtualPacketDevice, SimulatedPlatform, Cubic>.Connect(link.A, platform);
        loop.Run(async () =>
        {
            Assert.Equal(LendStatus.Lent, link.B.Rent(20, out var packet));
            packet.Clear();
            packet[0] = 0x50;
            Assert.Equal(SendStatus.Sent, link.B.Send(20, default));
            await platform.SleepAsync(TimeSpan.FromSeconds(1));
        });
        Assert.Equal(1, stack.Counters.UnknownVersion);
        Assert.Equal(1, stack.Counters.Network.ReceivedFrames);
    }

    private static void SendSyn(VirtualPacketDevice device, IpAddress source, IpAddress destination)
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.Tcp };
        Span<byte> segment = stackalloc byte[TcpSegment.HeaderSize];
        TcpSegment.WriteHeader(segment, 1000, 80, new SequenceNumber(1), default, TcpFlags.Syn, 1000, TcpSegment.HeaderSize);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(
            segment[16..], InternetChecksum.Finish(InternetChecksum.Sum(segment, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length))));
        Send(device, info, segment);
    }

    private static void SendDatagram(VirtualPacketDevice device, IpAddress source, IpAddress destination)
    {
        var info = new IpPacketInfo { Source = source, Destination = destination, Protocol = IpProtocol.Udp };
        Span<byte> datagram = stackalloc byte[UdpDatagram.HeaderSize];
        UdpDatagram.WriteHeader(datagram, 1000, 53, UdpDatagram.HeaderSize, 0);
        var sum = InternetChecksum.Sum(datagram, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length));
        UdpDatagram.WriteHeader(datagram, 1000, 53, UdpDatagram.HeaderSize, UdpDatagram.ComputeChecksum(sum));
        Send(device, info, datagram);
    }

    private static void Send(VirtualPacketDevice device, in IpPacketInfo info, ReadOnlySpan<byte> payload)
    {
        Span<byte> packet = stackalloc byte[QuotedPacket.MaxHeaderSize + payload.Length];
        var headerLength = QuotedPacket.WriteHeader(packet, info, payload.Length);
        payload.CopyTo(packet[headerLength..]);
        packet = packet[..(headerLength + payload.Length)];
        Assert.Equal(LendStatus.Lent, device.Rent(packet.Length, out var lent));
        packet.CopyTo(lent);
        Assert.Equal(SendStatus.Sent, device.Send(packet.Length, default));
    }

    private readonly struct Counting(int[] count) : ITcpForwarder, IUdpForwarder
    {
        public ValueTask ForwardAsync<TRequest, TFlow>(TRequest request)
            where TRequest : struct, ITcpForwardRequest<TFlow>
            where TFlow : struct, IFlow
        {
            count[0]++;
            return default;
        }

        public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
            where TAssociation : struct, IUdpAssociation
            => count[1]++;

        public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
        {
        }
    }
}
