using System.Runtime.InteropServices;

namespace Mirage.Net.TcpIp;

/// <summary>Associations by their two endpoints, and in the order of their last use.</summary>
internal sealed class UdpPairingTable
{
    private readonly Dictionary<(IpEndpoint Source, IpEndpoint Destination), UdpPairing> _pairings = [];
    private readonly Dictionary<IpAddress, int> _ofSource = [];
    private UdpPairing? _youngest;

    public int Count => _pairings.Count;

    /// <summary>The one that was used longest ago.</summary>
    public UdpPairing? Oldest { get; private set; }

    public UdpPairing? Find(in IpEndpoint source, in IpEndpoint destination)
        => _pairings.TryGetValue((source, destination), out var pairing) ? pairing : null;

    /// <summary>How many a source address has.</summary>
    public int CountOf(in IpAddress source) => _ofSource.TryGetValue(source, out var count) ? count : 0;

    /// <summary>The one of a source address that was used longest ago.</summary>
    public UdpPairing? OldestOf(in IpAddress source)
    {
        var pairing = Oldest;
        while (pairing is not null && pairing.Source.Address != source)
        {
            pairing = pairing.Younger;
        }

        return pairing;
    }

    /// <summary>The one that was used longest ago of those source addresses that have more than a number.</summary>
    public UdpPairing? OldestOver(int number)
    {
        var pairing = Oldest;
        while (pairing is not null && CountOf(pairing.Source.Address) <= number)
        {
            pairing = pairing.Younger;
        }

        return pairing;
    }

    public void Add(UdpPairing pairing)
    {
        _pairings.Add((pairing.Source, pairing.Destination), pairing);
        CollectionsMarshal.GetValueRefOrAddDefault(_ofSource, pairing.Source.Address, out _)++;
        Append(pairing);
    }

    public void Remove(UdpPairing pairing)
    {
        _ = _pairings.Remove((pairing.Source, pairing.Destination));
        ref var left = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofSource, pairing.Source.Address, out _);
        if (--left == 0)
        {
            _ = _ofSource.Remove(pairing.Source.Address);
        }

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
