namespace Mirage.Net.TcpIp;

/// <summary>The datagrams between two endpoints that a forwarder of the direct stack gets.</summary>
public readonly struct UdpAssociation : IUdpAssociation
{
    private readonly UdpPairing? _pairing;

    internal UdpAssociation(UdpPairing pairing) => _pairing = pairing;

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _pairing is null;

    /// <inheritdoc/>
    public bool IsOpen => Pairing.IsOpen;

    /// <inheritdoc/>
    public IpEndpoint Source => Pairing.Source;

    /// <inheritdoc/>
    public IpEndpoint Destination => Pairing.Destination;

    /// <inheritdoc/>
    public object? State
    {
        get => Pairing.State;
        set
        {
            if (Pairing.IsOpen)
            {
                Pairing.State = value;
            }
        }
    }

    private UdpPairing Pairing => _pairing ?? throw new InvalidOperationException("this UdpAssociation is the default value and names nothing");

    /// <inheritdoc/>
    public Result Reply(ReadOnlySpan<byte> payload) => Pairing.Table.Reply(Pairing, payload);

    /// <inheritdoc/>
    public void Refuse(UnreachableReason reason) => Pairing.Table.Refuse(Pairing, reason);

    /// <inheritdoc/>
    public void End() => Pairing.Table.End(Pairing);

    /// <summary>The two ends.</summary>
    public override string ToString() => IsDefault ? "no association" : $"{Source} to {Destination}";
}

/// <summary>What an association is to its layer: it is not used again after its end.</summary>
internal sealed class UdpPairing(IUdpPairings table, in IpEndpoint source, in IpEndpoint destination)
{
    public IUdpPairings Table { get; } = table;

    public IpEndpoint Source { get; } = source;

    public IpEndpoint Destination { get; } = destination;

    public object? State { get; set; }

    public bool IsOpen { get; set; } = true;

    public Instant UsedAt { get; set; }

    /// <summary>The length of the last datagram with its header in bytes.</summary>
    public int LastLength { get; set; }

    /// <summary>Its place among all, in the order of their last use.</summary>
    public LinkedListNode<UdpPairing> ByUse => field ??= new(this);

    public UdpSource? OfSource { get; set; }

    /// <summary>Its place among those of its source address, in the same order.</summary>
    public LinkedListNode<UdpPairing> ByUseOfSource => field ??= new(this);
}

/// <summary>What handles call: the layer, without its type arguments.</summary>
internal interface IUdpPairings
{
    Result Reply(UdpPairing pairing, ReadOnlySpan<byte> payload);

    void Refuse(UdpPairing pairing, UnreachableReason reason);

    void End(UdpPairing pairing);
}
