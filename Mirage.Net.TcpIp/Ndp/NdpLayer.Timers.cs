namespace Mirage.Net.TcpIp;

/// <summary>Neighbour unreachability detection (RFC 4861 §7.3, appendix C).</summary>
internal sealed partial class NdpLayer<TEthernet, TPlatform>
{
    private TimeSpan _reachableTime = settings.ReachableTime;
    private TimeSpan _retransTimer = settings.RetransTimer;

    public void SetTimes(TimeSpan reachable, TimeSpan retransmit)
    {
        _reachableTime = reachable > TimeSpan.Zero ? reachable : _reachableTime;
        _retransTimer = retransmit > TimeSpan.Zero ? retransmit : _retransTimer;
    }

    public bool IsProbablyReachable(Ipv6Address address) => _cache.Find(address) is { IsKnown: true };

    /// <summary>A hint from above counts as an answer for who is known already (§7.3.1).</summary>
    public void ConfirmReachable(Ipv6Address address)
    {
        if (_cache.Find(address) is not { IsKnown: true, State: not NudState.Static } neighbour)
        {
            return;
        }

        if (neighbour.State == NudState.Reachable)
        {
            // For when its time is over: hints come with each acknowledgement.
            neighbour.IsHinted = true;
        }
        else
        {
            Confirm(neighbour);
        }
    }

    /// <summary>Asks again, stops believing and forgets what is due.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (now < _due)
        {
            return _due;
        }

        _due = Instant.Never;
        RunDetection(now);
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
                BecomeUnreachable(neighbour, now);
                break;
            case NudState.Reachable when neighbour.IsHinted:
                Confirm(neighbour);
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
            case NudState.Probe when neighbour.IsRouter:
                // For a moment, so that what goes through it goes through another one.
                BecomeUnreachable(neighbour, now);
                break;
            case NudState.Probe:
                // §7.3.3: forgotten, so that the next packet asks the group.
                _failures++;
                Revision++;
                _cache.Remove(neighbour);
                break;
            default:
                GiveUp(neighbour);
                Revision++;
                _cache.Remove(neighbour);
                break;
        }
    }

    private void BecomeUnreachable(Ipv6Neighbour neighbour, Instant now)
    {
        _failures++;
        Revision++;
        neighbour.State = NudState.Unreachable;
        neighbour.Due = now + settings.UnreachableTime;
        _failed.Add(neighbour);
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
        neighbour.IsHinted = false;
        neighbour.Solicitations = 0;
        _cache.Prove(neighbour);

        // §6.3.2: between half and one and a half of the base, so that not all hosts ask at once.
        SetDue(neighbour, _platform.Now + (_reachableTime * (0.5 + RandomFraction())));
    }
}
