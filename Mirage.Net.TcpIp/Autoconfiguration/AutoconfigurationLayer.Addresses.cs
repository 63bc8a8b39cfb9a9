namespace Mirage.Net.TcpIp;

/// <summary>Addresses of this host's own making (RFC 4862 §5.3, §5.5.3; RFC 7217): another one is tried where another host has the first.</summary>
internal sealed partial class AutoconfigurationLayer<TNdp, TPlatform>
{
    // RFC 7217 §7: IDGEN_RETRIES.
    private const int MaxConflicts = 3;
    private const int IdentifierLength = 64;

    private readonly StableIdentifier _identifier = StableIdentifier.Create(platform, options.StableSecret.Span);
    private readonly List<OwnAddress> _own = [];
    private OwnAddress? _linkLocal;
    private int _tentative;

    public void Start()
    {
        _linkLocal = new OwnAddress(new Ipv6Address((UInt128)0xfe80 << 112), default);
        Take(_linkLocal);
    }

    private void Take(OwnAddress own)
    {
        own.Address = _identifier.AddressIn(own.Prefix, ndp.Mac, own.Conflicts);
        own.IsTentative = true;
        _tentative++;
        _own.Add(own);
        if (own == _linkLocal)
        {
            ip.AddAddress(own.Network);
        }
        else
        {
            ip.AddAdvertisedAddress(own.Network, own.AdvertisedBy);
        }
    }

    private void GiveUp(OwnAddress own)
    {
        _tentative -= own.IsTentative ? 1 : 0;
        own.IsTentative = false;
        _ = _own.Remove(own);
        if (!own.IsGivenUp)
        {
            _ = ip.RemoveAddress(own.Network);
            _isChanged = true;
        }
    }

    /// <summary>Looks what has become of the addresses that others were asked about.</summary>
    private void CheckTentative(Instant now)
    {
        for (var i = _own.Count - 1; i >= 0 && _tentative > 0; i--)
        {
            var own = _own[i];
            if (own.IsTentative && ip.StateOf(own.Address) is not Ipv6AddressState.Tentative and var state)
            {
                own.IsTentative = false;
                _tentative--;
                OnDecided(own, state, now);
            }
        }
    }

    private void OnDecided(OwnAddress own, Ipv6AddressState state, Instant now)
    {
        if (state != Ipv6AddressState.Duplicate)
        {
            _isChanged = true;
            if (own == _linkLocal)
            {
                StartSolicitations(now);
            }

            return;
        }

        GiveUp(own);
        if (own.Conflicts < MaxConflicts)
        {
            own.Conflicts++;
            Take(own);
        }
        else
        {
            // Remembered as long as the network is valid, so that the next advertisement does not begin again.
            own.IsGivenUp = true;
            _own.Add(own);
            _counters = _counters with { AddressesFailed = _counters.AddressesFailed + 1 };
            platform.Report("ipv6", new DeviceError(ErrorKind.InUse, $"no address of {own.Prefix}/64 is free: {MaxConflicts + 1} were other hosts'").ToException());
        }
    }

    /// <summary>An address that this host has made.</summary>
    private sealed class OwnAddress(Ipv6Address prefix, Ipv6Address advertisedBy)
    {
        public Ipv6Address Prefix => prefix;

        public Ipv6Address AdvertisedBy => advertisedBy;

        public Ipv6Address Address { get; set; }

        public IpNetwork Network => new(Address, IdentifierLength);

        public bool IsTentative { get; set; }

        /// <summary>Whether all that was tried was other hosts'.</summary>
        public bool IsGivenUp { get; set; }

        public byte Conflicts { get; set; }

        public bool IsDeprecated { get; set; }

        public Instant PreferredUntil { get; set; } = Instant.Never;

        public Instant ValidUntil { get; set; } = Instant.Never;
    }
}
