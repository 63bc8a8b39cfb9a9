#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task Datagrams_of_every_size_are_echoed_between_the_right_endpoints() => RunAsync(async pair =>
    {
        var largest = pair.ServerAddress.IsV6 ? 1452 : 1472;
        var asked = new Mailbox<Datagram>();
        var answered = new Mailbox<Datagram>();
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new EchoDatagramHandler(pair.Server, asked)).ThrowIfFailed().Port);
        var client = new IpEndpoint(pair.ClientAddress, pair.Client.ListenUdp(0, new CollectingHandler(answered)).ThrowIfFailed().Port);

        for (var size = 0; size <= largest; size++)
        {
            var payload = Pattern.Bytes(size, size);
            pair.Client.SendUdp(client, server, payload).ThrowIfFailed();

            var question = await asked.NextAsync();
            Assert.Equal(server, question.Local);
            Assert.Equal(client, question.Remote);
            Assert.Equal(payload, question.Payload);
            var answer = await answered.NextAsync();
            Assert.Equal(client, answer.Local);
            Assert.Equal(server, answer.Remote);
            Assert.Equal(payload, answer.Payload);
        }
    });

    [Fact]
    public Task A_datagram_can_be_sent_from_a_port_that_nobody_listens_on() => RunAsync(async pair =>
    {
        var mailbox = new Mailbox<Datagram>();
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed().Port);
        var spare = pair.Client.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed().Port;
        pair.Client.UnlistenUdp(spare).ThrowIfFailed();

        pair.Client.SendUdp(IpEndpoint.None, server, "free"u8).ThrowIfFailed();
        var free = await mailbox.NextAsync();
        Assert.Equal(pair.ClientAddress, free.Remote.Address);
        Assert.NotEqual(0, free.Remote.Port);

        for (var i = 0; i < 3; i++)
        {
            pair.Client.SendUdp(new(IpAddress.None, spare), server, "chosen"u8).ThrowIfFailed();
            Assert.Equal(new IpEndpoint(pair.ClientAddress, spare), (await mailbox.NextAsync()).Remote);
        }

        // Having been sent from does not keep the port from being listened on.
        Assert.Equal(spare, pair.Client.ListenUdp(spare, new CollectingHandler(mailbox)).ThrowIfFailed().Port);
    });

    [Fact]
    public Task Nothing_is_delivered_after_unlisten() => RunAsync(async pair =>
    {
        var first = new Mailbox<Datagram>();
        var second = new Mailbox<Datagram>();
        var server = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new CollectingHandler(first)).ThrowIfFailed().Port);
        pair.Client.SendUdp(IpEndpoint.None, server, "first"u8).ThrowIfFailed();
        Assert.Equal("first", (await first.NextAsync()).Text);

        pair.Server.UnlistenUdp(server.Port).ThrowIfFailed();
        Assert.Equal(ErrorKind.NotFound, pair.Server.UnlistenUdp(server.Port).Error.Kind);
        pair.Client.SendUdp(IpEndpoint.None, server, "nobody"u8).ThrowIfFailed();
        await pair.Sleep(Moment, CancellationToken.None);

        pair.Server.ListenUdp(server.Port, new CollectingHandler(second)).ThrowIfFailed();
        pair.Client.SendUdp(IpEndpoint.None, server, "second"u8).ThrowIfFailed();
        Assert.Equal("second", (await second.NextAsync()).Text);
        Assert.False(first.NextAsync().IsCompleted);
    });

    [Fact]
    public Task A_second_datagram_listener_on_a_port_is_in_use() => RunAsync(pair =>
    {
        var mailbox = new Mailbox<Datagram>();
        var first = pair.Server.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed();

        Assert.Equal(ErrorKind.InUse, pair.Server.ListenUdp(first.Port, new CollectingHandler(mailbox)).Error.Kind);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_stack_can_send_to_itself() => RunAsync(async pair =>
    {
        var mailbox = new Mailbox<Datagram>();
        var own = new IpEndpoint(pair.ServerAddress, pair.Server.ListenUdp(0, new CollectingHandler(mailbox)).ThrowIfFailed().Port);

        pair.Server.SendUdp(own, own, "note to self"u8).ThrowIfFailed();

        var note = await mailbox.NextAsync();
        Assert.Equal("note to self", note.Text);
        Assert.Equal(own, note.Local);
        Assert.Equal(own, note.Remote);
    });

    [Fact]
    public Task A_datagram_that_IP_cannot_carry_is_too_large() => RunAsync(pair =>
    {
        var server = new IpEndpoint(pair.ServerAddress, 9);

        Assert.Equal(ErrorKind.TooLarge, pair.Client.SendUdp(IpEndpoint.None, server, new byte[65_528]).Error.Kind);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_datagram_to_no_address_or_no_port_is_invalid() => RunAsync(pair =>
    {
        Assert.Equal(ErrorKind.Invalid, pair.Client.SendUdp(IpEndpoint.None, new(pair.ServerAddress, 0), "?"u8).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, pair.Client.SendUdp(IpEndpoint.None, new(IpAddress.None, 9), "?"u8).Error.Kind);
        return Task.CompletedTask;
    });
}
