using System.Globalization;
using Mirage;
using Mirage.Net.Dns;

namespace NetworkClients;

internal static class Names
{
    public static async Task RunAsync<TStack, TFlow>(TStack stack, HostPlatform platform, InputLines lines, IpAddress server)
        where TStack : struct, IStack<TStack, TFlow>
        where TFlow : struct, IFlow
    {
        var dns = new DnsClient<TStack, HostPlatform>(stack, platform, new() { Servers = [new IpEndpoint(server, 0)], Timeout = TimeSpan.FromSeconds(10) });
        var connector = new HappyEyeballs<TStack, TFlow, DnsClient<TStack, HostPlatform>, HostPlatform>(stack, dns, platform);
        Console.WriteLine("ready");
        while (await lines.NextAsync() is { } line)
        {
            var words = line.Split(' ');
            Console.WriteLine(words[0] switch
            {
                "services" => await ServicesAsync(dns, words[1]),
                "connect" => await ConnectAsync<HappyEyeballs<TStack, TFlow, DnsClient<TStack, HostPlatform>, HostPlatform>, TFlow>(connector, words[1], ushort.Parse(words[2], CultureInfo.InvariantCulture)),
                "reverse" => await ReverseAsync(dns, IpAddress.Parse(words[1], null)),
                _ => await RecordsAsync(dns, words[1], Enum.Parse<DnsRecordType>(words[0], ignoreCase: true)),
            });
        }

        var counters = dns.Counters;
        Console.WriteLine($"sent {counters.Sent} tcp {counters.SentTcp} truncated {counters.Truncated} cached {counters.Cached} malformed {counters.Malformed} mismatched {counters.Mismatched}");
    }

    private static async Task<string> RecordsAsync<TStack>(DnsClient<TStack, HostPlatform> dns, string name, DnsRecordType type)
        where TStack : struct, IStack
    {
        var answer = await dns.QueryAsync(DomainName.Parse(name), type);
        return answer.IsDone
            ? $"{answer.Value.CanonicalName} {string.Join(',', answer.Value.Records.Select(Text).Order(StringComparer.Ordinal))}"
            : $"{answer.Error.Kind} {answer.Error}";
    }

    private static async Task<string> ServicesAsync<TStack>(DnsClient<TStack, HostPlatform> dns, string name)
        where TStack : struct, IStack
    {
        var answer = await dns.ServicesAsync(DomainName.Parse(name));
        return answer.IsDone ? string.Join(',', answer.Value.Select(Text)) : $"{answer.Error.Kind} {answer.Error}";
    }

    private static async Task<string> ReverseAsync<TStack>(DnsClient<TStack, HostPlatform> dns, IpAddress address)
        where TStack : struct, IStack
    {
        var answer = await dns.ReverseAsync(address);
        return answer.IsDone ? string.Join(',', answer.Value) : $"{answer.Error.Kind} {answer.Error}";
    }

    private static async Task<string> ConnectAsync<TConnector, TFlow>(TConnector connector, string host, ushort port)
        where TConnector : struct, ITcpByName<TFlow>
        where TFlow : struct, IFlow
    {
        var connected = await connector.ConnectTcpAsync(host, port);
        if (!connected.TryGet(out var flow))
        {
            return $"{connected.Error.Kind} {connected.Error}";
        }

        var remote = flow.Remote;
        await flow.AbortAsync();
        return $"connected {remote}";
    }

    private static string Text(DnsRecord record) => record switch
    {
        AddressRecord address => $"{address.Address}",
        NameRecord name => $"{name.Target}",
        MailRecord mail => $"{mail.Preference} {mail.Exchange}",
        ServiceRecord service => $"{service.Priority} {service.Weight} {service.Port} {service.Target}",
        TextRecord text => text.Text,
        _ => record.Type.ToString(),
    };
}
