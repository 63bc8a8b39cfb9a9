namespace Mirage.Net.Dns;

/// <summary>
/// A DNS client (RFC 1035) over any stack: asks recursive servers over UDP, and over TCP what does not fit; remembers the answers. Loop only; what awaits it goes on on the loop.
/// </summary>
/// <typeparam name="TStack">The stack.</typeparam>
/// <typeparam name="TPlatform">The platform.</typeparam>
/// <param name="stack">The stack.</param>
/// <param name="platform">The platform: time, and the randomness against forged answers.</param>
/// <param name="options">More, or <see langword="null"/>.</param>
/// <exception cref="ArgumentException">An option is out of range.</exception>
public readonly struct DnsClient<TStack, TPlatform>(TStack stack, TPlatform platform, DnsClientOptions? options = null) : IResolver
    where TStack : struct, IStack
    where TPlatform : struct, IPlatform
{
    private readonly DnsClientLayer<TStack, TPlatform>? _layer = new(stack, platform, options ?? new DnsClientOptions());

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _layer is null;

    /// <summary>The servers, the preferred first.</summary>
    public IReadOnlyList<IpEndpoint> Servers => Layer.Servers;

    /// <summary>What was done and dropped.</summary>
    public DnsClientCounters Counters => Layer.Counters;

    private DnsClientLayer<TStack, TPlatform> Layer
        => _layer ?? throw new InvalidOperationException($"this {nameof(DnsClient<,>)} is the default value and names no client");

    /// <summary>Asks other servers from now on: those of a new lease, for example. What is remembered stays.</summary>
    /// <param name="servers">The servers, the preferred first; at most 8; port 0 stands for 53.</param>
    public void SetServers(IReadOnlyList<IpEndpoint> servers) => Layer.SetServers(servers);

    /// <summary>Asks other servers from now on, on their ordinary port.</summary>
    /// <param name="servers">The servers, the preferred first; at most 8.</param>
    public void SetServers(IReadOnlyList<IpAddress> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        Layer.SetServers([.. servers.Select(address => new IpEndpoint(address, 0))]);
    }

    /// <summary>Forgets all answers.</summary>
    public void ForgetAnswers() => Layer.ForgetAnswers();

    /// <summary>Finds the records of a name, following aliases.</summary>
    /// <param name="name">The name, complete.</param>
    /// <param name="type">What is wanted.</param>
    /// <param name="cancellation">Ends the wait; the answer is still remembered when it comes.</param>
    /// <returns>The answer, or why there is none: <see cref="ErrorKind.NotFound"/> if the name does not exist or has no such record, <see cref="ErrorKind.TimedOut"/>,
    /// <see cref="ErrorKind.Unreachable"/>, <see cref="ErrorKind.Full"/>, <see cref="ErrorKind.Other"/> if the servers fail. <see cref="DnsErrorDetail"/> has what servers said.</returns>
    public ValueTask<Result<DnsAnswer>> QueryAsync(DomainName name, DnsRecordType type, CancellationToken cancellation = default)
        => Layer.QueryAsync(name, type, cancellation);

    /// <inheritdoc/>
    public ValueTask<Result<IReadOnlyList<IpAddress>>> ResolveAsync(string host, IpFamily family = IpFamily.None, CancellationToken cancellation = default)
        => Layer.ResolveAsync(host, family, cancellation);

    /// <summary>Finds the names of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>At least one name, or why there is none, as <see cref="QueryAsync"/>.</returns>
    public ValueTask<Result<IReadOnlyList<DomainName>>> ReverseAsync(IpAddress address, CancellationToken cancellation = default)
        => Layer.ReverseAsync(address, cancellation);

    /// <summary>Finds the servers of a service, in the order in which to try them: by priority, and within one at random by weight (RFC 2782).</summary>
    /// <param name="service">The service: <c>_ldap._tcp.example.org</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>At least one server, or why there is none, as <see cref="QueryAsync"/>; <see cref="ErrorKind.NotFound"/> too if it says that there is no such service.</returns>
    public ValueTask<Result<IReadOnlyList<ServiceRecord>>> ServicesAsync(DomainName service, CancellationToken cancellation = default)
        => Layer.ServicesAsync(service, cancellation);

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "no DNS client" : $"DNS client of {string.Join(' ', Servers)}";
}
