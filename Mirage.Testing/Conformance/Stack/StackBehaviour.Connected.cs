#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task A_connected_listener_hears_its_endpoint_only() => RunAsync(async pair =>
    {
        var answers = new Mailbox<Datagram>();
        var asked = new Mailbox<Datagram>();
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new EchoDatagramHandler(pair.Server, asked)).ThrowIfFailed().Port);
        var other = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new EchoDatagramHandler(pair.Server, asked)).ThrowIfFailed().Port);

        var local = pair.Client.ListenUdp(0, new CollectingHandler(answers), new UdpListenOptions { Remote = server }).ThrowIfFailed();

        Assert.Equal(pair.ClientAddress, local.Address);
        Assert.NotEqual(0, local.Port);
        pair.Server.SendUdp(other, local, "stranger"u8).ThrowIfFailed();
        pair.Client.SendUdp(local, server, "hello"u8).ThrowIfFailed();
        var answer = await answers.NextAsync();
        Assert.Equal(("hello", server, local), (answer.Text, answer.Remote, answer.Local));
        pair.Client.UnlistenUdp(local.Port).ThrowIfFailed();
    });

    [Fact]
    public Task A_connected_listener_is_told_that_nobody_listens_there() => RunAsync(async pair =>
    {
        var failures = new Mailbox<(IpEndpoint Remote, ErrorKind Error)>();
        var listening = pair.Server.ListenUdp(0, new CollectingHandler(new Mailbox<Datagram>())).ThrowIfFailed();
        pair.Server.UnlistenUdp(listening.Port).ThrowIfFailed();
        var closed = new IpEndpoint(pair.ServerAddress, listening.Port);

        var local = pair.Client.ListenUdp(
            0, new CollectingHandler(new Mailbox<Datagram>()), new UdpListenOptions { Remote = closed, OnError = (_, remote, error) => failures.Post((remote, error.Kind)) }).ThrowIfFailed();
        pair.Client.SendUdp(local, closed, "anybody?"u8).ThrowIfFailed();

        Assert.Equal((closed, ErrorKind.Refused), await failures.NextAsync());
    });

    [Fact]
    public Task A_remote_endpoint_without_address_or_port_is_invalid() => RunAsync(pair =>
    {
        foreach (var remote in new[] { new IpEndpoint(pair.ServerAddress, 0), new IpEndpoint(IpAddress.None, 9) })
        {
            var listening = pair.Client.ListenUdp(0, new CollectingHandler(new Mailbox<Datagram>()), new UdpListenOptions { Remote = remote });
            Assert.Equal(ErrorKind.Invalid, listening.Error.Kind);
        }

        return Task.CompletedTask;
    });

    [Fact]
    public Task Datagrams_with_options_arrive_and_options_are_not_kept() => RunAsync(async pair =>
    {
        var mailbox = new Mailbox<Datagram>();
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed().Port);
        var local = pair.Client.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed();
        UdpSendOptions[] all =
        [
            new() { TimeToLive = 3 }, new() { TrafficClass = 0xb8 }, new() { DontFragment = true }, new() { TimeToLive = 255, TrafficClass = 1, DontFragment = true, WithoutLoopback = true }, default,
        ];
        foreach (var from in new[] { new IpEndpoint(pair.ClientAddress, local.Port), IpEndpoint.None })
        {
            for (var i = 0; i < all.Length; i++)
            {
                pair.Client.SendUdp(from, server, [(byte)i], all[i]).ThrowIfFailed();
                Assert.Equal(i, Assert.Single((await mailbox.NextAsync()).Payload));
            }
        }
    });

    [Fact]
    public Task What_is_no_group_is_not_joined() => RunAsync(pair =>
    {
        Assert.Equal(ErrorKind.Invalid, pair.Client.JoinGroup(pair.ServerAddress).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, pair.Client.LeaveGroup(pair.ServerAddress).Error.Kind);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_datagram_queue_keeps_what_comes_and_counts_what_it_drops() => RunAsync(async pair =>
    {
        var queue = new DatagramQueue(4);
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, queue).ThrowIfFailed().Port);
        var receiving = queue.ReceiveAsync(TestContext.Current.CancellationToken).AsTask();
        pair.Client.SendUdp(IpEndpoint.None, server, "first"u8).ThrowIfFailed();
        var first = await receiving;
        Assert.Equal((server, "first"), (first.Local, System.Text.Encoding.UTF8.GetString(first.Payload)));

        for (byte i = 0; i < 10; i++)
        {
            pair.Client.SendUdp(IpEndpoint.None, server, [i]).ThrowIfFailed();
        }

        while (queue.Count + queue.Dropped < 10)
        {
            await pair.Sleep(Moment, CancellationToken.None);
        }

        for (byte i = 0; i < 4; i++)
        {
            Assert.True(queue.TryReceive(out var datagram));
            Assert.Equal([i], datagram.Payload);
        }

        Assert.False(queue.TryReceive(out _));
        Assert.Equal(6, queue.Dropped);
    });
}
