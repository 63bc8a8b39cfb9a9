namespace Mirage.Net.Dns;

/// <summary>Hosts that nobody is asked about: those that the program knows, and the names that RFC 6761 sets apart.</summary>
internal sealed class KnownHosts
{
    private static readonly DomainName Localhost = DomainName.Parse("localhost");
    private static readonly DomainName Invalid = DomainName.Parse("invalid");

    private readonly Dictionary<DomainName, List<IpAddress>> _addresses = [];
    private readonly Dictionary<DomainName, List<DomainName>> _names = [];

    public KnownHosts(IReadOnlyDictionary<DomainName, IReadOnlyList<IpAddress>> hosts)
    {
        foreach (var (name, addresses) in hosts)
        {
            _addresses.Add(name, [.. addresses]);
            foreach (var address in addresses)
            {
                var reverse = DomainName.ForAddress(address);
                if (!_names.TryGetValue(reverse, out var names))
                {
                    _names.Add(reverse, names = []);
                }

                names.Add(name);
            }
        }
    }

    public bool TryAnswer(DomainName name, DnsRecordType type, out Result<DnsAnswer> answer)
    {
        answer = new DeviceError(ErrorKind.NotFound, new DnsErrorDetail(name, type, DnsResponseCode.NoError));
        if (type is DnsRecordType.A or DnsRecordType.Aaaa && Find(name) is { } addresses)
        {
            Answer(addresses.Where(address => address.IsV4 == (type == DnsRecordType.A)).Select(address => new AddressRecord(name, TimeSpan.Zero, address)), ref answer);
            return true;
        }

        if (type == DnsRecordType.Ptr && _names.TryGetValue(name, out var names))
        {
            Answer(names.Select(target => new NameRecord(name, TimeSpan.Zero, DnsRecordType.Ptr, target)), ref answer);
            return true;
        }

        // RFC 6761 §6.4.
        if (name.IsWithin(Invalid))
        {
            answer = new DeviceError(ErrorKind.NotFound, new DnsErrorDetail(name, type, DnsResponseCode.NameError));
            return true;
        }

        return false;

        void Answer(IEnumerable<DnsRecord> records, ref Result<DnsAnswer> result)
        {
            DnsRecord[] found = [.. records];
            result = found.Length > 0 ? new DnsAnswer(name, name, found, TimeSpan.Zero) : result;
        }
    }

    // RFC 6761 §6.3.
    private List<IpAddress>? Find(DomainName name)
        => _addresses.TryGetValue(name, out var addresses) ? addresses
            : name.IsWithin(Localhost) ? [Ipv6Address.Loopback, Ipv4Address.Loopback]
            : null;
}
