namespace Mirage.Net.TcpIp;

/// <summary>Associations by their two endpoints, and in the order of their last use: of all, and of each source address. Each step costs the same however many there are.</summary>
/// <param name="share">How many a source address has at the most that is not over its share; a fraction of all, so that few are.</param>
internal sealed class UdpPairingTable(int share)
{
    private readonly Dictionary<(IpEndpoint Source, IpEndpoint Destination), UdpPairing> _pairings = [];
    private readonly Dictionary<IpAddress, UdpSource> _sources = [];
    private readonly List<UdpSource> _overShare = [];
    private UdpPairing? _youngest;

    public int Count => _pairings.Count;

    /// <summary>The one that was used longest ago.</summary>
    public UdpPairing? Oldest { get; private set; }

    public UdpPairing? Find(in IpEndpoint source, in IpEndpoint destination)
        => _pairings.TryGetValue((source, destination), out var pairing) ? pairing : null;

    /// <summary>What makes room for a newcomer because somebody has its share: the newcomer's own that was used longest ago, if it is that, or else that of those who have more.</summary>
    public UdpPairing? OldestOverShare(in IpAddress newcomer)
    {
        if (_sources.TryGetValue(newcomer, out var source) && source.Count >= share)
        {
            return source.Oldest;
        }

        UdpPairing? oldest = null;
        foreach (var over in _overShare)
        {
            oldest = oldest is null || over.Oldest!.UsedAt.Nanoseconds < oldest.UsedAt.Nanoseconds ? over.Oldest : oldest;
        }

        return oldest;
    }

    public void Add(UdpPairing pairing)
    {
        _pairings.Add((pairing.Source, pairing.Destination), pairing);
        if (!_sources.TryGetValue(pairing.Source.Address, out var source))
        {
            _sources.Add(pairing.Source.Address, source = new UdpSource());
        }

        pairing.OfSource = source;
        if (++source.Count == share + 1)
        {
            _overShare.Add(source);
        }

        Append(pairing);
    }

    public void Remove(UdpPairing pairing)
    {
        _ = _pairings.Remove((pairing.Source, pairing.Destination));
        Unlink(pairing);
        var source = pairing.OfSource!;
        if (source.Count-- == share + 1)
        {
            _ = _overShare.Remove(source);
        }

        if (source.Count == 0)
        {
            _ = _sources.Remove(pairing.Source.Address);
        }
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
        pairing.OfSource!.Append(pairing);
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
        pairing.OfSource!.Unlink(pairing);
    }
}

/// <summary>The associations of one source address, in the order of their last use.</summary>
internal sealed class UdpSource
{
    private UdpPairing? _youngest;

    public int Count { get; set; }

    public UdpPairing? Oldest { get; private set; }

    public void Append(UdpPairing pairing)
    {
        pairing.OlderOfSource = _youngest;
        if (_youngest is null)
        {
            Oldest = pairing;
        }
        else
        {
            _youngest.YoungerOfSource = pairing;
        }

        _youngest = pairing;
    }

    public void Unlink(UdpPairing pairing)
    {
        if (pairing.OlderOfSource is { } older)
        {
            older.YoungerOfSource = pairing.YoungerOfSource;
        }
        else
        {
            Oldest = pairing.YoungerOfSource;
        }

        if (pairing.YoungerOfSource is { } younger)
        {
            younger.OlderOfSource = pairing.OlderOfSource;
        }
        else
        {
            _youngest = pairing.OlderOfSource;
        }

        pairing.OlderOfSource = pairing.YoungerOfSource = null;
    }
}
