namespace Mirage.Net.TcpIp;

/// <summary>Neighbour unreachability detection (RFC 4861 §7.3, appendix C).</summary>
internal sealed partial class NeighbourResolver<TAddress, TQuestions, TEthernet, TPlatform>
{
    private readonly Queue<Neighbour<TAddress>> _failed = new();
    private readonly Queue<Neighbour<TAddress>> _blocked = new();
    private Instant _due = Instant.Never;

    /// <summary>Asks again, stops believing and forgets what is due.</summary>
    public Instant RunTimers<THandler>(Instant now, THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        if (_blocked.Count > 0)
        {
            RunBlocked();
        }

        if (now < _due)
        {
            return _due;
        }

        _due = Instant.Never;
        RunTimers(NeighbourStanding.Claimed, now);
        RunTimers(NeighbourStanding.Asked, now);
        RunTimers(NeighbourStanding.Proven, now);
        TellFailed(handler);
        return _due;
    }

    private void RunTimers(NeighbourStanding standing, Instant now)
    {
        for (var neighbour = _cache.First(standing); neighbour is not null;)
        {
            var next = neighbour.Next;
            if (neighbour.Due <= now)
            {
                neighbour.Due = Instant.Never;
                OnDue(neighbour);
            }

            _due = Instant.Min(_due, neighbour.Due);
            neighbour = next;
        }
    }

    /// <summary>RFC 1122 §2.4, RFC 4861 §7.2.2: what had sent the packets that waited is told that the address cannot be reached. It may change what neighbours there are.</summary>
    private void TellFailed<THandler>(THandler handler)
        where THandler : struct, IUndeliveredHandler
    {
        while (_failed.TryDequeue(out var neighbour))
        {
            while (neighbour.Waiting is { } waiting && waiting.TryDequeue(out var packet))
            {
                handler.OnUndelivered(packet.Buffer.AsSpan(0, packet.Length));
                _waiting.Drop(packet);
            }

            if (neighbour.State == NeighbourState.Unreachable)
            {
                GiveUp(neighbour);
            }
        }
    }

    private void OnDue(Neighbour<TAddress> neighbour)
    {
        switch (neighbour.State)
        {
            case NeighbourState.Incomplete when neighbour.Questions < times.MaxGroupQuestions:
            case NeighbourState.Probe when neighbour.Questions < times.MaxDirectQuestions + times.MaxLastGroupQuestions:
                _ = Ask(neighbour);
                break;
            case NeighbourState.Incomplete:
            case NeighbourState.Probe when neighbour.IsRouter || times.MaxLastGroupQuestions > 0:
                // For a moment, so that each packet does not start all questions again, and what goes through a router goes through another one.
                BecomeUnreachable(neighbour);
                break;
            case NeighbourState.Probe:
                // §7.3.3: forgotten, so that the next packet asks the group.
                Failures++;
                Forget(neighbour);
                break;
            case NeighbourState.Reachable when neighbour.IsHinted:
                Confirm(neighbour, neighbour.Mac);
                break;
            case NeighbourState.Reachable:
                BecomeStale(neighbour);
                break;
            case NeighbourState.Delay:
                StartProbe(neighbour);
                break;
            default:
                Forget(neighbour);
                break;
        }
    }

    private void BecomeUnreachable(Neighbour<TAddress> neighbour)
    {
        Failures++;
        Revision++;
        neighbour.State = NeighbourState.Unreachable;
        SetDue(neighbour, times.Unreachable);
        _failed.Enqueue(neighbour);
    }

    /// <summary>Asks everyone for who is not known; who is known is asked directly first (RFC 1122 §2.3.2.1 (2), RFC 4861 §7.3.3).</summary>
    private Neighbour<TAddress> Ask(Neighbour<TAddress> neighbour)
    {
        neighbour.Questions++;
        SetDue(neighbour, times.Retry);
        TryAsk(neighbour);
        return neighbour;
    }

    private void TryAsk(Neighbour<TAddress> neighbour)
    {
        var isDirect = neighbour.State == NeighbourState.Probe && neighbour.Questions <= times.MaxDirectQuestions;
        neighbour.IsUnasked = !questions.Ask(neighbour.Address, isDirect ? neighbour.Mac : null);
        if (neighbour.IsUnasked)
        {
            Block(neighbour);
        }
    }

    private void SetDue(Neighbour<TAddress> neighbour, TimeSpan wait)
    {
        neighbour.Due = wait == Timeout.InfiniteTimeSpan ? Instant.Never : _platform.Now + wait;
        _due = Instant.Min(_due, neighbour.Due);
    }
}
