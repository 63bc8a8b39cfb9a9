namespace Mirage.Net.TcpIp;

/// <summary>Associations by their two endpoints, and in the order of their last use: of all, and of each source address. Each step costs the same however many there are.</summary>
/// <param name="share">How many a source address has at the most that is not over its share; a fraction of all, so that few are.</param>
internal sealed class UdpPairingTable(int share)
{
    private readonly Dictionary<(IpEndpoint Source, IpEndpoint Destination), UdpPairing> _pairings = [];
    private readonly Dictionary<IpAddress, UdpSource> _sources = [];
    private readonly List<UdpSource> _overShare = [];
    private readonly LinkedList<UdpPairing> _byUse = new();

    public int Count => _pairings.Count;

    /// <summary>The one that was used longest ago.</summary>
    public UdpPairing? Oldest => _byUse.First?.Value;

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
        Append(pairing);
        if (source.Count == share + 1)
        {
            _overShare.Add(source);
        }
    }

    public void Remove(UdpPairing pairing)
    {
        _ = _pairings.Remove((pairing.Source, pairing.Destination));
        Unlink(pairing);
        var source = pairing.OfSource!;
        if (source.Count == share)
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
        if (_byUse.Last != pairing.ByUse)
        {
            Unlink(pairing);
            Append(pairing);
        }
    }

    private void Append(UdpPairing pairing)
    {
        _byUse.AddLast(pairing.ByUse);
        pairing.OfSource!.ByUse.AddLast(pairing.ByUseOfSource);
    }

    private void Unlink(UdpPairing pairing)
    {
        _byUse.Remove(pairing.ByUse);
        pairing.OfSource!.ByUse.Remove(pairing.ByUseOfSource);
    }
}

/// <summary>The associations of one source address, in the order of their last use.</summary>
internal sealed class UdpSource
{
    public LinkedList<UdpPairing> ByUse { get; } = new();

    public int Count => ByUse.Count;

    public UdpPairing? Oldest => ByUse.First?.Value;
}
