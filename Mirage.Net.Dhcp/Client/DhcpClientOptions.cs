namespace Mirage.Net.Dhcp;

/// <summary>How a client asks.</summary>
public sealed record DhcpClientOptions
{
    /// <summary>What names this client to servers (RFC 2132 §9.14), its type first; if empty, the link address, of type 1.</summary>
    public ReadOnlyMemory<byte> ClientIdentifier { get; init; }

    /// <summary>The name that servers may enter for this host; <see langword="null"/> for none. ASCII, at most 255 characters.</summary>
    public string? HostName { get; init; }

    /// <summary>The address that this host had before: it is asked for first (INIT-REBOOT, RFC 2131 §4.4.2), and if nobody answers as a wish among others.</summary>
    public IpAddress PreviousAddress { get; init; }

    /// <summary>How long to wait for further offers after the first. Of several, the one for the previous address is taken, or else the first.</summary>
    public TimeSpan OfferWindow { get; init; }

    /// <summary>The longest time, taken at random, before the first message. RFC 2131 §4.4.1 advises ten seconds, against a thousand hosts that start at once.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>Whether the link is asked if another host has the address before it is taken (RFC 2131 §4.4.1). The stack's options say how long that takes.</summary>
    public bool DetectConflicts { get; init; } = true;

    /// <summary>What is told of each change of the lease: obtained, renewed, or <see langword="null"/> when it is lost. Called on the loop, after the stack has been
    /// configured.</summary>
    public Action<DhcpLease?>? LeaseChanged { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(OfferWindow, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(StartDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ClientIdentifier.Length, 255, nameof(ClientIdentifier));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HostName?.Length ?? 0, 255, nameof(HostName));
        if (PreviousAddress.IsV6)
        {
            throw new ArgumentException($"{PreviousAddress}: DHCPv4 leases IPv4 addresses", nameof(PreviousAddress));
        }
    }
}
