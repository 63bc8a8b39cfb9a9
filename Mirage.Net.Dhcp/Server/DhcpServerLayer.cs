using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <summary>What <see cref="DhcpServer{TUdp, TPlatform}"/> names: what clients ask. What is answered is in .Output.cs.</summary>
internal sealed partial class DhcpServerLayer<TUdp, TPlatform>
    where TUdp : struct, IUdp
    where TPlatform : struct, IPlatform
{
    private const int LargestIdentifier = 255;

    private readonly TUdp _udp;
    private readonly TPlatform _platform;
    private readonly DhcpServerOptions _options;
    private readonly Ipv4Address _own;
    private readonly LeaseTable _leases;
    private DhcpServerCounters _counters;
    private bool _stopped;

    public DhcpServerLayer(TUdp udp, TPlatform platform, DhcpServerOptions options)
    {
        options.Check();
        _udp = udp;
        _platform = platform;
        _options = options;
        _own = options.Address.Address.V4;
        _leases = new LeaseTable(options);
    }

    public DhcpServerCounters Counters => _counters;

    public IReadOnlyList<DhcpServerLease> Leases
        => [.. _leases.Entries.Where(entry => entry.IsLease && entry.Until > _platform.Now).Select(entry => new DhcpServerLease(entry.Address, entry.Hardware, entry.Until))];

    public Result Start()
    {
        _platform.CheckOnLoop();
        var listening = _udp.ListenUdp(DhcpMessage.ServerPort, new Input(this));
        return listening.IsDone ? Result.Done : listening.Error;
    }

    public void Stop()
    {
        _platform.CheckOnLoop();
        if (!_stopped)
        {
            _stopped = true;

            // The stack may have been disconnected.
            _ = _udp.UnlistenUdp(DhcpMessage.ServerPort);
        }
    }

    private void OnDatagram(ReadOnlySpan<byte> datagram)
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        if (!DhcpMessage.TryParse(datagram, out var message) || message.IsReply || message.ClientHardware.IsZero || message.ClientHardware.IsMulticast)
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        // RFC 2131 §4.2: the identifier names the client, or else its address on the link.
        Span<byte> hardware = stackalloc byte[MacAddress.Size];
        message.ClientHardware.CopyTo(hardware);
        var identifier = message.TryGet(DhcpOption.ClientIdentifier, stackalloc byte[LargestIdentifier], out var given) && !given.IsEmpty ? given : hardware;
        var client = Convert.ToHexString(identifier);
        switch (message.Type)
        {
            case DhcpMessageType.Discover:
                OnDiscover(message, client);
                break;
            case DhcpMessageType.Request:
                OnRequest(message, client);
                break;
            case DhcpMessageType.Decline:
                OnDecline(message, client);
                break;
            case DhcpMessageType.Release:
                OnRelease(message, client);
                break;
            case DhcpMessageType.Inform:
                Acknowledge(message, default, client);
                break;
            default:
                _counters = _counters with { Malformed = _counters.Malformed + 1 };
                break;
        }
    }

    private void OnDiscover(in DhcpMessage message, string client)
    {
        var now = _platform.Now;
        _ = message.TryGetAddress(DhcpOption.RequestedAddress, out var wished);
        if (!_leases.TryChoose(client, message.ClientHardware, wished, now, out var address))
        {
            _counters = _counters with { Exhausted = _counters.Exhausted + 1 };
            return;
        }

        // A lease that holds is not cut short by a question.
        if (_leases.Find(client) is not { IsLease: true } entry || entry.Address != address || entry.Until <= now)
        {
            _leases.Set(address, client, message.ClientHardware, now + _options.OfferTime, isLease: false);
        }

        _counters = _counters with { Offered = _counters.Offered + 1 };
        Answer(message, DhcpMessageType.Offer, address, withTimes: true);
    }

    /// <summary>RFC 2131 §4.3.2: what a request is, its fields tell.</summary>
    private void OnRequest(in DhcpMessage message, string client)
    {
        var hasRequested = message.TryGetAddress(DhcpOption.RequestedAddress, out var requested);
        var entry = _leases.Find(client);
        if (message.TryGetAddress(DhcpOption.ServerIdentifier, out var server))
        {
            // SELECTING. The client that takes another server's offer does not take ours.
            if (server != _own)
            {
                if (entry is { IsLease: false })
                {
                    _leases.Expire(entry, _platform.Now);
                }

                _counters = _counters with { Ignored = _counters.Ignored + 1 };
                return;
            }

            if (!hasRequested || !TryLease(message, client, requested))
            {
                Refuse(message);
            }

            return;
        }

        // INIT-REBOOT, RENEWING, REBINDING.
        var address = hasRequested ? requested : message.ClientAddress;
        if (address.IsAny || (entry is null && !_options.IsAuthoritative && _options.Address.Contains(address)))
        {
            _counters = _counters with { Ignored = _counters.Ignored + 1 };
        }
        else if (!TryLease(message, client, address))
        {
            Refuse(message);
        }
    }

    private bool TryLease(in DhcpMessage message, string client, Ipv4Address address)
    {
        if (!_leases.MayBeLeased(address, message.ClientHardware) || !_leases.IsFree(address, client, _platform.Now))
        {
            return false;
        }

        Acknowledge(message, address, client);
        return true;
    }

    private void OnDecline(in DhcpMessage message, string client)
    {
        if (IsForUs(message) && message.TryGetAddress(DhcpOption.RequestedAddress, out var address) && _leases.Find(address) is { } entry && entry.Client == client)
        {
            _leases.Block(address, _platform.Now + _options.DeclineTime);
            _counters = _counters with { Declined = _counters.Declined + 1 };
        }
        else
        {
            _counters = _counters with { Ignored = _counters.Ignored + 1 };
        }
    }

    private void OnRelease(in DhcpMessage message, string client)
    {
        if (IsForUs(message) && _leases.Find(client) is { IsLease: true } entry && entry.Address == message.ClientAddress)
        {
            _leases.Expire(entry, _platform.Now);
            _counters = _counters with { Released = _counters.Released + 1 };
        }
        else
        {
            _counters = _counters with { Ignored = _counters.Ignored + 1 };
        }
    }

    private bool IsForUs(in DhcpMessage message) => message.TryGetAddress(DhcpOption.ServerIdentifier, out var server) && server == _own;

    private readonly struct Input(DhcpServerLayer<TUdp, TPlatform> layer) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => layer.OnDatagram(payload);
    }
}
