using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <content>What happens when nothing arrives.</content>
internal sealed partial class DhcpClientLayer<TStack, TPlatform>
{
    // RFC 2131 §3.1 (5): the request is sent again four times, which takes about a minute, before everything begins anew.
    private const int MaxRequests = 5;

    // RFC 2131 §4.4.2 leaves it open; a network on which nobody knows the old address is not waited for as long.
    private const int MaxReboots = 2;

    // RFC 2131 §4.1: 4, 8, 16, 32 and then always 64 seconds, each a second more or less.
    private const int MaxDoublings = 4;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(1);

    // RFC 2131 §4.4.5.
    private static readonly TimeSpan LeastRenewalWait = TimeSpan.FromSeconds(60);

    // RFC 2131 §3.1 (5), after a decline.
    private static readonly TimeSpan DeclineWait = TimeSpan.FromSeconds(10);

    private uint _transaction;
    private Instant _begun;
    private Instant _asked;
    private ushort _seconds;
    private int _tries;
    private int _refusals;
    private Ipv4Address _wanted;

    private void OnDue(Instant now)
    {
        switch (State)
        {
            case DhcpState.Init when !_wanted.IsAny && !_rebooted:
                Reboot(now);
                break;
            case DhcpState.Init:
                Discover(now);
                break;
            case DhcpState.Selecting when _offers.Count > 0:
                Select(now);
                break;
            case DhcpState.Selecting:
                Retry(now);
                break;
            case DhcpState.Requesting when _tries < MaxRequests:
            case DhcpState.Rebooting when _tries < MaxReboots:
                Retry(now);
                break;
            case DhcpState.Requesting or DhcpState.Rebooting:
                Discover(now);
                break;
            case DhcpState.Bound:
                Renew(now);
                break;
            case DhcpState.Renewing or DhcpState.Rebinding:
                Extend(now);
                break;
            default:
                _due = Instant.Never;
                break;
        }
    }

    // The answers to what was asked before count no more.
    private void Begin(DhcpState state, Instant now)
    {
        State = state;
        _transaction = RandomNumber();
        _tries = 0;
        _begun = now;
        _asked = now;
    }

    private bool _rebooted;

    /// <summary>RFC 2131 §4.4.2: asks whether the old address still holds.</summary>
    private void Reboot(Instant now)
    {
        _rebooted = true;
        Begin(DhcpState.Rebooting, now);
        Retry(now);
    }

    private void Discover(Instant now)
    {
        _offers.Clear();
        Begin(DhcpState.Selecting, now);
        Retry(now);
    }

    /// <summary>Takes an offer. The request goes with the offer's transaction and seconds (RFC 2131 §4.4.1).</summary>
    private void Select(Instant now)
    {
        _offer = _offers.Find(offer => offer.Address == _wanted);
        if (_offer.Address.IsAny)
        {
            _offer = _offers[0];
        }

        _offers.Clear();
        State = DhcpState.Requesting;
        _tries = 0;
        _asked = now;
        Retry(now);
    }

    private void Retry(Instant now)
    {
        SendForState(now);
        var wait = FirstWait * (1 << Math.Min(_tries, MaxDoublings));
        _tries++;
        SetDue(now + (wait - Spread) + RandomUpTo(Spread * 2));
    }

    private void Renew(Instant now)
    {
        Begin(DhcpState.Renewing, now);
        Extend(now);
    }

    /// <summary>RFC 2131 §4.4.5: asks the server until T2 and then everyone until the end, each time after half of what remains, and not within a minute.</summary>
    private void Extend(Instant now)
    {
        var lease = Lease!;
        if (now >= lease.ExpiresAt)
        {
            _counters = _counters with { Expired = _counters.Expired + 1 };
            SetLease(null);
            TellChange();
            Discover(now);
            return;
        }

        if (State == DhcpState.Renewing && now >= lease.RebindAt)
        {
            Begin(DhcpState.Rebinding, now);
        }

        // Each question has a transaction of its own, so that the times of the answer count from the question that it answers.
        var begun = _begun;
        Begin(State, now);
        _begun = begun;
        SendForState(now);
        var end = State == DhcpState.Renewing ? lease.RebindAt : lease.ExpiresAt;
        var half = (end - now) / 2;
        SetDue(Instant.Min(end, now + (half > LeastRenewalWait ? half : LeastRenewalWait)));
    }

    /// <summary>Begins anew: at once, or after a time.</summary>
    private void Restart(TimeSpan wait)
    {
        State = DhcpState.Init;
        SetDue(_platform.Now + wait);
    }

    /// <summary>A server refuses. Once is no reason to wait; a server that offers and refuses again and again is asked ever more rarely.</summary>
    private void OnRefused()
    {
        _refusals++;
        var wait = _refusals == 1 ? TimeSpan.Zero : FirstWait * (1 << Math.Min(_refusals - 2, MaxDoublings));
        Restart(wait);
    }
}
