namespace Mirage.Net.TcpIp;

/// <summary>The layers of a stack over a packet device: as <see cref="StackLayers{TNetwork, TPlatform, TCongestion}"/> has them, without Ethernet and what belongs to it.</summary>
internal sealed class PacketStackLayers<TDevice, TPlatform, TCongestion> : StackLifetime<TPlatform>
    where TDevice : struct, IPacketDevice
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly TDevice _device;
    private readonly PacketLink<TDevice> _link;
    private readonly bool _hasIpv6;
    private long _unknownVersion;
    private long _messagesIgnored;

    public PacketStackLayers(TDevice device, TPlatform platform, DirectStackOptions options)
        : base(platform)
    {
        _device = device;
        _link = new(device);
        Internet = new(_link, _link, new NoNeighbours(this), platform, new BufferPool(options.Limits.RetainedBuffers), WithDefaultRoutes(options));

        // RFC 8200 §5: IPv6 asks for links that carry 1280 bytes.
        _hasIpv6 = options.UseIpv6 && device.Mtu >= Wire.Ipv6Packet.MinimumMtu;
    }

    /// <summary>The layers from IP upward.</summary>
    public InternetLayers<PacketLink<TDevice>, PacketLink<TDevice>, NoNeighbours, TPlatform, TCongestion> Internet { get; }

    public StackCounters Counters => Internet.Counters with
    {
        Network = _device.Counters,
        UnknownVersion = _unknownVersion,
        LinkMessagesIgnored = _messagesIgnored,
    };

    public override PollResult Poll(Instant now, int budget)
    {
        Internet.BeginTurn(now);
        var received = _device.Receive(budget, new PacketInput(this));
        return received == 0 && !IsDisconnected && _device.Failure is { IsNone: false } failure
            ? Fail(failure)
            : Internet.Poll(now, budget, received);
    }

    protected override void EndLayers(ErrorKind reason) => Internet.End(reason);

    protected override ValueTask DisconnectDeviceAsync() => _device.DisconnectAsync();

    // There is one way out, so that everything goes there unless it is said otherwise.
    private static DirectStackOptions WithDefaultRoutes(DirectStackOptions options) => options with
    {
        Routes =
        [
            new Route(new IpNetwork(Ipv4Address.Any, 0), default),
            new Route(new IpNetwork(Ipv6Address.Any, 0), default),
            .. options.Routes,
        ],
    };

    private readonly struct PacketInput(PacketStackLayers<TDevice, TPlatform, TCongestion> layers) : IFrameHandler
    {
        public void OnFrame(ReadOnlySpan<byte> frame, in FrameInfo info)
        {
            switch ((IpFamily)(frame.IsEmpty ? 0 : frame[0] >> 4))
            {
                case IpFamily.V4:
                    layers.Internet.Ip.V4.Input(frame, info, layers.Internet.Handler);
                    break;
                case IpFamily.V6 when layers._hasIpv6:
                    layers.Internet.Ip.V6.Input(frame, info, layers.Internet.Handler);
                    break;
                default:
                    layers._unknownVersion++;
                    break;
            }
        }
    }

    /// <summary>Counts messages of neighbour discovery, which have no meaning here.</summary>
    internal readonly struct NoNeighbours(PacketStackLayers<TDevice, TPlatform, TCongestion> layers) : INeighbourProtocol
    {
        public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message) => layers._messagesIgnored++;

        public Instant RunTimers(Instant now) => Instant.Never;
    }
}
