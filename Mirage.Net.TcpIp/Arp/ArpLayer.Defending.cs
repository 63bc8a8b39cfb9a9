using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp;

/// <summary>This host's own addresses: announced, and defended (RFC 5227 §2.3, §2.4).</summary>
internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
    /// <summary>§2.4 (b), for hosts that keep their address: announce once, not again for ten seconds, and let the program decide.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Defend(Ipv4Address address, MacAddress other)
    {
        _conflicts++;
        var now = _platform.Now;
        if (_ownStates.Find(own => own.Address == address) is not { } own || now < own.DefendedAgainFrom)
        {
            return;
        }

        own.DefendedAgainFrom = now + _options.DefendInterval;
        Announce(address);
        if (_options.OnConflict is { } onConflict)
        {
            // The program goes on outside of the turn's packets.
            _platform.Post(_ => onConflict(address, other), null);
        }
    }

    /// <summary>§2.3: an address is announced again after two seconds.</summary>
    private Instant RunAnnouncements(Instant now)
    {
        var due = Instant.Never;
        foreach (var own in _ownStates)
        {
            if (own.Left > 0 && own.AnnounceAt <= now)
            {
                own.Left--;
                own.AnnounceAt = now + _options.AnnounceInterval;
                Announce(own.Address);
            }

            due = own.Left > 0 ? Instant.Min(due, own.AnnounceAt) : due;
        }

        return due;
    }

    private sealed class OwnAddress(Ipv4Address address)
    {
        public Ipv4Address Address { get; } = address;

        /// <summary>How often it is still to be announced.</summary>
        public int Left { get; set; }

        public Instant AnnounceAt { get; set; }

        public Instant DefendedAgainFrom { get; set; } = Instant.Earliest;
    }
}
