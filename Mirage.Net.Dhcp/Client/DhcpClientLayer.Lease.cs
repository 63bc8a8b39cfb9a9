namespace Mirage.Net.Dhcp;

/// <content>What a lease does to the stack.</content>
internal sealed partial class DhcpClientLayer<TStack, TPlatform>
{
    /// <summary>RFC 2131 §4.4.1: asks the link before the address is taken, and declines one that another host has.</summary>
    private async void Probe(DhcpLease lease)
    {
        try
        {
            var inUse = await _stack.IsInUseAsync(lease.Address.Address).ConfigureAwait(true);
            if (State != DhcpState.Probing)
            {
                // Stopped meanwhile.
                return;
            }

            if (!inUse)
            {
                Bind(lease);
                return;
            }

            Decline(lease);
        }
        catch (Exception exception) when (State == DhcpState.Probing)
        {
            // The stack cannot tell: that is its failure, and the address is free for all that is known.
            _platform.Report("dhcp", exception);
            Bind(lease);
        }
    }

    /// <summary>RFC 2131 §3.1 (5): an address that is found to be in use later is declined too.</summary>
    public void Decline()
    {
        _platform.CheckOnLoop();
        if (Lease is { } lease && State != DhcpState.Stopped)
        {
            SetLease(null);
            Decline(lease);
            TellChange();
        }
    }

    private void Decline(DhcpLease lease)
    {
        _counters = _counters with { Declined = _counters.Declined + 1 };
        SendDecline(lease);
        _wanted = default;
        Restart(DeclineWait);
    }

    private void Bind(DhcpLease lease)
    {
        State = DhcpState.Bound;
        _wanted = lease.Address.Address.V4;
        SetLease(lease);
        SetDue(lease.RenewAt);
        TellChange();
    }

    private void SetLease(DhcpLease? lease)
    {
        var before = Lease;
        Lease = lease;
        var routes = lease?.Routes ?? [];
        foreach (var route in before?.Routes ?? [])
        {
            if (!routes.Contains(route))
            {
                // It may have been removed, or replaced, by the program.
                _ = _stack.RemoveRoute(route.Destination, route.Gateway);
            }
        }

        if (before is not null && before.Address != lease?.Address)
        {
            _ = _stack.RemoveAddress(before.Address);
        }

        if (lease is not null && before?.Address != lease.Address)
        {
            _stack.AddAddress(lease.Address);
        }

        foreach (var route in routes)
        {
            if (before is null || !before.Routes.Contains(route))
            {
                _stack.AddRoute(route.Destination, route.Gateway);
            }
        }

        if (before?.Mtu != lease?.Mtu)
        {
            _stack.SetMtu(IpFamily.V4, lease?.Mtu);
        }
    }
}
