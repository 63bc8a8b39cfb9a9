using BadLink = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;
using IpStack = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Virtual.OffloadingPackets<Mirage.Net.Virtual.VirtualPacketDevice>, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using OffloadingNetwork = Mirage.Net.Virtual.Offloading<Mirage.Net.Virtual.VirtualNetwork>;
using WatchedLink = Mirage.Net.Virtual.Captured<Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>, Mirage.Net.Virtual.SimulatedPlatform>;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Stacks over devices that complete checksums, cut and join segments (<see cref="NetworkOffload"/>).</summary>
public class OffloadTests
{
    private const ushort Port = 7;
    private const int Bulk = 1_000_000;

    /// <summary>The same times, headers and text: super-segments are what would have left one by one, under every window, with losses, marks, small writes and ends.</summary>
    [Theory]
    [InlineData(false, EcnUse.Never)]
    [InlineData(true, EcnUse.Never)]
    [InlineData(false, EcnUse.Always)]
    [InlineData(true, EcnUse.Always)]
    public void What_leaves_is_what_leaves_without_offload(bool isV6, EcnUse ecn)
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            long cut = 0;
            var plain = Watch<WatchedLink>(seed, isV6, ecn, link => link, _ => { });
            var offloaded = Watch<Cutter<WatchedLink>>(seed, isV6, ecn, link => new(new(link)), device => cut = device.Card.Offloaded.FramesCut);
            Assert.True(plain.AsSpan().SequenceEqual(offloaded), $"seed {seed}: they differ from byte {plain.AsSpan().CommonPrefixLength(offloaded)} on");
            Assert.InRange(cut, 5, long.MaxValue);
        }
    }

    /// <summary>RFC 2923 §2.1, RFC 4821 §7.</summary>
    [Fact]
    public void A_black_hole_is_passed_as_without_offload()
    {
        foreach (var seed in new ulong[] { 6, 12 })
        {
            long cut = 0;
            var plain = Watch<WatchedLink>(seed, false, EcnUse.Never, link => link, _ => { }, mtu: 1200);
            var offloaded = Watch<Cutter<WatchedLink>>(seed, false, EcnUse.Never, link => new(new(link)), device => cut = device.Card.Offloaded.FramesCut, mtu: 1200);
            Assert.True(plain.AsSpan().SequenceEqual(offloaded), $"seed {seed}: they differ from byte {plain.AsSpan().CommonPrefixLength(offloaded)} on");
            Assert.InRange(cut, 5, long.MaxValue);
        }
    }

    [Fact]
    public void What_came_in_two_segments_is_acknowledged_at_once_and_what_came_in_one_is_not()
        => Run(async (platform, network) =>
        {
            var delay = new LinkOptions { Delay = TimeSpan.FromMilliseconds(5) };
            var client = Connect(new BadLink(network.Connect(), platform, delay, delay), platform, Simulation.ClientAddress);
            var device = new OffloadingNetwork(network.Connect());
            var server = Connect(device, platform, Simulation.ServerAddress);
            server.ListenTcp(Port, new EndHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, Port), new TcpConnectOptions { NoDelay = true })).ThrowIfFailed();
            Assert.True(flow.TryGet<TcpControl>(out var control));
            var size = control.GetStatistics().ThrowIfFailed().MaximumSegmentSize;

            // Acknowledgements at the start are quick.
            for (var i = 0; i < 40; i++)
            {
                (await flow.WriteAsync(new byte[size])).ThrowIfFailed();
                await platform.SleepAsync(TimeSpan.FromMilliseconds(100));
            }

            Assert.Equal(0, device.Offloaded.FramesJoined);
            Assert.Equal(size, await InFlightAfterAsync(size));
            Assert.Equal(0, await InFlightAfterAsync(size + 1));
            Assert.Equal(0, await InFlightAfterAsync(2 * size));
            Assert.Equal(2, device.Offloaded.FramesJoined);

            async Task<long> InFlightAfterAsync(int length)
            {
                (await flow.WriteAsync(new byte[length])).ThrowIfFailed();
                await platform.SleepAsync(TimeSpan.FromMilliseconds(11));
                var inFlight = control.GetStatistics().ThrowIfFailed().InFlight;
                await platform.SleepAsync(TimeSpan.FromMilliseconds(100));
                return inFlight;
            }
        });

    [Fact]
    public void Segments_are_counted_however_they_travel()
        => Run(async (platform, network) =>
        {
            var (a, b) = (new OffloadingNetwork(network.Connect()), new OffloadingNetwork(network.Connect()));
            var (client, server) = (Connect(a, platform, Simulation.ClientAddress), Connect(b, platform, Simulation.ServerAddress));
            await EchoAsync(client, server, Simulation.ServerAddress);
            Assert.InRange(a.Offloaded.FramesCut, 5, 500);
            Assert.InRange(b.Offloaded.FramesJoined, 5, 500);
            Assert.Equal(client.Counters.Tcp.SegmentsSent, server.Counters.Tcp.SegmentsReceived);
            Assert.Equal(server.Counters.Tcp.SegmentsSent, client.Counters.Tcp.SegmentsReceived);
            Assert.InRange(client.Counters.Tcp.SegmentsSent, Bulk / 1448, 3 * Bulk / 1448);
            Assert.Equal((0, 0), (client.Counters.Tcp.Retransmissions, server.Counters.Tcp.Retransmissions));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_goes_to_this_host_itself_is_never_cut(bool isV6)
        => Run(async (platform, network) =>
        {
            var device = new OffloadingNetwork(network.Connect());
            var address = isV6 ? Simulation.ClientAddress6 : Simulation.ClientAddress;
            var stack = Connect(device, platform, address);
            await platform.SleepAsync(TimeSpan.FromSeconds(3));
            await EchoAsync(stack, stack, address);
            Assert.Equal(0, device.Offloaded.FramesCut);
            Assert.Equal(stack.Counters.Tcp.SegmentsSent, stack.Counters.Tcp.SegmentsReceived);

            // Many segments in each packet.
            var packets = isV6 ? stack.Counters.Ipv6.Sent : stack.Counters.Ipv4.Sent;
            Assert.InRange(packets, 1, stack.Counters.Tcp.SegmentsSent / 4);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Packet_devices_cut_and_join_too(bool isV6)
    {
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var link = new VirtualPacketLink(loop);
        var (a, b) = (new OffloadingPackets<VirtualPacketDevice>(link.A), new OffloadingPackets<VirtualPacketDevice>(link.B));
        var (from, to) = isV6 ? (Simulation.ClientAddress6, Simulation.ServerAddress6) : (Simulation.ClientAddress, Simulation.ServerAddress);
        loop.Run(async () =>
        {
            var client = IpStack.Connect(a, platform, Options(from));
            var server = IpStack.Connect(b, platform, Options(to));
            await EchoAsync(client, server, to);
            Assert.InRange(a.Offloaded.FramesCut, 5, 500);
            Assert.InRange(a.Offloaded.FramesJoined, 5, 500);
        });
    }

    [Fact]
    public void A_super_segment_waits_for_a_neighbour_like_other_packets()
        => Run(async (platform, network) =>
        {
            var device = new OffloadingNetwork(network.Connect());
            var client = Connect(device, platform, Simulation.ClientAddress, new ArpOptions { Lifetime = TimeSpan.FromSeconds(30) });
            var server = Connect(network.Connect(), platform, Simulation.ServerAddress);
            server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, Port))).ThrowIfFailed();
            await platform.SleepAsync(TimeSpan.FromHours(1));
            var cut = device.Offloaded.FramesCut;
            var data = Data(14_000);
            (await flow.WriteAsync(data)).ThrowIfFailed();
            var back = new byte[data.Length];
            await flow.ReadExactlyAsync(back);
            Assert.Equal(data, back);
            Assert.Equal(cut + 1, device.Offloaded.FramesCut);
            Assert.Equal(0, client.Counters.Tcp.Retransmissions);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_leave_with_checksums_whole_and_in_fragments(bool isV6)
        => Run(async (platform, network) =>
        {
            var (from, to) = isV6 ? (Simulation.ClientAddress6, Simulation.ServerAddress6) : (Simulation.ClientAddress, Simulation.ServerAddress);
            var device = new OffloadingNetwork(network.Connect());
            var client = Connect(device, platform, from);
            var server = Connect(network.Connect(), platform, to);
            await platform.SleepAsync(TimeSpan.FromSeconds(3));
            var received = new List<byte[]>();
            server.ListenUdp(Port, new Keep(received)).ThrowIfFailed();
            foreach (var length in new[] { 0, 1, 9, 100, 1400, 4000, 60_000 })
            {
                var data = Data(length);
                client.SendUdp(default, new IpEndpoint(to, Port), data).ThrowIfFailed();
                await platform.SleepAsync(TimeSpan.FromSeconds(1));
                Assert.Equal(data, received[^1]);
            }

            Assert.Equal((7, 0L), (received.Count, server.Counters.Udp.BadChecksum));
            Assert.Equal(5, device.Offloaded.ChecksumsCompleted);
        });

    [Fact]
    public void A_datagram_whose_checksum_comes_out_as_zero_is_fragmented_with_all_ones()
    {
        foreach (var (offset, expected) in new[] { (UdpDatagramOffset, 0xffff), (16, 0) })
        {
            var payload = new byte[40];
            (payload[^2], payload[^1]) = (0xff, 0xff);
            InternetChecksum.Complete(payload, new FrameInfo { Checksum = ChecksumState.Partial, ChecksumOffset = (ushort)offset });
            Assert.Equal(expected, (payload[offset] << 8) | payload[offset + 1]);
        }
    }

    [Fact]
    public void Super_segments_allocate_nothing()
        => Run(async (platform, network) =>
        {
            var device = new OffloadingNetwork(network.Connect());
            var client = Connect(device, platform, Simulation.ClientAddress);
            var server = Connect(new OffloadingNetwork(network.Connect()), platform, Simulation.ServerAddress);
            server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, Port))).ThrowIfFailed();
            var buffer = new byte[65_536];
            long before = 0, packets = 0;
            for (var i = 0; i < 200; i++)
            {
                if (i == 100)
                {
                    (before, packets) = (GC.GetAllocatedBytesForCurrentThread(), client.Counters.Tcp.SegmentsSent);
                }

                (await flow.WriteAsync(buffer)).ThrowIfFailed();
                for (var left = buffer.Length; left > 0;)
                {
                    left -= (await flow.ReadAsync(buffer)).ThrowIfFailed();
                }
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            packets = client.Counters.Tcp.SegmentsSent - packets;
            Assert.InRange(packets, 4000, long.MaxValue);

            // Not one byte for each packet; what remains is of the loop and the test.
            Assert.InRange(allocated, 0, packets);
            Assert.InRange(device.Offloaded.FramesCut, 100, long.MaxValue);
        });

    private const int UdpDatagramOffset = 6;

    private static byte[] Data(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 13) + (i >> 8)))];

    private static DirectStackOptions Options(IpAddress address, ArpOptions? arp = null, TcpSettings? tcp = null) => new()
    {
        Addresses = [new IpNetwork(address, address.IsV6 ? 64 : 24)],
        Arp = arp ?? new ArpOptions(),
        Tcp = tcp ?? new TcpSettings(),
    };

    private static DirectStack<TNetwork, SimulatedPlatform, Cubic> Connect<TNetwork>(TNetwork network, SimulatedPlatform platform, IpAddress address, ArpOptions? arp = null, TcpSettings? tcp = null)
        where TNetwork : struct, INetwork
        => DirectStack<TNetwork, SimulatedPlatform, Cubic>.Connect(network, platform, Options(address, arp, tcp));

    private static void Run(Func<SimulatedPlatform, VirtualSwitch, Task> story)
    {
        var loop = new SimulatedLoop(1);
        loop.Run(() => story(new SimulatedPlatform(loop), new VirtualSwitch(loop, new VirtualSwitchOptions { QueueLength = 8192 })));
    }

    private static async Task EchoAsync<TStack>(TStack client, TStack server, IpAddress address)
        where TStack : struct, IStack<TStack, TcpFlow>
    {
        server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
        var flow = (await client.ConnectTcpAsync(new IpEndpoint(address, Port))).ThrowIfFailed();
        var data = Data(Bulk);
        var writing = WriteAsync();
        Assert.Equal(data, await flow.ReadAllAsync());
        await writing;
        (await flow.CloseAsync()).ThrowIfFailed();

        async Task WriteAsync()
        {
            (await flow.WriteAsync(data)).ThrowIfFailed();
            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
        }
    }

    /// <summary>What goes over the link of a client that writes now and then to an echo server, and at last ends.</summary>
    private static byte[] Watch<TNetwork>(ulong seed, bool isV6, EcnUse ecn, Func<WatchedLink, TNetwork> wrap, Action<TNetwork> look, int mtu = 0)
        where TNetwork : struct, INetwork
    {
        var loop = new SimulatedLoop(seed);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var random = new Random((int)seed);
        using var stream = new MemoryStream();
        var options = new LinkOptions
        {
            Delay = TimeSpan.FromMilliseconds(5), Rate = 50_000_000, QueueFrames = 60, MarkAt = 20_000, Loss = (seed % 3) switch { 0 => 0, 1 => 0.01, _ => 0.04 }, Reordering = seed % 2 * 0.02, Mtu = mtu,
        };
        var (from, to) = isV6 ? (Simulation.ClientAddress6, Simulation.ServerAddress6) : (Simulation.ClientAddress, Simulation.ServerAddress);
        var watched = new WatchedLink(new BadLink(network.Connect(), platform, options, options with { Mtu = 0 }), platform, new PcapngWriter(stream), "client");
        loop.Run(async () =>
        {
            var tcp = new TcpSettings { Ecn = ecn, ReceiveBuffer = seed % 4 == 0 ? 30_000 : 1 << 20 };
            var device = wrap(watched);
            var client = Connect(device, platform, from, tcp: tcp);
            var server = Connect(network.Connect(), platform, to, tcp: tcp);
            await platform.SleepAsync(TimeSpan.FromSeconds(3));
            server.ListenTcp(Port, new EchoHandler()).ThrowIfFailed();
            var flow = (await client.ConnectTcpAsync(new IpEndpoint(to, Port), new TcpConnectOptions { NoDelay = seed % 2 == 0 })).ThrowIfFailed();
            using var sent = new MemoryStream();
            var reading = flow.ReadAllAsync();
            for (var i = 0; i < 30; i++)
            {
                var data = new byte[random.Next(4) == 0 ? random.Next(1, 3000) : random.Next(1, 40_000)];
                random.NextBytes(data);
                sent.Write(data);
                (await flow.WriteAsync(data)).ThrowIfFailed();
                await platform.SleepAsync(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(300) : 0));
            }

            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
            Assert.Equal(sent.ToArray(), await reading);
            (await flow.CloseAsync()).ThrowIfFailed();
            look(device);
        });
        watched.Flush();
        return stream.ToArray();
    }

    /// <summary>A card that does not join what arrives.</summary>
    private readonly struct Cutter<TNetwork>(Offloading<TNetwork> card) : INetwork
        where TNetwork : struct, INetwork
    {
        public static NetworkOffload Offload => NetworkOffload.SendChecksum | NetworkOffload.SendSegmentation;

        public Offloading<TNetwork> Card => card;

        public bool IsDefault => card.IsDefault;

        public MacAddress Mac => card.Mac;

        public int Mtu => card.Mtu;

        public NetworkCounters Counters => card.Counters;

        public DeviceError Failure => card.Failure;

        public LendStatus Rent(int length, out Span<byte> frame) => card.Rent(length, out frame);

        public SendStatus Send(int length, in FrameInfo info) => card.Send(length, info);

        public void Return() => card.Return();

        public int Receive<THandler>(int budget, THandler handler)
            where THandler : struct, IFrameHandler
            => card.Network.Receive(budget, handler);

        public ValueTask DisconnectAsync() => card.DisconnectAsync();
    }

    private readonly struct EndHandler : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => _ = await flow.ReadAllAsync();
    }

    private readonly struct Keep(List<byte[]> datagrams) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => datagrams.Add(payload.ToArray());
    }
}
