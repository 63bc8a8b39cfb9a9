using Mirage.Namespaces;

namespace Mirage.Interoperation.Tests;

/// <summary>The DNS client against dnsmasq, which compresses names and truncates what does not fit a datagram.</summary>
public sealed class DnsTests
{
    [Fact]
    public async Task Names_are_found_with_truncation_aliases_services_and_names_that_do_not_exist()
    {
        var texts = Enumerable.Range(0, 30).Select(i => $"{i:00}{new string('x', 198)}").ToArray();
        using var server = await Dnsmasq.StartAsync(
            "",
            [
                "--local=/example.test/", "--host-record=www.example.test,10.0.0.1,fd00::1", "--cname=alias.example.test,www.example.test",
                "--srv-host=_x._tcp.example.test,www.example.test,8080,1,2", "--srv-host=_x._tcp.example.test,www.example.test,8081,0,2",
                "--mx-host=example.test,www.example.test,10", "--txt-record=small.example.test,one two", .. texts.Select(text => $"--txt-record=big.example.test,{text}"),
            ]);
        using var client = server.StartClient("names", "10.0.0.2/24", "10.0.0.1");
        Assert.Equal("ready", await client.WaitForLineAsync(_ => true, Bound.Token()));
        Assert.Equal("www.example.test 10.0.0.1", await AskAsync("A www.example.test"));
        Assert.Equal("www.example.test fd00::1", await AskAsync("AAAA www.example.test"));
        Assert.Equal("www.example.test 10.0.0.1", await AskAsync("A alias.example.test"));
        Assert.Equal("example.test 10 www.example.test", await AskAsync("MX example.test"));
        Assert.Equal("0 2 8081 www.example.test,1 2 8080 www.example.test", await AskAsync("services _x._tcp.example.test"));
        Assert.Equal("www.example.test", await AskAsync("reverse 10.0.0.1"));
        Assert.Equal("www.example.test", await AskAsync("reverse fd00::1"));
        Assert.Equal("small.example.test one two", await AskAsync("TXT small.example.test"));
        Assert.Equal($"big.example.test {string.Join(',', texts)}", await AskAsync("TXT big.example.test"));
        Assert.Equal("NotFound none.example.test does not exist", await AskAsync("A none.example.test"));
        Assert.Equal("NotFound www.example.test has no TXT record", await AskAsync("TXT www.example.test"));

        // There is no way to its IPv6 address; over IPv4 dnsmasq itself is there.
        Assert.Equal("connected 10.0.0.1:53", await AskAsync("connect alias.example.test 53"));
        Assert.StartsWith("Refused www.example.test:54: ", await AskAsync("connect www.example.test 54"), StringComparison.Ordinal);
        client.CloseInput();
        Assert.Matches(@"^sent \d+ tcp 1 truncated 1 cached \d+ malformed 0 mismatched 0$", await client.WaitForLineAsync(line => line.StartsWith("sent", StringComparison.Ordinal), Bound.Token()));
        Assert.Equal(0, await client.WaitForExitAsync(Bound.Token()));
        await server.Network.CheckChecksumsAsync();

        Task<string> AskAsync(string line)
        {
            client.WriteLine(line);
            return client.WaitForLineAsync(_ => true, Bound.Token());
        }
    }
}
