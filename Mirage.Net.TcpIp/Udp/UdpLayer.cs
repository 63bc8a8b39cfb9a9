using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

internal sealed partial class UdpLayer<TIp, TPlatform>(TIp ip, TPlatform platform, StackLimits limits)
    where TIp : struct, IIp
    where TPlatform : struct, IPlatform
{
    private static readonly UdpListenOptions s_default = new();

    private readonly TIp _ip = ip;
    private readonly TPlatform _platform = platform;
    private readonly Dictionary<ushort, List<UdpListener>> _listeners = [];
    private readonly EphemeralPorts<TPlatform> _ports = new(platform);
    private long _delivered;
    private long _sent;
    private UdpCounters _counters;

    /// <summary>Whether the device completes checksums.</summary>
    private static bool OffloadsChecksum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TIp.Offload & (NetworkOffload.SendChecksum | NetworkOffload.SendSegmentation)) != 0;
    }

    public UdpCounters Counters => _counters with { Delivered = _delivered, Sent = _sent, Forwarded = _forwarded, Associations = _pairings.Count };

    public bool Input(in IpPacketInfo info, ReadOnlySpan<byte> payload, in FrameInfo frame)
    {
        if (!UdpDatagram.TryParse(payload, out var datagram) || datagram.SourcePort == 0)
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return true;
        }

        if (frame.Checksum == ChecksumState.Complete && !datagram.VerifyChecksum(info.Source, info.Destination))
        {
            _counters = _counters with { BadChecksum = _counters.BadChecksum + 1 };
            return true;
        }

        var remote = new IpEndpoint(info.Source, datagram.SourcePort);
        if (Find(datagram.DestinationPort, info.Destination, remote) is not { } listener)
        {
            if (InputForwarded(info, datagram))
            {
                return true;
            }

            _counters = _counters with { NoListener = _counters.NoListener + 1 };
            return false;
        }

        _delivered++;
        var local = new IpEndpoint(info.Destination, datagram.DestinationPort);
        try
        {
            listener.Deliver(local, remote, datagram.Payload);
        }
        catch (Exception exception)
        {
            _counters = _counters with { HandlerFailed = _counters.HandlerFailed + 1 };
            _platform.Report($"udp {local}", exception);
        }

        return true;
    }

    public Result<IpEndpoint> Listen<THandler>(ushort port, THandler handler, UdpListenOptions? options)
        where THandler : struct, IDatagramHandler
    {
        _platform.CheckOnLoop();
        options ??= s_default;
        var bound = AddressOf(options);
        if (!bound.TryGet(out var address))
        {
            return bound.Error;
        }

        if (port == 0 && !_ports.TryFind(candidate => !_listeners.ContainsKey(candidate), out port))
        {
            return new DeviceError(ErrorKind.InUse, "every UDP port is in use");
        }

        if (!_listeners.TryGetValue(port, out var onPort))
        {
            _listeners.Add(port, onPort = []);
        }

        if (onPort.Exists(other => other.Contests(address, options.Remote)))
        {
            return new DeviceError(ErrorKind.InUse, $"somebody listens on UDP port {port} already");
        }

        onPort.Add(new UdpListener<THandler>(address, options.Remote, options.OnError, handler));
        return new IpEndpoint(address, port);
    }

    private Result<IpAddress> AddressOf(UdpListenOptions options)
    {
        var (address, remote) = (options.Address, options.Remote);
        if (remote != default && (remote.Port == 0 || remote.Address.IsAny))
        {
            return new DeviceError(ErrorKind.Invalid, $"{remote} is not an endpoint to receive from");
        }

        if (remote.Port != 0 && address.IsAny)
        {
            return _ip.SelectSource(remote.Address);
        }

        return address.IsAny || address.IsMulticast || _ip.IsLocal(address) || _ip.AcceptsAnyAddress
            ? address
            : new DeviceError(ErrorKind.Invalid, $"{address} is not an address of this host");
    }

    public Result Unlisten(ushort port)
    {
        _platform.CheckOnLoop();
        return _listeners.Remove(port) ? Result.Done : ErrorKind.NotFound;
    }

    public Result JoinGroup(IpAddress group) => _ip.JoinGroup(group);

    public Result LeaveGroup(IpAddress group) => _ip.LeaveGroup(group);

    public void UnlistenAll()
    {
        _listeners.Clear();
        _ = Unforward();
    }

    public Result Send(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, in UdpSendOptions options)
    {
        _platform.CheckOnLoop();
        if (remote.Port == 0 || remote.Address.IsAny)
        {
            return new DeviceError(ErrorKind.Invalid, $"{remote} is not an endpoint to send to");
        }

        // RFC 1122 §3.2.1.3: an answer to what came to a group or to everyone comes from an address of this host's own. A host without one may speak to everyone.
        var source = local.Address;
        var mayChoose = source.IsAny ? !(source.IsV4 && remote.Address == Ipv4Address.Broadcast) : !_ip.IsLocal(source) && !(_ip.AcceptsAnyAddress && !source.IsMulticast);
        if (mayChoose)
        {
            var selected = _ip.SelectSource(remote.Address);
            if (!selected.TryGet(out source))
            {
                return selected.Error;
            }
        }

        var port = local.Port;
        if (port == 0 && !_ports.TryFind(candidate => !_listeners.ContainsKey(candidate), out port))
        {
            return new DeviceError(ErrorKind.InUse, "every UDP port is in use");
        }

        var info = new IpPacketInfo
        {
            Source = source,
            Destination = remote.Address,
            Protocol = IpProtocol.Udp,
            TimeToLive = options.TimeToLive,
            TrafficClass = options.TrafficClass,
            DontFragment = options.DontFragment,
            WithoutLoopback = options.WithoutLoopback,
            Flow = ((uint)port << 16) | remote.Port,
        };
        return Write(info, port, remote.Port, payload);
    }

    private Result Write(in IpPacketInfo info, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload)
    {
        var length = UdpDatagram.HeaderSize + payload.Length;
        if (length > ushort.MaxValue)
        {
            return ErrorKind.TooLarge;
        }

        var status = _ip.Rent(info, length, out var datagram);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        UdpDatagram.WriteHeader(datagram, sourcePort, destinationPort, (ushort)length, 0);
        var sum = InternetChecksum.PseudoHeader(info.Source, info.Destination, IpProtocol.Udp, length);
        if (OffloadsChecksum)
        {
            UdpDatagram.WriteHeader(datagram, sourcePort, destinationPort, (ushort)length, InternetChecksum.Fold(sum));
            payload.CopyTo(datagram[UdpDatagram.HeaderSize..]);
            return SendPartial();
        }

        sum = InternetChecksum.Sum(datagram[..UdpDatagram.HeaderSize], sum);
        sum = InternetChecksum.CopyAndSum(payload, datagram[UdpDatagram.HeaderSize..], sum);
        UdpDatagram.WriteHeader(datagram, sourcePort, destinationPort, (ushort)length, UdpDatagram.ComputeChecksum(sum));
        var sent = _ip.Send(default);
        _sent += sent == SendStatus.Sent ? 1 : 0;
        return sent.ToResult();
    }

    /// <summary>Sends what the device is to complete.</summary>
    private Result SendPartial()
    {
        var sent = _ip.Send(new FrameInfo { Checksum = ChecksumState.Partial, ChecksumOffset = UdpDatagram.ChecksumPosition });
        _sent += sent == SendStatus.Sent ? 1 : 0;
        return sent.ToResult();
    }

    private UdpListener? Find(ushort port, in IpAddress destination, in IpEndpoint remote)
    {
        UdpListener? best = null;
        if (_listeners.TryGetValue(port, out var onPort))
        {
            foreach (var listener in onPort)
            {
                if (listener.Takes(destination, remote) && (best is null || listener.Rank > best.Rank))
                {
                    best = listener;
                }
            }
        }

        return best;
    }
}
