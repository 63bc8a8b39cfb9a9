using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>This host's addresses, and duplicate address detection (RFC 4862 §5.4) before it uses them.</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    private const int NonceSize = 6;

    // RFC 4862 §5.4.2, RFC 4861 §10: MAX_RTR_SOLICITATION_DELAY.
    private static readonly TimeSpan MaxStartDelay = TimeSpan.FromSeconds(1);

    private readonly List<OwnAddress> _own = [];

    public void AddAddress(Ipv6Address address)
    {
        if (Own(address) is { IsProbe: false })
        {
            return;
        }

        var own = new OwnAddress(address);
        _own.Add(own);
        if (_settings.DuplicateAddressDetections > 0)
        {
            StartDetection(own);
        }
    }

    public void RemoveAddress(Ipv6Address address) => _ = _own.RemoveAll(own => own.Address == address && !own.IsProbe);

    public LinkAddressState StateOf(Ipv6Address address) => Own(address)?.State ?? LinkAddressState.Ready;

    /// <summary>The same question for an address that this host does not take yet.</summary>
    public async ValueTask<bool> IsInUseAsync(Ipv6Address address, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        if (Own(address) is { IsProbe: false } known)
        {
            return known.State == LinkAddressState.Duplicate;
        }

        var probe = new OwnAddress(address) { IsProbe = true, Asked = new TaskCompletionSource() };
        _own.Add(probe);
        _ethernet.AddGroup(MacAddress.ForMulticast(Ipv6Groups.SolicitedNode(address)));
        StartDetection(probe);
        try
        {
            await probe.Asked.Task.WaitAsync(cancellation).ConfigureAwait(true);
            return probe.State == LinkAddressState.Duplicate;
        }
        finally
        {
            _ = _own.Remove(probe);
            _ethernet.RemoveGroup(MacAddress.ForMulticast(Ipv6Groups.SolicitedNode(address)));
        }
    }

    /// <summary>What is known of an address: as this host's if it is, else as one that is only asked for.</summary>
    private OwnAddress? Own(in Ipv6Address address)
    {
        OwnAddress? probe = null;
        foreach (var own in _own)
        {
            if (own.Address == address)
            {
                if (!own.IsProbe)
                {
                    return own;
                }

                probe = own;
            }
        }

        return probe;
    }

    /// <summary>The device is gone: nobody answers any more.</summary>
    private void EndProbes()
    {
        foreach (var own in _own)
        {
            if (own.Asked is not null)
            {
                End(own, own.State);
            }
        }
    }

    private void StartDetection(OwnAddress own)
    {
        own.State = LinkAddressState.Tentative;
        _platform.Fill(own.Nonce);

        // RFC 4862 §5.4.2: a delay, so that hosts that start together do not ask at once.
        own.Due = _platform.Now + (MaxStartDelay * RandomFraction());
        _due = Instant.Min(_due, own.Due);
    }

    private Instant RunDetection(Instant now)
    {
        var due = Instant.Never;
        foreach (var own in _own)
        {
            if (own.Due <= now)
            {
                if (own.Solicitations < Math.Max(1, _settings.DuplicateAddressDetections))
                {
                    own.Solicitations++;
                    own.Due = now + _times.Retry;
                    SendDetection(own);
                }
                else
                {
                    End(own, LinkAddressState.Ready);
                }
            }

            due = Instant.Min(due, own.Due);
        }

        return due;
    }

    private void End(OwnAddress own, LinkAddressState state)
    {
        own.State = state;
        own.Due = Instant.Never;
        if (own.Asked is { } asked)
        {
            // Posted, so that what awaits the answer does not run in the middle of a packet.
            _platform.Post(_ => asked.TrySetResult(), null);
        }
        else if (state == LinkAddressState.Duplicate)
        {
            _duplicates++;
        }
    }

    /// <summary>Asks for the address from none, with a number by which a question that a switch sends back is known again (RFC 7527).</summary>
    private void SendDetection(OwnAddress own)
    {
        Span<byte> nonce = stackalloc byte[NdpOptions.NonceOptionSize];
        NdpOptions.WriteNonce(nonce, own.Nonce);
        var group = Ipv6Groups.SolicitedNode(own.Address);
        _ = SendMessage(MacAddress.ForMulticast(group), Ipv6Address.Any, group, Icmpv6Type.NeighbourSolicitation, 0, own.Address, nonce);
    }

    /// <summary>Somebody else asks for an address that this host has or means to have, in order to take it (§5.4.3).</summary>
    private void InputDetection(in NeighbourMessage message)
    {
        foreach (var own in _own)
        {
            if (own.Address == message.Target)
            {
                InputDetection(own, message);
            }
        }
    }

    private void InputDetection(OwnAddress own, in NeighbourMessage message)
    {
        if (own.State == LinkAddressState.Tentative)
        {
            if (!message.Options.HasNonce(own.Nonce))
            {
                End(own, LinkAddressState.Duplicate);
            }
        }
        else if (own.State == LinkAddressState.Ready && !own.IsProbe)
        {
            // RFC 4861 §7.2.4: all are told that it is taken.
            SendAdvertisement(MacAddress.ForMulticast(Ipv6Groups.AllNodes), Ipv6Groups.AllNodes, own.Address, 0);
        }
    }

    private sealed class OwnAddress(Ipv6Address address)
    {
        public Ipv6Address Address => address;

        public LinkAddressState State { get; set; }

        /// <summary>Whether it is only asked for.</summary>
        public bool IsProbe { get; init; }

        public TaskCompletionSource? Asked { get; init; }

        public int Solicitations { get; set; }

        public Instant Due { get; set; } = Instant.Never;

        public byte[] Nonce { get; } = new byte[NonceSize];
    }
}
