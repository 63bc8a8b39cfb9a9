using SimulatedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using System.Buffers.Binary;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Network6;

/// <summary>A stack and a raw host on one IPv6 link, in virtual time. A test is a packet trace: send this, expect that, then.</summary>
internal sealed class Script6
{
    public static readonly Ipv6Address StackAddress = Ipv6Address.Parse("2001:db8::1");
    public static readonly Ipv6Address PeerAddress = Ipv6Address.Parse("2001:db8::2");
    public static readonly Ipv6Address PeerLinkLocal = Ipv6Address.Parse("fe80::2");

    /// <summary>One address, used at once; no routers.</summary>
    public static readonly DirectStackOptions Options = new()
    {
        Addresses = [new IpNetwork(StackAddress, 64)],
        Ndp = new NdpSettings { DuplicateAddressDetections = 0 },
        Autoconfiguration = new AutoconfigurationOptions { FollowsRouters = false, StableSecret = new byte[16] },
    };

    private Script6(DirectStackOptions? options, int mtu, ulong seed)
    {
        Loop = new SimulatedLoop(seed) { Reported = (source, exception) => Reports.Add($"{source}: {exception.Message}") };
        Platform = new SimulatedPlatform(Loop);
        var network = new VirtualSwitch(Loop);
        Host = new RawIpv6Host(network.Connect(mtu: mtu), Platform) { Addresses = { PeerAddress, PeerLinkLocal } };
        Stack = SimulatedStack.Connect(network.Connect(mtu: mtu), Platform, options ?? Options);
    }

    public SimulatedLoop Loop { get; }

    public SimulatedPlatform Platform { get; }

    public RawIpv6Host Host { get; }

    public SimulatedStack Stack { get; }

    /// <summary>What a person was told.</summary>
    public List<string> Reports { get; } = [];

    /// <summary>The stack's link-local address.</summary>
    public Ipv6Address LinkLocal => Stack.Ip.V6.Addresses.First(address => address.Address.V6.IsLinkLocal).Address.V6;

    public double Now => Host.Now;

    public static void Run(Func<Script6, Task> story, DirectStackOptions? options = null, int mtu = 1500, ulong seed = 1)
    {
        var script = new Script6(options, mtu, seed);
        script.Loop.Run(() => story(script));
    }

    public Task Sleep(double milliseconds) => Platform.SleepAsync(TimeSpan.FromMilliseconds(milliseconds)).AsTask();

    /// <summary>Makes the stack know the peer, and the peer's link address known as a neighbour's that answers.</summary>
    public async Task MeetAsync()
    {
        _ = await Stack.Icmp.PingAsync(PeerAddress, default, TimeSpan.FromMilliseconds(1));
        await Sleep(10);
        _ = await Host.TryNextAsync(packet => packet.Icmp == Icmpv6Type.EchoRequest, 1);
    }

    /// <summary>A datagram with its header and checksum.</summary>
    public static byte[] Datagram(Ipv6Address source, Ipv6Address destination, byte[] data, ushort from = 5000, ushort to = 9)
    {
        var datagram = new byte[UdpDatagram.HeaderSize + data.Length];
        UdpDatagram.WriteHeader(datagram, from, to, (ushort)datagram.Length, 0);
        data.CopyTo(datagram, UdpDatagram.HeaderSize);
        var sum = InternetChecksum.Sum(datagram, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length));
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), UdpDatagram.ComputeChecksum(sum));
        return datagram;
    }

    /// <summary>What arrives on UDP port 9 of the stack.</summary>
    public List<byte[]> ListenUdp()
    {
        var received = new List<byte[]>();
        Stack.ListenUdp(9, (_, _, payload) => received.Add(payload.ToArray())).ThrowIfFailed();
        return received;
    }

    public static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 % 251))];
}
