namespace Mirage.Net.TcpIp;

/// <summary>Neighbour unreachability detection (RFC 4861 §7.3, appendix C).</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    private readonly TimeSpan _reachableTime = settings.ReachableTime;
    private readonly TimeSpan _retransTimer = settings.RetransTimer;

    /// <summary>Asks again, stops believing and forgets what is due.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (now < _due)
        {
            return _due;
        }

        _due = Instant.Never;
        RunTimers(_cache.FirstProven, now);
        RunTimers(_cache.FirstUnproven, now);
        TellFailed(handler);
        return _due;
    }

    /// <summary>§7.2.2: what had sent the packets that waited is told that the address cannot be reached.</summary>
    private void TellFailed<THandler>(THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        foreach (var neighbour in _failed)
        {
            foreach (var packet in neighbour.Waiting)
            {
                handler.OnUndelivered(packet.Buffer.AsSpan(0, packet.Length));
            }

            GiveUp(neighbour);
        }

        _failed.Clear();
    }

    private void RunTimers(Ipv6Neighbour? first, Instant now)
    {
        for (var neighbour = first; neighbour is not null;)
        {
            var next = neighbour.Next;
            if (neighbour.Due <= now)
            {
                neighbour.Due = Instant.Never;
                OnDue(neighbour, now);
            }

            _due = Instant.Min(_due, neighbour.Due);
            neighbour = next;
        }
    }

    private void OnDue(Ipv6Neighbour neighbour, Instant now)
    {
        switch (neighbour.State)
        {
            case NudState.Incomplete when neighbour.Solicitations < settings.MaxMulticastSolicitations:
                _ = Resolve(neighbour);
                break;
            case NudState.Incomplete:
                // Remembered for a moment, so that each packet does not start three more solicitations.
                _failures++;
                neighbour.State = NudState.Unreachable;
                neighbour.Due = now + settings.UnreachableTime;
                _failed.Add(neighbour);
                break;
            case NudState.Reachable:
                neighbour.State = NudState.Stale;
                break;
            case NudState.Delay:
                neighbour.State = NudState.Probe;
                neighbour.Solicitations = 0;
                Probe(neighbour);
                break;
            case NudState.Probe when neighbour.Solicitations < settings.MaxUnicastSolicitations:
                Probe(neighbour);
                break;
            case NudState.Probe:
                // §7.3.3: forgotten, so that the next packet asks the group, and another router may be tried.
                _failures++;
                _cache.Remove(neighbour);
                break;
            default:
                GiveUp(neighbour);
                _cache.Remove(neighbour);
                break;
        }
    }

    /// <summary>Asks the group in which the neighbour is, if it is there.</summary>
    private Ipv6Neighbour Resolve(Ipv6Neighbour neighbour)
    {
        neighbour.Solicitations++;
        SetDue(neighbour, _platform.Now + _retransTimer);
        SendSolicitation(neighbour.Address, null);
        return neighbour;
    }

    private void Probe(Ipv6Neighbour neighbour)
    {
        neighbour.Solicitations++;
        SetDue(neighbour, _platform.Now + _retransTimer);
        SendSolicitation(neighbour.Address, neighbour.Mac);
    }

    /// <summary>It has answered, or what it sent shows that it hears this host (§7.3.1).</summary>
    private void Confirm(Ipv6Neighbour neighbour)
    {
        neighbour.State = NudState.Reachable;
        neighbour.Solicitations = 0;
        _cache.Prove(neighbour);

        // §6.3.2: between half and one and a half of the base, so that not all hosts ask at once.
        var factor = 0.5 + (Random() / (double)uint.MaxValue);
        SetDue(neighbour, _platform.Now + (_reachableTime * factor));
    }
}
