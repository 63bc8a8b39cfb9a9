using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;
using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Net.TcpIp.Tests.Attacks;

/// <summary>
/// Floods below the transports, of both families: 50,000 frames, 100 each millisecond, from invented hosts on the link. What the stack holds stays under its bounds, it counts what it drops, and a
/// connection between honest hosts goes on meanwhile.
/// </summary>
[Collection(AloneCollection.Name)]
public class NetworkAttackTests
{
    private const int Frames = 50_000;
    private const int FramesPerMillisecond = 100;
    private const int Mebibyte = 1 << 20;

    private static readonly StackLimits _limits = new()
    {
        MaxNeighbours = 256,
        MaxWaitingForNeighbours = Mebibyte,
        MaxReassemblyBytes = Mebibyte,
        MaxReassemblies = 256,
        MaxPathMtus = 256,
    };

    private delegate byte[] Attack(Flood flood, int number);

    private static readonly Dictionary<string, (Attack V4, Attack V6, Func<StackCounters, long> Dropped4, Func<StackCounters, long> Dropped6)> _attacks = new()
    {
        ["hosts that introduce themselves"] = (
            (flood, i) => flood.Arp(ArpOperation.Request, i),
            (flood, i) => flood.Neighbour(Icmpv6Type.NeighbourSolicitation, i),
            counters => counters.Arp.Evicted + counters.Arp.Takeovers,
            counters => counters.Ndp.Evicted),
        ["answers that nobody asked for"] = (
            (flood, i) => flood.Arp(ArpOperation.Reply, i),
            (flood, i) => flood.Neighbour(Icmpv6Type.NeighbourAdvertisement, i),
            counters => counters.Arp.Received,
            counters => counters.Ndp.Received),
        ["echo requests of hosts that are not there"] = (
            (flood, i) => flood.Ip(i, IpProtocol.Icmp, Echo(i)),
            (flood, i) => flood.Ip(i, IpProtocol.Icmpv6, Echo(i)),
            counters => counters.Arp.WaitingDropped,
            counters => counters.Ndp.WaitingDropped),
        ["errors about what was never sent"] = (
            (flood, i) => flood.Ip(i, IpProtocol.Icmp, flood.TooBig(i)),
            (flood, i) => flood.Ip(i, IpProtocol.Icmpv6, flood.TooBig(i)),
            counters => counters.Icmp.ErrorsRefused + counters.Tcp.ErrorsRefused + counters.Udp.ErrorsRefused,
            counters => counters.Icmpv6.ErrorsRefused + counters.Tcp.ErrorsRefused + counters.Udp.ErrorsRefused),
        ["datagrams to closed ports"] = (
            (flood, i) => flood.Ip(i, IpProtocol.Udp, Datagram(i)),
            (flood, i) => flood.Ip(i, IpProtocol.Udp, Datagram(i)),
            counters => counters.Icmp.ErrorsLimited,
            counters => counters.Icmpv6.ErrorsLimited),
        ["protocols that nobody speaks"] = (
            (flood, i) => flood.Ip(i, (IpProtocol)99, new byte[100]),
            (flood, i) => flood.Ip(i, (IpProtocol)99, new byte[100]),
            counters => counters.Icmp.ErrorsLimited,
            counters => counters.Icmpv6.ErrorsLimited),
        ["first fragments"] = (
            (flood, i) => flood.Fragment(i, offset: 0),
            (flood, i) => flood.Fragment(i, offset: 0),
            counters => counters.Ipv4.Fragments.Evicted,
            counters => counters.Ipv6.Fragments.Evicted),
        ["last fragments at far offsets"] = (
            (flood, i) => flood.Fragment(i, offset: 64_000),
            (flood, i) => flood.Fragment(i, offset: 64_000),
            counters => counters.Ipv4.Fragments.Evicted,
            counters => counters.Ipv6.Fragments.Evicted),
    };

