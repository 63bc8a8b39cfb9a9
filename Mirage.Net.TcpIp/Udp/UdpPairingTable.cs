namespace Mirage.Net.TcpIp;

/// <summary>Associations by their two endpoints, and in the order of their last use.</summary>
internal sealed class UdpPairingTable
{
    private readonly Dictionary<(IpEndpoint Source, IpEndpoint Destination), UdpPairing> _pairings = [];
    private UdpPairing? _youngest;

    public int Count => _pairings.Count;

    /// <summary>The one that was used longest ago.</summary>
    public UdpPairing? Oldest { get; private set; }

    public UdpPairing? Find(in IpEndpoint source, in IpEndpoint destination)
        => _pairings.TryGetValue((source, destination), out var pairing) ? pairing : null;

    public void Add(UdpPairing pairing)
    {
        _pairings.Add((pairing.Source, pairing.Destination), pairing);
        Append(pairing);
    }

    public void Remove(UdpPairing pairing)
    {
        _ = _pairings.Remove((pairing.Source, pairing.Destination));
        Unlink(pairing);
    }

    /// <summary>Makes one the youngest.</summary>
    public void Touch(UdpPairing pairing)
    {
        if (_youngest != pairing)
        {
            Unlink(pairing);
            Append(pairing);
        }
    }

    private void Append(UdpPairing pairing)
    {
        pairing.Older = _youngest;
        if (_youngest is null)
        {
            Oldest = pairing;
        }
        else
        {
            _youngest.Younger = pairing;
        }

        _youngest = pairing;
    }

    private void Unlink(UdpPairing pairing)
    {
        if (pairing.Older is { } older)
        {
            older.Younger = pairing.Younger;
        }
        else
        {
            Oldest = pairing.Younger;
        }

        if (pairing.Younger is { } younger)
        {
            younger.Older = pairing.Older;
        }
        else
        {
            _youngest = pairing.Older;
        }

        pairing.Older = pairing.Younger = null;
    }
}
