using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>
/// A stack from IP upward, closed over two links: what is the same over Ethernet and over a packet device. Whoever has the device gives packets to
/// <see cref="Ip"/> with <see cref="Handler"/>, and calls <see cref="BeginTurn"/> before and <see cref="Poll"/> after.
/// </summary>
/// <typeparam name="TLink4">The link under IPv4.</typeparam>
/// <typeparam name="TLink6">The link under IPv6.</typeparam>
/// <typeparam name="TNeighbours">What configures IPv6 on its link.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <typeparam name="TCongestion">The congestion control of TCP.</typeparam>
internal sealed partial class InternetLayers<TLink4, TLink6, TNeighbours, TPlatform, TCongestion>
    where TLink4 : struct, IIpLink<Ipv4Address>
    where TLink6 : struct, IIpLink<Ipv6Address>
    where TNeighbours : struct, INeighbourProtocol
    where TPlatform : struct, IPlatform
    where TCongestion : struct, ICongestionControl
{
    private readonly TLink4 _link4;
    private readonly TLink6 _link6;
    private readonly TNeighbours _neighbours;
    private readonly BufferPool _buffers;
    private readonly bool _answerEchoToAny;
    private long _unknownProtocol4;
    private long _unknownProtocol6;
    private long _errorsIgnored;

    public InternetLayers(TLink4 link4, TLink6 link6, TNeighbours neighbours, TPlatform platform, BufferPool buffers, DirectStackOptions options)
    {
        _link4 = link4;
        _link6 = link6;
        _neighbours = neighbours;
        _buffers = buffers;
        _answerEchoToAny = options.AnswerEchoToAny;
        Ip = new(new(link4, platform, buffers, options.Limits), new(link6, platform, buffers, options.Limits));
        Icmp = new(new(Ip.V4, platform, options.Limits), new(Ip.V6, platform, options.Limits));
        Udp = new(Ip, platform, options.Limits);
        Tcp = new(Ip, platform, buffers, options.Tcp, options.Limits);
        Ip.SetAcceptAnyAddress(options.AcceptAnyAddress);
        Udp.SetUnreachable(Icmp.SendUnreachable);
        Tcp.SetUnreachable(Icmp.SendUnreachable);
        foreach (var address in options.Addresses)
        {
            Ip.AddAddress(address);
        }

        foreach (var route in options.Routes)
        {
            AddRoute(route);
        }

        AddGateway(options.Gateway);
        AddGateway(options.Ipv6Gateway);
    }

    public Ip<Ipv4<TLink4, TPlatform>, Ipv6<TLink6, TPlatform>> Ip { get; }

    public Icmp<Icmpv4<Ipv4<TLink4, TPlatform>, TPlatform>, Icmpv6<Ipv6<TLink6, TPlatform>, TPlatform>> Icmp { get; }

    public Udp<Ip<Ipv4<TLink4, TPlatform>, Ipv6<TLink6, TPlatform>>, TPlatform> Udp { get; }

    public Tcp<Ip<Ipv4<TLink4, TPlatform>, Ipv6<TLink6, TPlatform>>, TPlatform, TCongestion> Tcp { get; }

    /// <summary>What these layers did and dropped.</summary>
    public StackCounters Counters => new()
    {
        Ipv4 = Ip.V4.Counters with { UnknownProtocol = _unknownProtocol4 },
        Ipv6 = Ip.V6.Counters with { UnknownProtocol = _unknownProtocol6 },
        Icmp = Icmp.V4.Counters,
        Icmpv6 = Icmp.V6.Counters,
        IcmpErrorsIgnored = _errorsIgnored,
        EchoesToOthersIgnored = _echoesToOthers,
        Udp = Udp.Counters,
        Tcp = Tcp.Counters,
        BuffersInUse = _buffers.Lent,
    };

    /// <summary>Sets the present for what follows in this turn.</summary>
    public void BeginTurn(Instant now) => Tcp.BeginTurn(now);

    /// <summary>What gets the payloads of packets: the handler to give to <see cref="Ip"/>.</summary>
    public PacketInput Handler => new(this);

    /// <summary>The rest of a turn, after what arrived: packets to this host itself, timers, continuations, output.</summary>
    /// <param name="now">The present.</param>
    /// <param name="budget">How many packets and continuations at the most.</param>
    /// <param name="received">How many packets the device had in this turn.</param>
    public PollResult Poll(Instant now, int budget, int received)
    {
        received += Ip.ReceiveLoopback(budget, Handler);
        _ = RunTimers(now);
        var due = Instant.Min(_neighbours.RunTimers(now), Udp.RunTimers(now));

        // What was changed may be due earlier.
        due = Instant.Min(due, RunTimers(now));
        var tcp = Tcp.Poll(budget);
        return new PollResult(received > 0 || tcp.IsBusy, Instant.Min(due, tcp.Deadline));
    }

    private void AddGateway(IpAddress gateway)
    {
        if (gateway.Family != IpFamily.None)
        {
            AddRoute(new Route(new IpNetwork(gateway.IsV6 ? Ipv6Address.Any : Ipv4Address.Any, 0), gateway));
        }
    }

    private void AddRoute(Route route)
    {
        var gateway = route.Gateway;
        if (gateway.Family != IpFamily.None && (gateway.IsAny || gateway.IsMulticast || gateway.IsLoopback || (gateway.IsV4 && gateway.V4.IsBroadcast)))
        {
            throw new ArgumentException($"{gateway} is no router: it is not the address of one host", nameof(route));
        }

        Ip.AddRoute(route);
    }

    /// <summary>From below: what a link has found out of an address IP hears in the same turn.</summary>
    private Instant RunTimers(Instant now)
    {
        var due = Instant.Min(_link4.RunTimers(now, new UndeliveredInput(this)), _link6.RunTimers(now, new UndeliveredInput(this)));
        return Instant.Min(due, Ip.RunTimers(now, Handler));
    }

    /// <summary>Closes listeners and resets connections, and lets the program go on from there, before the device goes.</summary>
    public void End(ErrorKind reason)
    {
        Udp.UnlistenAll();
        Tcp.ResetAll(reason);
        while (Tcp.Poll(int.MaxValue).IsBusy)
        {
        }

        Ip.V4.End();
        Ip.V6.End();
    }

    /// <summary>Who gets a packet's payload: the transport that it names.</summary>
    internal readonly struct PacketInput(InternetLayers<TLink4, TLink6, TNeighbours, TPlatform, TCongestion> layers) : IIpHandler
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
                case IpProtocol.Icmp or IpProtocol.Icmpv6 when layers.IsEchoToAnother(info, payload):
                    break;
                case IpProtocol.Icmp when info.Destination.IsV4:
                    layers.Icmp.V4.Input(info, payload, new ControlInput(layers));
                    break;
                case IpProtocol.Icmpv6 when info.Destination.IsV6:
                    layers.Icmp.V6.Input(info, payload, new ControlInput(layers));
                    break;
                default:
                    layers.InputUnknown(info, packet);
                    break;
            }
        }

        public void OnProblem(in IpPacketInfo info, ReadOnlySpan<byte> packet, in IpProblem problem) => layers.Icmp.SendProblem(info, packet, problem);
    }

    /// <summary>RFC 1122 §3.2.2.1, RFC 8200 §4: the sender is told that nobody here speaks it.</summary>
    private void InputUnknown(in IpPacketInfo info, ReadOnlySpan<byte> packet)
    {
        if (info.Destination.IsV6)
        {
            _unknownProtocol6++;
        }
        else
        {
            _unknownProtocol4++;
        }

        Icmp.SendUnreachable(info, packet, UnreachableReason.Protocol);
    }

    /// <summary>What gets the errors and messages that come in ICMP.</summary>
    private readonly struct ControlInput(InternetLayers<TLink4, TLink6, TNeighbours, TPlatform, TCongestion> layers) : IIcmpHandler
    {
        public void OnError(in IpError error, ReadOnlySpan<byte> quoted)
        {
            // The transport that had sent the packet checks that it had (RFC 5927 §4).
            switch (error.Protocol)
            {
                case IpProtocol.Tcp:
                    layers.Tcp.InputError(error, quoted);
                    break;
                case IpProtocol.Udp:
                    layers.Udp.InputError(error, quoted);
                    break;
                default:
                    layers._errorsIgnored++;
                    break;
            }
        }

        public void OnMessage(in IpPacketInfo info, ReadOnlySpan<byte> message)
        {
            if ((Icmpv6Type)message[0] is >= Icmpv6Type.RouterSolicitation and <= Icmpv6Type.Redirect)
            {
                layers._neighbours.Input(info, message);
            }
            else
            {
                layers.Ip.V6.InputListenerQuery(info, message);
            }
        }
    }

    /// <summary>What could not be brought to a neighbour is as if a router had said so, and a host of that: the transport that had sent it is told.</summary>
    private readonly struct UndeliveredInput(InternetLayers<TLink4, TLink6, TNeighbours, TPlatform, TCongestion> layers) : IUndeliveredHandler
    {
        public void OnUndelivered(ReadOnlySpan<byte> packet)
        {
            if (packet[0] >> 4 == (int)IpFamily.V4)
            {
                layers.Icmp.V4.InputUndelivered(packet, new ControlInput(layers));
            }
            else
            {
                layers.Icmp.V6.InputUndelivered(packet, new ControlInput(layers));
            }
        }
    }
}