    public static TheoryData<string, bool> Cases => [.. _attacks.Keys.SelectMany(_ => new[] { false, true }, (attack, isV6) => (attack, isV6))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Memory_is_bounded_what_is_dropped_is_counted_and_others_go_on(string attack, bool isV6)
    {
        var (v4, v6, dropped4, dropped6) = _attacks[attack];
        var loop = new SimulatedLoop(1);
        loop.Run(async () =>
        {
            var platform = new SimulatedPlatform(loop);
            var network = new VirtualSwitch(loop);
            var (victim, client) = (Connect(network.Connect(), platform, 1), Connect(network.Connect(), platform, 2));
            var flood = new Flood(network.Connect(), platform, isV6, MacAddress.Local(1));
            victim.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(isV6 ? Flood.Victim6 : Flood.Victim4, 7))).ThrowIfFailed();
            await ExchangeAsync(flow);
            var before = AloneCollection.LiveBytes();
            var slowest = TimeSpan.Zero;
            for (var i = 0; i < Frames; i++)
            {
                flood.Send((isV6 ? v6 : v4)(flood, i));
                if (i % FramesPerMillisecond != FramesPerMillisecond - 1)
                {
                    continue;
                }

                await platform.SleepAsync(TimeSpan.FromMilliseconds(1));
                if (i % (100 * FramesPerMillisecond) == (100 * FramesPerMillisecond) - 1)
                {
                    var asked = platform.Now;
                    await ExchangeAsync(flow);
                    slowest = platform.Now - asked > slowest ? platform.Now - asked : slowest;
                    Assert.InRange(victim.Counters.BuffersInUse, 0, (2 * _limits.MaxWaitingForNeighbours) + _limits.MaxReassemblyBytes);
                }
            }

            Assert.InRange(AloneCollection.LiveBytes() - before, long.MinValue, 6 * Mebibyte);
            Assert.InRange(slowest.TotalSeconds, 0, 1);
            Assert.True((isV6 ? dropped6 : dropped4)(victim.Counters) > Frames / 4, $"{victim.Counters}");
            Assert.Equal(0, network.Counters.TooLarge);

            // What was held for the flood goes with time.
            await platform.SleepAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(0, victim.Counters.BuffersInUse);
            await ExchangeAsync(flow);
            await flow.AbortAsync();
        });
    }

    private static SimulatedStack Connect(VirtualNetwork device, SimulatedPlatform platform, byte number) => SimulatedStack.Connect(device, platform, new DirectStackOptions
    {
        Addresses = [new IpNetwork(new Ipv4Address(10, 0, 0, number), 8), new IpNetwork(Ipv6Address.Parse($"2001:db8::{number}"), 64)],
        Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
        Autoconfiguration = new AutoconfigurationOptions { FollowsRouters = false },
        Limits = _limits,
    });

    private static async Task ExchangeAsync(TcpFlow flow)
    {
        var sent = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        var received = new byte[sent.Length];
        (await flow.WriteAsync(sent)).ThrowIfFailed();
        await flow.ReadExactlyAsync(received);
        Assert.Equal(sent, received);
    }

    private static byte[] Echo(int number)
    {
        var message = new byte[1000];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), number);
        return message;
    }

    private static byte[] Datagram(int number)
    {
        var datagram = new byte[100];
        UdpDatagram.WriteHeader(datagram, (ushort)(1024 + (number % 60_000)), (ushort)(1024 + (number * 7 % 60_000)), (ushort)datagram.Length, 0);
        return datagram;
    }

    /// <summary>A device that sends frames of invented hosts, and throws away what arrives.</summary>
    private sealed class Flood : IPollable
    {
        public static readonly Ipv4Address Victim4 = new(10, 0, 0, 1);
        public static readonly Ipv6Address Victim6 = Ipv6Address.Parse("2001:db8::1");

        private readonly VirtualNetwork _network;
        private readonly bool _isV6;
        private readonly MacAddress _victim;

        public Flood(VirtualNetwork network, SimulatedPlatform platform, bool isV6, MacAddress victim)
        {
            (_network, _isV6, _victim) = (network, isV6, victim);
            platform.Attach(this);
        }

        public PollResult Poll(Instant now, int budget) => new(_network.Receive(budget, default(Nothing)) > 0, Instant.Never);

        public void Send(byte[] frame)
        {
            Assert.Equal(LendStatus.Lent, _network.Rent(frame.Length, out var lent));
            frame.CopyTo(lent);
            Assert.Equal(SendStatus.Sent, _network.Send(frame.Length, default));
        }

        public byte[] Arp(ArpOperation operation, int number)
        {
            var frame = new byte[60];
            EthernetFrame.Write(frame, operation == ArpOperation.Request ? MacAddress.Broadcast : _victim, MacOf(number), EtherType.Arp);
            ArpPacket.Write(frame.AsSpan(EthernetFrame.HeaderSize), operation, MacOf(number), Host4(number), default, Victim4);
            return frame;
        }

        public byte[] Neighbour(Icmpv6Type type, int number)
        {
            var (source, destination) = (Host6(number), type == Icmpv6Type.NeighbourSolicitation ? Ipv6Groups.SolicitedNode(Victim6) : Victim6);
            var message = new byte[32];
            var option = message.AsSpan(24);
            NdpOptions.WriteLinkAddress(option, type == Icmpv6Type.NeighbourSolicitation ? NdpOptionType.SourceLinkAddress : NdpOptionType.TargetLinkAddress, MacOf(number));
            var target = type == Icmpv6Type.NeighbourSolicitation ? Victim6 : source;
            var flags = type == Icmpv6Type.NeighbourSolicitation ? 0 : NeighbourMessage.OverrideFlag;
            NeighbourMessage.Write(source, destination, message, type, flags, target, option.ToArray());
            return Frame6(source, destination, IpProtocol.Icmpv6, message, 255);
        }

        public byte[] Ip(int number, IpProtocol protocol, byte[] payload)
        {
            Complete(number, protocol, payload);
            return _isV6 ? Frame6(Host6(number), Victim6, protocol, payload, 64) : Frame4(Host4(number), protocol, payload);
        }

        /// <summary>An error that quotes a segment from the port that is open to a host that nobody has spoken to.</summary>
        public byte[] TooBig(int number)
        {
            var segment = new byte[20];
            TcpSegment.WriteHeader(segment, 7, (ushort)(1024 + (number % 60_000)), new SequenceNumber((uint)number), default, TcpFlags.Ack, 1000, 20);
            byte[] quoted = _isV6 ? [.. new byte[Ipv6Packet.HeaderSize], .. segment] : [.. new byte[Ipv4Packet.HeaderSize], .. segment];
            if (_isV6)
            {
                Ipv6Packet.Write(quoted, new Ipv6Header { PayloadLength = 1400, NextHeader = IpProtocol.Tcp, HopLimit = 64, Source = Victim6, Destination = Host6(number) });
                return [(byte)Icmpv6Type.PacketTooBig, 0, 0, 0, 0, 0, 5, 0, .. quoted];
            }

            Ipv4Packet.Write(quoted, new Ipv4Header { TotalLength = 1440, DontFragment = true, TimeToLive = 64, Protocol = IpProtocol.Tcp, Source = Victim4, Destination = Host4(number) });
            return [(byte)Icmpv4Type.DestinationUnreachable, 4, 0, 0, 0, 0, 5, 0, .. quoted];
        }

        public byte[] Fragment(int number, int offset)
        {
            var part = new byte[1000];
            if (!_isV6)
            {
                return Frame4(Host4(number), IpProtocol.Udp, part, header => header with { Identification = (ushort)number, FragmentOffset = offset, MoreFragments = offset == 0 });
            }

            byte[] payload = [.. new byte[Ipv6HeaderChain.FragmentHeaderSize], .. part];
            Ipv6HeaderChain.WriteFragmentHeader(payload, IpProtocol.Udp, offset, offset == 0, (uint)number);
            return Frame6(Host6(number), Victim6, IpProtocol.Ipv6Fragment, payload, 64);
        }

        private static MacAddress MacOf(int number) => MacAddress.Local((ulong)(0x1000 + number));

        // None of them is anybody.
        private static Ipv4Address Host4(int number) => new(10, (byte)(1 + (number >> 16)), (byte)(number >> 8), (byte)((number & 0xfe) + 1));

        private static Ipv6Address Host6(int number)
        {
            Span<byte> bytes = stackalloc byte[Ipv6Address.Size];
            Victim6.CopyTo(bytes);
            BinaryPrimitives.WriteInt32BigEndian(bytes[8..], number + 1);
            return new Ipv6Address(bytes);
        }

        // Of ICMP: the type, if there is none yet, and the checksum; of UDP over IPv6: the checksum.
        private void Complete(int number, IpProtocol protocol, byte[] payload)
        {
            var sum = _isV6 ? InternetChecksum.PseudoHeader(Host6(number), Victim6, protocol, payload.Length) : 0;
            switch (protocol)
            {
                case IpProtocol.Icmp or IpProtocol.Icmpv6:
                    payload[0] = payload[0] == 0 ? _isV6 ? (byte)Icmpv6Type.EchoRequest : (byte)Icmpv4Type.EchoRequest : payload[0];
                    BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), InternetChecksum.Finish(InternetChecksum.Sum(payload, sum)));
                    break;
                case IpProtocol.Udp when _isV6:
                    BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6), UdpDatagram.ComputeChecksum(InternetChecksum.Sum(payload, sum)));
                    break;
            }
        }

        private byte[] Frame4(Ipv4Address source, IpProtocol protocol, byte[] payload, Func<Ipv4Header, Ipv4Header>? with = null)
        {
            var frame = new byte[Math.Max(60, EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize + payload.Length)];
            EthernetFrame.Write(frame, _victim, _network.Mac, EtherType.Ipv4);
            Network.Packets.Ip(source, Victim4, protocol, payload, with).CopyTo(frame, EthernetFrame.HeaderSize);
            return frame;
        }

        private byte[] Frame6(Ipv6Address source, Ipv6Address destination, IpProtocol next, byte[] payload, byte hopLimit)
        {
            var frame = new byte[EthernetFrame.HeaderSize + Ipv6Packet.HeaderSize + payload.Length];
            EthernetFrame.Write(frame, destination.IsMulticast ? MacAddress.ForMulticast(destination) : _victim, _network.Mac, EtherType.Ipv6);
            Ipv6Packet.Write(frame.AsSpan(EthernetFrame.HeaderSize), new Ipv6Header
            {
                PayloadLength = (ushort)payload.Length, NextHeader = next, HopLimit = hopLimit, Source = source, Destination = destination,
            });
            payload.CopyTo(frame, EthernetFrame.HeaderSize + Ipv6Packet.HeaderSize);
            return frame;
        }

        private readonly struct Nothing : IFrameHandler
        {
            public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
            {
            }
        }
    }
}
