using Mirage.Net.Dns.Wire;

namespace Mirage.Net.Dns;

/// <content>Which server is asked, when, and what its answer is good for.</content>
internal sealed partial class DnsClientLayer<TStack, TPlatform>
{
    private NameServer[] _servers;
    private int _preferred;

    public IReadOnlyList<IpEndpoint> Servers => [.. _servers.Select(server => server.Endpoint)];

    public void SetServers(IReadOnlyList<IpEndpoint> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        _platform.CheckOnLoop();
        DnsClientOptions.CheckServers(servers);
        _servers = [.. servers.Select(server => new NameServer(server))];
        _preferred = 0;
    }

    /// <summary>Asks one server after another, the one that answered last first, and all of them again if one did not answer in time: it, or the question, may have been lost.</summary>
    private async Task<Result<DnsResponse>> AskServersAsync(DomainName name, DnsRecordType type)
    {
        var servers = _servers;
        var failure = new DeviceError(ErrorKind.Unreachable, $"{name}: there are no name servers to ask");
        var timeout = _options.Timeout;
        for (var attempt = 0; attempt < _options.Attempts && servers.Length > 0; attempt++, timeout *= 2)
        {
            var silent = false;
            var first = _preferred;
            for (var i = 0; i < servers.Length; i++)
            {
                var index = (first + i) % servers.Length;
                var asked = await AskServerAsync(servers[index], name, type, timeout).ConfigureAwait(true);
                if (asked.IsDone)
                {
                    _preferred = ReferenceEquals(servers, _servers) ? index : _preferred;
                    return asked;
                }

                // What a server said outweighs that another was silent.
                silent |= asked.Error.Kind == ErrorKind.TimedOut;
                failure = asked.Error.Kind != ErrorKind.TimedOut || !failure.TryGetDetail<DnsErrorDetail>(out _) ? asked.Error : failure;
            }

            if (!silent)
            {
                break;
            }
        }

        return failure;
    }

    private async Task<Result<DnsResponse>> AskServerAsync(NameServer server, DomainName name, DnsRecordType type, TimeSpan timeout)
    {
        while (true)
        {
            var query = NewQuery(server, name, type);
            var error = await AskUdpAsync(server.Endpoint, query, timeout).ConfigureAwait(true);
            if (query.Answer is { } datagram && (query.CaseLost || (DnsMessage.TryParse(datagram, out var message) && message.IsTruncated)))
            {
                // RFC 7766 §5. What is there of a truncated answer is not used (RFC 2181 §9).
                _counters = query.CaseLost ? _counters : _counters with { Truncated = _counters.Truncated + 1 };
                query = NewQuery(server, name, type);
                error = await AskTcpAsync(server.Endpoint, query, timeout).ConfigureAwait(true);
            }

            if (query.Answer is not { } answer)
            {
                return error;
            }

            if (!DnsResponse.TryRead(answer, name, type, _options.MaxRecords, out var response))
            {
                _counters = _counters with { Malformed = _counters.Malformed + 1 };
                return new DeviceError(ErrorKind.Other, $"{name}: {server.Endpoint} gave an answer that cannot be read");
            }

            switch (response.Code)
            {
                case DnsResponseCode.NoError or DnsResponseCode.NameError:
                    return response;
                case DnsResponseCode.FormatError or DnsResponseCode.NotImplemented or DnsResponseCode.BadVersion when query.UsesOptions:
                    // RFC 6891 §6.2.2, §7: a server that does not know EDNS is asked without it.
                    server.KnowsOptions = false;
                    continue;
                default:
                    _counters = _counters with { ServerFailed = _counters.ServerFailed + 1 };
                    return new DeviceError(ErrorKind.Other, new DnsErrorDetail(name, type, response.Code));
            }
        }
    }

    /// <summary>A number that cannot be guessed (RFC 5452 §9.2), and the name's letters in cases that cannot either.</summary>
    private DnsQuery NewQuery(NameServer server, DomainName name, DnsRecordType type)
    {
        var sent = name;
        if (_options.RandomizeCase)
        {
            Span<byte> wire = stackalloc byte[DomainName.MaxWireLength];
            Span<byte> coins = stackalloc byte[DomainName.MaxWireLength];
            _platform.Fill(coins);
            name.Wire.CopyTo(wire);
            wire = wire[..name.Wire.Length];
            for (var i = 0; i < wire.Length; i++)
            {
                // Lengths of labels are below the letters.
                wire[i] ^= char.IsAsciiLetter((char)wire[i]) ? (byte)(coins[i] & 0x20) : (byte)0;
            }

            _ = DomainName.TryCreate(wire, out sent);
        }

        return new DnsQuery((ushort)RandomNumber(), sent, type, server.KnowsOptions ? _options.LargestDatagram : null);
    }

    private sealed class NameServer(IpEndpoint endpoint)
    {
        public IpEndpoint Endpoint { get; } = endpoint.Port == 0 ? new IpEndpoint(endpoint.Address, DnsMessage.ServerPort) : endpoint;

        public bool KnowsOptions { get; set; } = true;
    }
}
