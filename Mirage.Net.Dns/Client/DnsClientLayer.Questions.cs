using System.Text;

namespace Mirage.Net.Dns;

/// <content>What programs ask, in terms of records.</content>
internal sealed partial class DnsClientLayer<TStack, TPlatform>
{
    private readonly KnownHosts _hosts;

    public async ValueTask<Result<IReadOnlyList<IpAddress>>> ResolveAsync(string host, IpFamily family, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (IpAddress.TryParse(host, null, out var literal))
        {
            return family == IpFamily.None || family == literal.Family
                ? new Result<IReadOnlyList<IpAddress>>([literal])
                : new DeviceError(ErrorKind.NotFound, $"{host} is an address of the other family");
        }

        if (!DomainName.TryParse(host, null, out var name) || name.IsRoot)
        {
            return new DeviceError(
                ErrorKind.Invalid,
                Ascii.IsValid(host) ? $"'{host}' is not the name of a host" : $"'{host}' is not ASCII; System.Globalization.IdnMapping gives the form of a name that can be asked for");
        }

        Result<IReadOnlyList<IpAddress>> first = ErrorKind.NotFound;
        var tried = 0;
        foreach (var candidate in Candidates(host, name))
        {
            var found = await AddressesAsync(candidate, family, cancellation).ConfigureAwait(true);
            if (found.IsDone)
            {
                return found;
            }

            // The error of the name as it was given, or else of the first completion, says most.
            first = tried++ == 0 || candidate == name ? found : first;
            if (found.Error.Kind != ErrorKind.NotFound)
            {
                break;
            }
        }

        return first;
    }

    public async ValueTask<Result<IReadOnlyList<DomainName>>> ReverseAsync(IpAddress address, CancellationToken cancellation)
    {
        var answer = await QueryAsync(DomainName.ForAddress(address), DnsRecordType.Ptr, cancellation).ConfigureAwait(true);
        return answer.IsDone
            ? new Result<IReadOnlyList<DomainName>>([.. answer.Value.Records.OfType<NameRecord>().Select(record => record.Target)])
            : answer.Error;
    }

    public async ValueTask<Result<IReadOnlyList<ServiceRecord>>> ServicesAsync(DomainName service, CancellationToken cancellation)
    {
        var answer = await QueryAsync(service, DnsRecordType.Srv, cancellation).ConfigureAwait(true);
        if (!answer.IsDone)
        {
            return answer.Error;
        }

        var records = answer.Value.Records.OfType<ServiceRecord>().ToList();
        if (records is [{ Target.IsRoot: true }])
        {
            // RFC 2782: decidedly not available.
            return new DeviceError(ErrorKind.NotFound, $"{service}: there is no such service at this domain");
        }

        var ordered = new List<ServiceRecord>();
        foreach (var group in records.GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            // RFC 2782: those of no weight first, then at random by the running sum.
            var left = group.OrderBy(record => record.Weight != 0).ToList();
            while (left.Count > 0)
            {
                var chosen = RandomNumber() % ((uint)left.Sum(record => record.Weight) + 1);
                uint sum = 0;
                var index = left.FindIndex(record => (sum += record.Weight) >= chosen);
                ordered.Add(left[index]);
                left.RemoveAt(index);
            }
        }

        return ordered;
    }

    /// <summary>The names that a text may stand for.</summary>
    private IEnumerable<DomainName> Candidates(string host, DomainName name)
    {
        var completed = host.EndsWith('.') ? [] : _options.SearchDomains;
        var asItIsFirst = completed.Count == 0 || name.LabelCount > _options.Dots;
        if (asItIsFirst)
        {
            yield return name;
        }

        foreach (var domain in completed)
        {
            if (name.TryAppend(domain, out var complete))
            {
                yield return complete;
            }
        }

        if (!asItIsFirst)
        {
            yield return name;
        }
    }

    private async Task<Result<IReadOnlyList<IpAddress>>> AddressesAsync(DomainName name, IpFamily family, CancellationToken cancellation)
    {
        if (family != IpFamily.None)
        {
            return AddressesOf(await QueryAsync(name, family == IpFamily.V4 ? DnsRecordType.A : DnsRecordType.Aaaa, cancellation).ConfigureAwait(true));
        }

        // Both at once.
        var v6 = QueryAsync(name, DnsRecordType.Aaaa, cancellation).AsTask();
        var v4 = QueryAsync(name, DnsRecordType.A, cancellation).AsTask();
        var (found6, found4) = (AddressesOf(await v6.ConfigureAwait(true)), AddressesOf(await v4.ConfigureAwait(true)));
        return found6.IsDone && found4.IsDone ? new Result<IReadOnlyList<IpAddress>>([.. found6.Value, .. found4.Value])
            : found6.IsDone ? found6
            : found4.IsDone || found4.Error.Kind != ErrorKind.NotFound ? found4
            : found6;
    }

    private static Result<IReadOnlyList<IpAddress>> AddressesOf(Result<DnsAnswer> answer)
        => answer.IsDone
            ? new Result<IReadOnlyList<IpAddress>>([.. answer.Value.Records.OfType<AddressRecord>().Select(record => record.Address)])
            : answer.Error;
}
