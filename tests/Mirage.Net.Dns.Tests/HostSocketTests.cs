using Mirage.Net.Dns.Wire;
using Mirage.Net.Socket;

namespace Mirage.Net.Dns.Tests;

/// <summary>The same client over the host's sockets, on the loopback interface, whether handlers run on the loop or beside it.</summary>
public class HostSocketTests
{
    [Theory]
    [InlineData(SocketRunOn.Captured)]
    [InlineData(SocketRunOn.ThreadPool)]
    public void Names_are_found_over_the_host_s_sockets(SocketRunOn runOn)
    {
        using var loop = new HostLoop();
        var platform = new HostPlatform(loop);
        loop.Run(async () =>
        {
            var serving = SocketStack.Connect();
            var stack = SocketStack.Connect(new() { RunOn = runOn });
            try
            {
                var server = new ScriptedServer<SocketStack>(serving, () => 0, port: 0, Ipv4Address.Loopback)
                {
                    Answer = question => question.Type == DnsRecordType.Txt && !question.OverTcp ? Reply.Truncated(question)
                        : question.Type == DnsRecordType.Txt ? Reply.Make(question, (ref writer) => writer.AddRecord(DnsSection.Answer, question.Name, DnsRecordType.Txt, 9, "\u0002hi"u8))
                        : Reply.Addresses(question, 60, World.Host, World.Host6),
                };
                var client = new DnsClient<SocketStack, HostPlatform>(stack, platform, new()
                {
                    Servers = [new IpEndpoint(Ipv4Address.Loopback, server.Local.Port)],
                    Timeout = TimeSpan.FromSeconds(20),
                });
                Assert.Equal([World.Host6, World.Host], (await client.ResolveAsync("www.example.org").AsTask().WaitAsync(TimeSpan.FromSeconds(60))).ThrowIfFailed());
                var text = (await client.QueryAsync(World.Www, DnsRecordType.Txt).AsTask().WaitAsync(TimeSpan.FromSeconds(60))).ThrowIfFailed();
                Assert.Equal("hi", Assert.IsType<TextRecord>(Assert.Single(text.Records)).Text);
                Assert.Equal(4, server.Questions.Count);
                Assert.True(platform.IsOnLoop);
            }
            finally
            {
                await stack.DisconnectAsync();
                await serving.DisconnectAsync();
            }
        });
    }
}
