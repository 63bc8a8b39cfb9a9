namespace Mirage.Net.TcpIp;

/// <summary>The layers of a stack, closed over each other, and one turn of them: what arrived goes up, timers run, the program goes on, output leaves.</summary>
internal sealed class StackLayers<TNetwork, TPlatform, TCongestion> : StackLifetime<TPlatform>
    where TNetwork : struct, INetwork
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly TNetwork _network;
    private readonly Ethernet<TNetwork> _ethernet;
    private readonly Arp<Ethernet<TNetwork>, TPlatform> _arp;
    private readonly Ndp<Ethernet<TNetwork>, TPlatform> _ndp;
    private readonly Autoconfiguration<Ndp<Ethernet<TNetwork>, TPlatform>, TPlatform> _autoconfiguration;
    private readonly bool _hasIpv6;
    private long _unknownType;
    private long _unicastToMany;

    public StackLayers(TNetwork network, TPlatform platform, DirectStackOptions options)
        : base(platform)
    {
        _network = network;
        var buffers = new BufferPool(options.Limits.RetainedBuffers);
        _ethernet = new(network, options.Vlan);
        _arp = new(_ethernet, platform, buffers, options.Arp, options.Limits);
        _ndp = new(_ethernet, platform, buffers, options.Ndp, options.Limits);
        Internet = new(_arp, _ndp, new Neighbours(this), platform, buffers, options);
        _autoconfiguration = new(Internet.Ip.V6, _ndp, platform, options.Autoconfiguration, options.Limits);

        // RFC 8200 §5: IPv6 asks for links that carry 1280 bytes.
        _hasIpv6 = options.UseIpv6 && _ethernet.Mtu >= Wire.Ipv6Packet.MinimumMtu;
        if (_hasIpv6)
        {
            _autoconfiguration.Start();
        }
    }

    /// <summary>The layers from IP upward.</summary>
    public InternetLayers<Arp<Ethernet<TNetwork>, TPlatform>, Ndp<Ethernet<TNetwork>, TPlatform>, Neighbours, TPlatform, TCongestion> Internet { get; }

    public Autoconfiguration<Ndp<Ethernet<TNetwork>, TPlatform>, TPlatform> Autoconfiguration => _autoconfiguration;

    public Ethernet<TNetwork> Ethernet => _ethernet;

    public MacAddress LinkAddress => _ethernet.Mac;

    public Arp<Ethernet<TNetwork>, TPlatform> Arp => _arp;

    public StackCounters Counters => Internet.Counters with
    {
        Network = _network.Counters,
        Ethernet = _ethernet.Counters with { UnknownType = _unknownType, UnicastToMany = _unicastToMany },
        Arp = _arp.Counters,
        Ndp = _ndp.Counters,
        Autoconfiguration = _autoconfiguration.Counters,
    };

    public ValueTask<Result<MacAddress>> NeighbourAsync(IpAddress address, CancellationToken cancellation)
        => IsDisconnected ? new(ErrorKind.Disconnected) : address.IsV4 ? _arp.QueryAsync(address.V4, cancellation) : _ndp.QueryAsync(address.V6, cancellation);

    public ValueTask<bool> IsInUseAsync(IpAddress address, CancellationToken cancellation)
        => IsDisconnected ? new(false) : address.IsV4 ? _arp.IsInUseAsync(address.V4, cancellation) : _ndp.IsInUseAsync(address.V6, cancellation);

    public override PollResult Poll(Instant now, int budget)
    {
        Internet.BeginTurn(now);
        var received = _ethernet.Receive(budget, new FrameInput(this));
        if (received == 0 && !IsDisconnected && _network.Failure is { IsNone: false } failure)
        {
            return Fail(failure);
        }

        return Internet.Poll(now, budget, received);
    }

    protected override void EndLayers(ErrorKind reason)
    {
        Internet.End(reason);
        _arp.End();
        _ndp.End();
    }

    protected override ValueTask DisconnectDeviceAsync() => _ethernet.DisconnectAsync();

    /// <summary>RFC 1122 §3.3.6, §3.2.2: what is for one host does not come in a frame for many, and is not answered.</summary>
    private bool IsForThisHostAlone(ReadOnlySpan<byte> packet)
        => packet.Length >= Wire.Ipv4Packet.HeaderSize && Internet.Ip.V4.IsLocal(new Ipv4Address(packet[16..]));

    private readonly struct FrameInput(StackLayers<TNetwork, TPlatform, TCongestion> layers) : IEthernetHandler
    {
        public void OnFrame(in EthernetAddressing addressing, ReadOnlySpan<byte> payload, in FrameInfo info)
        {
            switch (addressing.Type)
            {
                case EtherType.Ipv4 when addressing.Destination.IsMulticast && layers.IsForThisHostAlone(payload):
                    layers._unicastToMany++;
                    break;
                case EtherType.Ipv4:
                    layers.Internet.Ip.V4.Input(payload, info, layers.Internet.Handler);
                    break;
                case EtherType.Arp:
                    layers._arp.Input(payload);
                    break;
                case EtherType.Ipv6 when layers._hasIpv6:
                    layers.Internet.Ip.V6.Input(payload, info, layers.Internet.Handler);
                    break;
                default:
                    layers._unknownType++;
                    break;
            }
        }
    }

    /// <summary>Neighbour discovery hears of neighbours' addresses, autoconfiguration of routers.</summary>
    internal readonly struct Neighbours(StackLayers<TNetwork, TPlatform, TCongestion> layers) : INeighbourProtocol
    {
        public void Input(in IpPacketInfo info, ReadOnlySpan<byte> message)
        {
            layers._ndp.Input(info, message);
            layers._autoconfiguration.Input(info, message);
        }

        public Instant RunTimers(Instant now) => layers._autoconfiguration.RunTimers(now);
    }
}
