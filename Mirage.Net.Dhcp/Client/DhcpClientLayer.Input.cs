using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <content>What arrives.</content>
internal sealed partial class DhcpClientLayer<TStack, TPlatform>
{
    private const int MaxOffers = 8;
    private const int LargestIdentifier = 255;

    private readonly List<Offer> _offers = [];
    private Offer _offer;

    private void OnDatagram(ReadOnlySpan<byte> datagram)
    {
        _counters = _counters with { Received = _counters.Received + 1 };
        if (!DhcpMessage.TryParse(datagram, out var message) || !message.IsReply || message.Type is not (DhcpMessageType.Offer or DhcpMessageType.Ack or DhcpMessageType.Nak))
        {
            CountMalformed();
            return;
        }

        // RFC 6842 §3: a server returns the identifier that it was sent.
        var isForUs = message.TransactionId == _transaction
            && message.ClientHardware == _hardware
            && (!message.TryGet(DhcpOption.ClientIdentifier, stackalloc byte[LargestIdentifier], out var identifier) || identifier.SequenceEqual(_identifier));
        if (!isForUs)
        {
            _counters = _counters with { NotForUs = _counters.NotForUs + 1 };
            return;
        }

        // RFC 2131 §4.3.1, table 3: each answer names its server.
        if (!message.TryGetAddress(DhcpOption.ServerIdentifier, out var server) || !IsHost(server))
        {
            CountMalformed();
            return;
        }

        switch (message.Type)
        {
            case DhcpMessageType.Offer when State == DhcpState.Selecting:
                OnOffer(message, server);
                break;
            case DhcpMessageType.Ack when IsAnswerFrom(server):
                OnAck(message, server);
                break;
            case DhcpMessageType.Nak when IsAnswerFrom(server):
                OnNak();
                break;
            default:
                _counters = _counters with { Unexpected = _counters.Unexpected + 1 };
                break;
        }
    }

    // The server that was asked; in REBINDING and REBOOTING all were.
    private bool IsAnswerFrom(Ipv4Address server) => State switch
    {
        DhcpState.Requesting => server == _offer.Server,
        DhcpState.Renewing => server == Lease!.Server,
        DhcpState.Rebinding or DhcpState.Rebooting => true,
        _ => false,
    };

    private void OnOffer(in DhcpMessage message, Ipv4Address server)
    {
        if (!IsHost(message.YourAddress))
        {
            CountMalformed();
        }
        else if (_offers.Count >= MaxOffers)
        {
            _counters = _counters with { OffersDropped = _counters.OffersDropped + 1 };
        }
        else
        {
            _offers.Add(new Offer(message.YourAddress, server));
            if (_offers.Count == 1)
            {
                SetDue(_platform.Now + _options.OfferWindow);
            }
        }
    }

    private void OnAck(in DhcpMessage message, Ipv4Address server)
    {
        // The address is the one that was asked for; and RFC 2131 §4.3.1, table 3: there is a time.
        if (message.YourAddress != Asked || !LeaseReader.TryRead(message, server, _asked, out var lease))
        {
            CountMalformed();
            return;
        }

        _refusals = 0;
        if (State is DhcpState.Renewing or DhcpState.Rebinding)
        {
            _counters = _counters with { Renewed = _counters.Renewed + 1 };
            Bind(lease);
        }
        else if (_options.DetectConflicts)
        {
            State = DhcpState.Probing;
            SetDue(Instant.Never);
            _platform.Post(_ => Probe(lease), null);
        }
        else
        {
            Bind(lease);
        }
    }

    private Ipv4Address Asked => State switch
    {
        DhcpState.Requesting => _offer.Address,
        DhcpState.Rebooting => _wanted,
        _ => Lease!.Address.Address.V4,
    };

    /// <summary>RFC 2131 §4.4.5, §4.4.2: the address must not be used any more.</summary>
    private void OnNak()
    {
        _counters = _counters with { Refused = _counters.Refused + 1 };
        _wanted = default;
        if (Lease is not null)
        {
            SetLease(null);
            TellChange();
        }

        OnRefused();
    }

    /// <summary>Whether a host may have the address.</summary>
    private static bool IsHost(Ipv4Address address)
        => !address.IsAny && !address.IsMulticast && !address.IsBroadcast && !address.IsLoopback;

    private void CountMalformed() => _counters = _counters with { Malformed = _counters.Malformed + 1 };

    private readonly record struct Offer(Ipv4Address Address, Ipv4Address Server);
}
