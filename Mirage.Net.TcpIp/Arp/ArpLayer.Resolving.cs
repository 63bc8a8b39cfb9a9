namespace Mirage.Net.TcpIp;

internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
    /// <summary>Asks again, stops believing and forgets what is due.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (now < _due)
        {
            return _due;
        }

        _due = RunAnnouncements(now);
        for (var neighbour = _cache.First; neighbour is not null;)
        {
            var next = neighbour.Next;
            if (neighbour.Due <= now)
            {
                OnDue(neighbour, now);
            }

            _due = Instant.Min(_due, neighbour.Due);
            neighbour = next;
        }

        TellFailed(handler);
        return _due;
    }

    /// <summary>RFC 1122 §2.4: what had sent the packets that waited is told.</summary>
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

    private void OnDue(Neighbour neighbour, Instant now)
    {
        switch (neighbour.State)
        {
            case NeighbourState.Incomplete or NeighbourState.Refreshing when neighbour.Requests < options.MaxRequests:
                _ = Ask(neighbour);
                break;
            case NeighbourState.Incomplete or NeighbourState.Refreshing:
                neighbour.State = NeighbourState.Unreachable;
                neighbour.Due = now + options.UnreachableTime;
                _failed.Add(neighbour);
                break;
            case NeighbourState.Reachable:
                // Believed no longer: asked again when it is next used, forgotten after as long again.
                if (neighbour.Requests == Stale)
                {
                    Forget(neighbour);
                }
                else
                {
                    neighbour.Due = neighbour.Due + options.Lifetime;
                    neighbour.Requests = Stale;
                }

                break;
            default:
                Forget(neighbour);
                break;
        }
    }

    /// <summary>In <see cref="Neighbour.Requests"/> of a reachable neighbour: its time is over, so the next use asks.</summary>
    private const int Stale = -1;

    private void Forget(Neighbour neighbour)
    {
        GiveUp(neighbour);
        _cache.Remove(neighbour);
        neighbour.Due = Instant.Never;
    }

    private void StartRefresh(Neighbour neighbour)
    {
        neighbour.State = NeighbourState.Refreshing;
        neighbour.Requests = 0;
        _ = Ask(neighbour);
    }

    private Neighbour Ask(Neighbour neighbour)
    {
        neighbour.Requests++;
        SetDue(neighbour, _platform.Now + options.RetryInterval);
        var sender = _own.Count > 0 ? _own[0] : Ipv4Address.Any;

        // RFC 1122 §2.3.2.1 (2): whoever is known is asked directly first; the last question goes to everyone.
        var direct = neighbour.State == NeighbourState.Refreshing && neighbour.Requests < options.MaxRequests;
        SendPacket(direct ? neighbour.Mac : MacAddress.Broadcast, Wire.ArpOperation.Request, sender, default, neighbour.Address);
        return neighbour;
    }

    private void SetDue(Neighbour neighbour, Instant due)
    {
        neighbour.Due = due;
        _due = Instant.Min(_due, due);
    }

    /// <summary>The address is known: sends what waited for it.</summary>
    private void Release(Neighbour neighbour, MacAddress mac)
    {
        neighbour.Requests = 0;
        while (neighbour.Waiting.TryDequeue(out var packet))
        {
            if (_ethernet.Rent(mac, EtherType.Ipv4, packet.Length, out var payload) == LendStatus.Lent)
            {
                packet.Buffer.AsSpan(0, packet.Length).CopyTo(payload);
                _ = _ethernet.Send(packet.Length, packet.Info);
                _waiting.Return(packet);
            }
            else
            {
                _waiting.Drop(packet);
            }
        }

        if (neighbour.Asked is not null)
        {
            Answer(neighbour, mac);
        }
    }

    /// <summary>The address will not be known: drops what waited for it.</summary>
    private void GiveUp(Neighbour neighbour)
    {
        while (neighbour.Waiting.TryDequeue(out var packet))
        {
            _waiting.Drop(packet);
        }

        if (neighbour.Asked is not null)
        {
            Answer(neighbour, Unreachable(neighbour.Address));
        }
    }

    /// <summary>Posted, so that what awaits the answer does not run in the middle of a packet.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Answer(Neighbour neighbour, Result<MacAddress> result)
    {
        var asked = neighbour.Asked!;
        neighbour.Asked = null;
        _platform.Post(_ => asked.SetResult(result), null);
    }
}
