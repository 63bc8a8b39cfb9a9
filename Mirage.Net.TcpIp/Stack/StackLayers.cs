namespace Mirage.Net.TcpIp;

/// <summary>The layers of a stack, closed over each other, and one turn of them: what arrived goes up, timers run, the program goes on, output leaves.</summary>
internal sealed class StackLayers<TNetwork, TPlatform, TCongestion> : IPollable
    where TNetwork : struct, INetwork
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly TNetwork _network;
    private readonly TPlatform _platform;
    private readonly BufferPool _buffers;
    private readonly Ethernet<TNetwork> _ethernet;
    private readonly Arp<Ethernet<TNetwork>, TPlatform> _arp;
    private readonly TaskCompletionSource _disconnected = new();
    private long _unknownType;
    private long _unknownProtocol;

    public StackLayers(TNetwork network, TPlatform platform, DirectStackOptions options)
    {
        _network = network;
        _platform = platform;
        _buffers = new BufferPool(options.Limits.RetainedBuffers);
        _ethernet = new(network);
        _arp = new(_ethernet, platform, _buffers, options.Arp, options.Limits);
        Ip = new(_arp, platform, _buffers, options.Limits);
        Icmp = new(Ip, platform, options.Limits);
        Udp = new(Ip, platform);
        Tcp = new(Ip, platform, _buffers, options.Tcp, options.Limits);
        foreach (var address in options.Addresses)
        {
            Ip.AddAddress(address);
        }

        foreach (var route in options.Routes)
        {
            Ip.AddRoute(route);
        }

        if (options.Gateway.IsV4)
        {
            Ip.AddRoute(new Route(new IpNetwork(Ipv4Address.Any, 0), options.Gateway));
        }
    }

    public Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform> Ip { get; }

    public Icmpv4<Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform>, TPlatform> Icmp { get; }

    public Udp<Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform>, TPlatform> Udp { get; }

    public Tcp<Ipv4<Arp<Ethernet<TNetwork>, TPlatform>, TPlatform>, TPlatform, TCongestion> Tcp { get; }

    public MacAddress LinkAddress => _ethernet.Mac;

    public bool IsDisconnected { get; private set; }

    public StackCounters Counters => new()
    {
        Network = _network.Counters,
        Ethernet = _ethernet.Counters with { UnknownType = _unknownType },
        Arp = _arp.Counters,
        Ipv4 = Ip.Counters with { UnknownProtocol = _unknownProtocol },
        Icmp = Icmp.Counters,
        Udp = Udp.Counters,
        Tcp = Tcp.Counters,
        BuffersInUse = _buffers.Lent,
    };

    public ValueTask<bool> IsInUseAsync(IpAddress address, CancellationToken cancellation)
        => address.IsV4 ? _arp.IsInUseAsync(address.V4, cancellation) : new(false);

    public PollResult Poll(Instant now, int budget)
    {
        Tcp.BeginTurn(now);
        var received = _ethernet.Receive(budget, new FrameInput(this));
        if (received == 0 && !IsDisconnected && _network.Failure is { IsNone: false } failure)
        {
            Fail(failure);
            return new PollResult(busy: true, Instant.Never);
        }

        received += Ip.ReceiveLoopback(budget, new PacketInput(this));
        var due = Instant.Min(_arp.RunTimers(now), Ip.RunTimers(now));
        var tcp = Tcp.Poll(budget);
        return new PollResult(received > 0 || tcp.IsBusy, Instant.Min(due, tcp.Deadline));
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource();
        using var registration = cancellation.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), stopped);
        await (await Task.WhenAny(_disconnected.Task, stopped.Task).ConfigureAwait(true)).ConfigureAwait(true);
    }

    public ValueTask DisconnectAsync()
    {
        if (_platform.IsOnLoop)
        {
            return DisconnectOnLoopAsync();
        }

        var done = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        _platform.Post(_ => done.SetResult(DisconnectOnLoopAsync().AsTask()), null);
        return new(done.Task.Unwrap());
    }

    private async ValueTask DisconnectOnLoopAsync()
    {
        if (IsDisconnected)
        {
            return;
        }

        End(ErrorKind.Closed);
        await _ethernet.DisconnectAsync().ConfigureAwait(true);
        _ = _disconnected.TrySetResult();
    }

    /// <summary>The device is gone: what waits for the stack is told. Posted, since the program goes on from there.</summary>
    private void Fail(DeviceError failure)
    {
        End(ErrorKind.Disconnected);
        _platform.Post(_ => _disconnected.TrySetException(failure.ToException()), null);
    }

    private void End(ErrorKind reason)
    {
        IsDisconnected = true;
        Udp.UnlistenAll();
        Tcp.ResetAll(reason);

        // What the program awaits is completed, and its continuations run, before the device goes.
        while (Tcp.Poll(int.MaxValue).IsBusy)
        {
        }

        _platform.Detach(this);
    }

    private readonly struct FrameInput(StackLayers<TNetwork, TPlatform, TCongestion> layers) : IEthernetHandler
    {
        public void OnFrame(in EthernetAddressing addressing, ReadOnlySpan<byte> payload, in FrameInfo info)
        {
            switch (addressing.Type)
            {
                case EtherType.Ipv4:
                    layers.Ip.Input(payload, info, new PacketInput(layers));
                    break;
                case EtherType.Arp:
                    layers._arp.Input(payload);
                    break;
                default:
                    layers._unknownType++;
                    break;
            }
        }
    }

    private readonly struct PacketInput(StackLayers<TNetwork, TPlatform, TCongestion> layers) : IIpHandler
    {
        public void OnPacket(in IpPacketInfo info, ReadOnlySpan<byte> packet, int headerLength, in FrameInfo frame)
        {
            var payload = packet[headerLength..];
            switch (info.Protocol)
            {
                case IpProtocol.Tcp:
                    layers.Tcp.Input(info, payload, frame);
                    break;
                case IpProtocol.Udp:
                    if (!layers.Udp.Input(info, payload, frame))
                    {
                        layers.Icmp.SendUnreachable(info, packet, UnreachableReason.Port);
                    }

                    break;
                case IpProtocol.Icmp:
                    layers.Icmp.Input(info, payload, new ErrorInput(layers));
                    break;
                default:
                    // RFC 1122 §3.2.2.1.
                    layers._unknownProtocol++;
                    layers.Icmp.SendUnreachable(info, packet, UnreachableReason.Protocol);
                    break;
            }
        }
    }
    /// <summary>What an ICMP error says goes to the transport that had sent the packet, which checks that it had (RFC 5927 §4).</summary>
    private readonly struct ErrorInput(StackLayers<TNetwork, TPlatform, TCongestion> layers) : IIpErrorHandler
    {
        public void OnError(in IpError error, ReadOnlySpan<byte> quoted)
        {
            switch (error.Protocol)
            {
                case IpProtocol.Tcp:
                    layers.Tcp.InputError(error, quoted);
                    break;
                case IpProtocol.Udp:
                    layers.Udp.InputError(error, quoted);
                    break;
            }
        }
    }
}
