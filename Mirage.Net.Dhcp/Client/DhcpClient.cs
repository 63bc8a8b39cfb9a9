namespace Mirage.Net.Dhcp;

/// <summary>
/// A DHCPv4 client (RFC 2131): gets an address for a stack, keeps it, and configures the stack with it: address, routes, MTU. It runs on its platform's loop from
/// <see cref="Start"/> on. Loop only.
/// </summary>
/// <typeparam name="TStack">The stack: datagrams, and its configuration.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
public readonly struct DhcpClient<TStack, TPlatform>
    where TStack : struct, IUdp, IIpConfiguration
    where TPlatform : struct, IPlatform
{
    private readonly DhcpClientLayer<TStack, TPlatform>? _layer;

    private DhcpClient(DhcpClientLayer<TStack, TPlatform> layer) => _layer = layer;

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _layer is null;

    /// <summary>What is leased now, or <see langword="null"/>.</summary>
    public DhcpLease? Lease => Layer.Lease;

    /// <summary>How far it is.</summary>
    public DhcpState State => Layer.State;

    /// <summary>What was done and dropped.</summary>
    public DhcpCounters Counters => Layer.Counters;

    private DhcpClientLayer<TStack, TPlatform> Layer
        => _layer ?? throw new InvalidOperationException($"this {nameof(DhcpClient<,>)} is the default value and names no client");

    /// <summary>Starts a client on UDP port 68 of a stack.</summary>
    /// <param name="stack">The stack; it need have no address. What the program itself configures in it is left alone.</param>
    /// <param name="platform">The stack's platform.</param>
    /// <param name="options">More, or <see langword="null"/>.</param>
    /// <returns>The client, or <see cref="ErrorKind.InUse"/> if somebody listens on port 68.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or there is nothing that names the client to servers.</exception>
    public static Result<DhcpClient<TStack, TPlatform>> Start(TStack stack, TPlatform platform, DhcpClientOptions? options = null)
    {
        var layer = new DhcpClientLayer<TStack, TPlatform>(stack, platform, options ?? new DhcpClientOptions());
        var started = layer.Start();
        return started.IsDone ? new DhcpClient<TStack, TPlatform>(layer) : started.Error;
    }

    /// <summary>Waits until there is a lease.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lease; <see cref="ErrorKind.Closed"/> if the client is stopped meanwhile.</returns>
    public ValueTask<Result<DhcpLease>> WaitForLeaseAsync(CancellationToken cancellation = default) => Layer.WaitForLeaseAsync(cancellation);

    /// <summary>Waits until the lease is another one: obtained, renewed, or lost.</summary>
    /// <param name="known">The lease that the caller knows of, or <see langword="null"/> for none; if it is another one already, this does not wait. Of several changes the last
    /// is seen.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lease, or <see langword="null"/> if there is none any more; <see cref="ErrorKind.Closed"/> if the client is stopped and the caller knows it.</returns>
    public ValueTask<Result<DhcpLease?>> WaitForChangeAsync(DhcpLease? known, CancellationToken cancellation = default)
        => Layer.WaitForChangeAsync(known, cancellation);

    /// <summary>Gives up the address because another host was found to use it (RFC 5227 §2.4), tells the server so, and asks for another one after ten seconds. The stack tells of such
    /// conflicts: <c>ArpOptions.OnConflict</c> of the direct stack. Without a lease this does nothing.</summary>
    public void Decline() => Layer.Decline();

    /// <summary>Stops, and takes address, routes and MTU from the stack, when a release has had time to leave. Doing it again does nothing.</summary>
    /// <param name="release">Whether the address is given back to the server (RFC 2131 §4.4.6). If not, the server keeps it for this client until the lease ends, and it may be
    /// asked for again: <see cref="DhcpClientOptions.PreviousAddress"/>.</param>
    /// <returns>When it is done.</returns>
    public ValueTask StopAsync(bool release = true) => Layer.StopAsync(release);

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no DHCP client" : $"DHCP client {State} {Lease?.Address}";
}
