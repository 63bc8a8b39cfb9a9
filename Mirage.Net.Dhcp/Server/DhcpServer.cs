namespace Mirage.Net.Dhcp;

/// <summary>A lease as a server knows it.</summary>
/// <param name="Address">The address.</param>
/// <param name="Hardware">The client's address on the link.</param>
/// <param name="ExpiresAt">When it ends; <see cref="Instant.Never"/> for never.</param>
public readonly record struct DhcpServerLease(Ipv4Address Address, MacAddress Hardware, Instant ExpiresAt);

/// <summary>What a server did and dropped.</summary>
public readonly record struct DhcpServerCounters
{
    /// <summary>Datagrams received.</summary>
    public long Received { get; init; }

    /// <summary>Not DHCP from a client.</summary>
    public long Malformed { get; init; }

    /// <summary>For another server, or about what this one knows nothing of.</summary>
    public long Ignored { get; init; }

    /// <summary>Offers made.</summary>
    public long Offered { get; init; }

    /// <summary>Addresses leased, and leases extended.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Requests refused.</summary>
    public long Refused { get; init; }

    /// <summary>Addresses that clients declined.</summary>
    public long Declined { get; init; }

    /// <summary>Addresses that clients gave back.</summary>
    public long Released { get; init; }

    /// <summary>Clients left without an offer, because no address was free.</summary>
    public long Exhausted { get; init; }

    /// <summary>Answers that the stack did not send.</summary>
    public long SendFailed { get; init; }
}

/// <summary>
/// A DHCPv4 server (RFC 2131 §4.3) for the hosts of a link, and of others through relays. It remembers its leases as long as it runs: afterwards clients that ask for theirs get them
/// again if they are free. Loop only.
/// </summary>
/// <typeparam name="TUdp">The stack, which must have the server's address.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
public readonly struct DhcpServer<TUdp, TPlatform>
    where TUdp : struct, IUdp
    where TPlatform : struct, IPlatform
{
    private readonly DhcpServerLayer<TUdp, TPlatform>? _layer;

    private DhcpServer(DhcpServerLayer<TUdp, TPlatform> layer) => _layer = layer;

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _layer is null;

    /// <summary>What was done and dropped.</summary>
    public DhcpServerCounters Counters => Layer.Counters;

    /// <summary>The leases that have not ended.</summary>
    public IReadOnlyList<DhcpServerLease> Leases => Layer.Leases;

    private DhcpServerLayer<TUdp, TPlatform> Layer
        => _layer ?? throw new InvalidOperationException($"this {nameof(DhcpServer<,>)} is the default value and names no server");

    /// <summary>Starts a server on UDP port 67 of a stack.</summary>
    /// <param name="udp">The stack.</param>
    /// <param name="platform">The stack's platform.</param>
    /// <param name="options">What it leases.</param>
    /// <returns>The server, or <see cref="ErrorKind.InUse"/> if somebody listens on port 67.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static Result<DhcpServer<TUdp, TPlatform>> Start(TUdp udp, TPlatform platform, DhcpServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var layer = new DhcpServerLayer<TUdp, TPlatform>(udp, platform, options);
        var started = layer.Start();
        return started.IsDone ? new DhcpServer<TUdp, TPlatform>(layer) : started.Error;
    }

    /// <summary>Stops. Clients keep their leases until these end.</summary>
    public void Stop() => Layer.Stop();

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no DHCP server" : $"DHCP server, {Leases.Count} leases";
}
