namespace Mirage.Net.Dns;

/// <summary>Answers, and that there are none, for as long as they may be used; of bounded number, the least recently used makes room.</summary>
internal sealed class DnsCache(int capacity)
{
    private readonly Dictionary<(DomainName, DnsRecordType), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _order = new();

    public long Evicted { get; private set; }

    public int Count => _entries.Count;

    public void Clear()
    {
        _entries.Clear();
        _order.Clear();
    }

    /// <summary>What is known; and that a name does not exist is known of all within it (RFC 8020 §2).</summary>
    public bool TryGet(DomainName name, DnsRecordType type, Instant now, out Result<DnsAnswer> result)
    {
        if (Find(name, type, now) is { } entry)
        {
            result = entry.Answer is { } answer ? Aged(answer, entry.Until - now) : new DeviceError(ErrorKind.NotFound, new DnsErrorDetail(name, type, DnsResponseCode.NoError));
            return true;
        }

        for (var parent = name; !parent.IsRoot; parent = parent.Parent)
        {
            if (Find(parent, DnsRecordType.None, now) is not null)
            {
                result = new DeviceError(ErrorKind.NotFound, new DnsErrorDetail(name, type, DnsResponseCode.NameError));
                return true;
            }
        }

        result = ErrorKind.NotFound;
        return false;
    }

    /// <summary>Remembers an answer; or with none that there is no such record; or with no type either that there is no such name.</summary>
    public void Add(DomainName name, DnsRecordType type, DnsAnswer? answer, Instant now, TimeSpan life)
    {
        if (life <= TimeSpan.Zero || capacity == 0)
        {
            return;
        }

        if (_entries.Remove((name, type), out var old))
        {
            _order.Remove(old);
        }
        else if (_entries.Count >= capacity)
        {
            var last = _order.Last!.Value;
            _order.RemoveLast();
            _ = _entries.Remove((last.Name, last.Type));
            Evicted++;
        }

        _entries.Add((name, type), _order.AddFirst(new Entry(name, type, answer, now + life)));
    }

    private Entry? Find(DomainName name, DnsRecordType type, Instant now)
    {
        if (!_entries.TryGetValue((name, type), out var node))
        {
            return null;
        }

        _order.Remove(node);
        if (node.Value.Until <= now)
        {
            _ = _entries.Remove((name, type));
            return null;
        }

        _order.AddFirst(node);
        return node.Value;
    }

    private static DnsAnswer Aged(DnsAnswer answer, TimeSpan left)
        => answer with { TimeToLive = left, Records = [.. answer.Records.Select(record => record with { TimeToLive = left })] };

    private sealed record Entry(DomainName Name, DnsRecordType Type, DnsAnswer? Answer, Instant Until);
}
