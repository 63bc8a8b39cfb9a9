using System.Buffers.Binary;

namespace Mirage.Net.Dns;

/// <summary>
/// What <see cref="DnsClient{TStack, TPlatform}"/> names: what is remembered, and what is being asked. The program's questions are in .Questions.cs; which server is asked when, in .Servers.cs; how, in
/// .Udp.cs and .Tcp.cs.
/// </summary>
internal sealed partial class DnsClientLayer<TStack, TPlatform>
    where TStack : struct, IStack
    where TPlatform : struct, IPlatform
{
    private const int MaxAliases = 8;

    private readonly TStack _stack;
    private readonly TPlatform _platform;
    private readonly DnsClientOptions _options;
    private readonly DnsCache _cache;
    private readonly Dictionary<(DomainName, DnsRecordType), Task<Result<DnsAnswer>>> _asked = [];
    private DnsClientCounters _counters;

    public DnsClientLayer(TStack stack, TPlatform platform, DnsClientOptions options)
    {
        options.Check();
        _stack = stack;
        _platform = platform;
        _options = options;
        _cache = new DnsCache(options.MaxCachedAnswers);
        _hosts = new KnownHosts(options.Hosts);
        _servers = [.. options.Servers.Select(server => new NameServer(server))];
    }

    public DnsClientCounters Counters => _counters with { Evicted = _cache.Evicted, Remembered = _cache.Count };

    public void ForgetAnswers()
    {
        _platform.CheckOnLoop();
        _cache.Clear();
    }

    /// <summary>Answers from memory, or joins who asks the same, or asks.</summary>
    public async ValueTask<Result<DnsAnswer>> QueryAsync(DomainName name, DnsRecordType type, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        cancellation.ThrowIfCancellationRequested();
        _counters = _counters with { Questions = _counters.Questions + 1 };
        if (_hosts.TryAnswer(name, type, out var answer) || _cache.TryGet(name, type, _platform.Now, out answer))
        {
            _counters = _counters with { Cached = _counters.Cached + 1 };
            return answer;
        }

        if (_asked.TryGetValue((name, type), out var asking))
        {
            _counters = _counters with { Merged = _counters.Merged + 1 };
        }
        else if (_asked.Count >= _options.MaxQuestions)
        {
            _counters = _counters with { TooMany = _counters.TooMany + 1 };
            return new DeviceError(ErrorKind.Full, $"{_asked.Count} names are being asked about already");
        }
        else
        {
            asking = AskAsync(name, type);
            if (!asking.IsCompleted)
            {
                _asked.Add((name, type), asking);
            }
        }

        return await asking.WaitAsync(cancellation).ConfigureAwait(true);
    }

    private async Task<Result<DnsAnswer>> AskAsync(DomainName name, DnsRecordType type)
    {
        try
        {
            return await FollowAsync(name, type).ConfigureAwait(true);
        }
        finally
        {
            _ = _asked.Remove((name, type));
        }
    }

    /// <summary>Asks, and asks again about what an alias leads to if the server does not tell.</summary>
    private async Task<Result<DnsAnswer>> FollowAsync(DomainName name, DnsRecordType type)
    {
        var (current, life) = (name, _options.MaxTimeToLive);
        for (var aliases = 0; aliases <= MaxAliases; aliases++)
        {
            var asked = await AskServersAsync(current, type).ConfigureAwait(true);
            if (!asked.TryGet(out var response))
            {
                return asked.Error;
            }

            life = response.Life < life ? response.Life : life;
            if (response.Records.Count > 0)
            {
                var answer = new DnsAnswer(name, response.CanonicalName, [.. response.Records.Select(record => record with { TimeToLive = life })], life);
                _cache.Add(name, type, answer, _platform.Now, life);
                return answer;
            }

            if (response.Code == DnsResponseCode.NameError || response.NegativeLife is not null || response.CanonicalName == current)
            {
                return NotFound(name, type, response, life);
            }

            current = response.CanonicalName;
        }

        return new DeviceError(ErrorKind.Other, $"{name}: the aliases go on and on, or in a ring");
    }

    /// <summary>RFC 2308 §5: remembers that there is nothing, for as long as the zone says; if it does not, not at all.</summary>
    private DeviceError NotFound(DomainName name, DnsRecordType type, DnsResponse response, TimeSpan aliasLife)
    {
        var life = response.NegativeLife ?? TimeSpan.Zero;
        life = life < _options.MaxNegativeTimeToLive ? life : _options.MaxNegativeTimeToLive;
        if (response.Code == DnsResponseCode.NameError)
        {
            // What does not exist is the name at the end of the aliases.
            _cache.Add(response.CanonicalName, DnsRecordType.None, null, _platform.Now, life);
        }

        if (response.Code != DnsResponseCode.NameError || response.CanonicalName != name)
        {
            _cache.Add(name, type, null, _platform.Now, aliasLife < life ? aliasLife : life);
        }

        return new DeviceError(ErrorKind.NotFound, new DnsErrorDetail(name, type, response.Code));
    }

    private uint RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
