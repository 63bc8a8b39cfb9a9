namespace Mirage.Net.TcpIp;

/// <summary>An attempt to connect through the direct stack that waits for a decision.</summary>
public readonly struct TcpForwardRequest : ITcpForwardRequest<TcpFlow>
{
    private readonly TcpForwarding? _forwarding;

    internal TcpForwardRequest(TcpForwarding forwarding) => _forwarding = forwarding;

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _forwarding is null;

    /// <inheritdoc/>
    public IpEndpoint Source => Forwarding.Source;

    /// <inheritdoc/>
    public IpEndpoint Destination => Forwarding.Destination;

    /// <inheritdoc/>
    public CancellationToken Withdrawn => Forwarding.Withdrawn;

    private TcpForwarding Forwarding => _forwarding
        ?? throw new InvalidOperationException("this TcpForwardRequest is the default value and names no connection");

    /// <inheritdoc/>
    public ValueTask<Result<TcpFlow>> AcceptAsync(CancellationToken cancellation = default) => Forwarding.Accept(cancellation);

    /// <inheritdoc/>
    public void Refuse() => Forwarding.Decline(answer: true);

    /// <inheritdoc/>
    public void Refuse(UnreachableReason reason) => Forwarding.Refuse(reason);

    /// <inheritdoc/>
    public void Drop() => Forwarding.Decline(answer: false);

    /// <summary>The two ends.</summary>
    public override string ToString() => IsDefault ? "no request" : $"{Source} to {Destination}";
}
