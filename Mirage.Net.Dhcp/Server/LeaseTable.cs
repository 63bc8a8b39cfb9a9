namespace Mirage.Net.Dhcp;

/// <summary>Which client has, was offered, or had which address. One entry for each address at the most, and one for each client.</summary>
internal sealed class LeaseTable(DhcpServerOptions options)
{
    private readonly Dictionary<Ipv4Address, Entry> _byAddress = [];
    private readonly Dictionary<string, Entry> _byClient = [];
    private readonly HashSet<Ipv4Address> _reserved = [.. options.Reservations.Values];
    private uint _next = options.First.Value;

    public IEnumerable<Entry> Entries => _byAddress.Values;

    public Entry? Find(string client) => _byClient.GetValueOrDefault(client);

    public Entry? Find(Ipv4Address address) => _byAddress.GetValueOrDefault(address);

    /// <summary>RFC 2131 §4.3.1: the reserved address; the client's own, or former; the one that it wishes; one that was never used; the one that ended longest ago.</summary>
    public bool TryChoose(string client, MacAddress hardware, Ipv4Address wished, Instant now, out Ipv4Address address)
    {
        if (options.Reservations.TryGetValue(hardware, out address))
        {
            return IsFree(address, client, now);
        }

        if (Find(client) is { } own && !_reserved.Contains(own.Address))
        {
            address = own.Address;
            return true;
        }

        if (MayBeLeased(wished, hardware) && IsFree(wished, client, now))
        {
            address = wished;
            return true;
        }

        return TryFindUnused(out address) || TryFindEnded(now, out address);
    }

    /// <summary>Whether an address may go to a client at all.</summary>
    public bool MayBeLeased(Ipv4Address address, MacAddress hardware)
        => options.Reservations.TryGetValue(hardware, out var own)
            ? address == own
            : address >= options.First && address <= options.Last && address != options.Address.Address.V4 && !_reserved.Contains(address);

    /// <summary>Whether nobody else has an address, or was offered it.</summary>
    public bool IsFree(Ipv4Address address, string client, Instant now)
        => Find(address) is not { } entry || entry.Client == client || entry.Until <= now;

    /// <summary>Enters an address for a client, in the place of what each had before.</summary>
    public void Set(Ipv4Address address, string client, MacAddress hardware, Instant until, bool isLease)
    {
        Remove(Find(address));
        Remove(Find(client));
        var entry = new Entry(address, client, hardware, until, isLease);
        _byAddress.Add(address, entry);
        _byClient.Add(client, entry);
    }

    /// <summary>Keeps an address from everyone for a time.</summary>
    public void Block(Ipv4Address address, Instant until)
    {
        Remove(Find(address));
        _byAddress.Add(address, new Entry(address, Client: "", default, until, IsLease: false));
    }

    /// <summary>Ends an entry, which is remembered for its client.</summary>
    public void Expire(Entry entry, Instant now) => Set(entry.Address, entry.Client, entry.Hardware, now, isLease: false);

    private void Remove(Entry? entry)
    {
        if (entry is not null)
        {
            _ = _byAddress.Remove(entry.Address);
            _ = _byClient.Remove(entry.Client);
        }
    }

    private bool TryFindUnused(out Ipv4Address address)
    {
        // From where the last search ended, so that they are used in turn.
        for (var left = options.Last.Value - options.First.Value + 1; left > 0; left--)
        {
            address = new Ipv4Address(_next);
            _next = _next == options.Last.Value ? options.First.Value : _next + 1;
            if (!_byAddress.ContainsKey(address) && !_reserved.Contains(address) && address != options.Address.Address.V4)
            {
                return true;
            }
        }

        address = default;
        return false;
    }

    private bool TryFindEnded(Instant now, out Ipv4Address address)
    {
        var oldest = _byAddress.Values.Where(entry => entry.Until <= now && !_reserved.Contains(entry.Address)).MinBy(entry => entry.Until);
        address = oldest?.Address ?? default;
        return oldest is not null;
    }

    public sealed record Entry(Ipv4Address Address, string Client, MacAddress Hardware, Instant Until, bool IsLease);
}
