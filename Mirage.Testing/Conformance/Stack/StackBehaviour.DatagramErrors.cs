#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task A_datagram_to_a_port_where_nobody_listens_is_reported_to_who_sent_it() => RunAsync(async pair =>
    {
        var failures = new Mailbox<(IpEndpoint Local, IpEndpoint Remote, ErrorKind Error)>();
        var answers = new Mailbox<Datagram>();
        var asked = new Mailbox<Datagram>();
        var open = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new EchoDatagramHandler(pair.Server, asked)).ThrowIfFailed().Port);
        var (first, second) = (ClosedPort(pair), ClosedPort(pair));
        var options = new UdpListenOptions { OnError = (local, remote, error) => failures.Post((local, remote, error.Kind)) };
        var client = pair.Client.ListenUdp(0, new CollectingHandler(answers), options).ThrowIfFailed();

        foreach (var closed in new[] { first, second, first })
        {
            pair.Client.SendUdp(new(pair.ClientAddress, client.Port), closed, new byte[1000]).ThrowIfFailed();
            var failure = await failures.NextAsync();
            Assert.Equal((client.Port, closed, ErrorKind.Refused), (failure.Local.Port, failure.Remote, failure.Error));

            // What failed before does not hold up what is sent after it.
            pair.Client.SendUdp(new(pair.ClientAddress, client.Port), open, "hello"u8).ThrowIfFailed();
            Assert.Equal("hello", (await answers.NextAsync()).Text);
        }

        static IpEndpoint ClosedPort(StackPair pair)
        {
            var listening = pair.Server.ListenUdp(0, new CollectingHandler(new Mailbox<Datagram>())).ThrowIfFailed();
            pair.Server.UnlistenUdp(listening.Port).ThrowIfFailed();
            return new(pair.ServerAddress, listening.Port);
        }
    });

    [Fact]
    public Task Datagrams_go_on_when_several_in_a_row_are_refused() => RunAsync(async pair =>
    {
        const int Count = 20;
        var failures = new Mailbox<IpEndpoint>();
        var answers = new Mailbox<Datagram>();
        var open = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new EchoDatagramHandler(pair.Server, new Mailbox<Datagram>())).ThrowIfFailed().Port);
        var listening = pair.Server.ListenUdp(0, new CollectingHandler(new Mailbox<Datagram>())).ThrowIfFailed();
        pair.Server.UnlistenUdp(listening.Port).ThrowIfFailed();
        var closed = new IpEndpoint(pair.ServerAddress, listening.Port);
        var options = new UdpListenOptions { OnError = (_, remote, _) => failures.Post(remote) };
        var client = new IpEndpoint(pair.ClientAddress, pair.Client.ListenUdp(0, new CollectingHandler(answers), options).ThrowIfFailed().Port);

        // The neighbour is known from now on: of what waits for it, only some is kept.
        pair.Client.SendUdp(client, open, "first"u8).ThrowIfFailed();
        Assert.Equal("first", (await answers.NextAsync()).Text);
        for (var i = 0; i < Count; i++)
        {
            pair.Client.SendUdp(client, closed, "lost"u8).ThrowIfFailed();
            pair.Client.SendUdp(client, open, [(byte)i]).ThrowIfFailed();
        }

        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i, Assert.Single((await answers.NextAsync()).Payload));
        }

        Assert.Equal(closed, await failures.NextAsync());
    });
}
