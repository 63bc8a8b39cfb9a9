#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task Connecting_where_nobody_listens_is_refused() => RunAsync(async pair =>
    {
        var port = FreePort(pair);

        var refused = await pair.ConnectAsync(new(pair.ServerAddress, port));

        Assert.Equal(ErrorKind.Refused, refused.Error.Kind);
    });

    [Fact]
    public Task Connecting_without_an_address_or_a_port_is_invalid() => RunAsync(async pair =>
    {
        Assert.Equal(ErrorKind.Invalid, (await pair.ConnectAsync(new(pair.ServerAddress, 0))).Error.Kind);
        Assert.Equal(ErrorKind.Invalid, (await pair.ConnectAsync(new(IpAddress.None, 80))).Error.Kind);
    });

    [Fact]
    public Task A_second_listener_on_a_port_is_in_use() => RunAsync(pair =>
    {
        var first = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();

        var second = pair.Server.ListenTcp(first.Port, default(EchoHandler));

        Assert.Equal(ErrorKind.InUse, second.Error.Kind);
        Assert.Contains($"{first.Port}", second.Error.ToString(), StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_port_can_be_listened_on_again_after_unlisten() => RunAsync(async pair =>
    {
        var first = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();
        var remote = new IpEndpoint(pair.ServerAddress, first.Port);
        var accepted = (await pair.ConnectAsync(remote)).ThrowIfFailed();
        await EchoAsync(accepted, "one");

        pair.Server.UnlistenTcp(first.Port).ThrowIfFailed();
        Assert.Equal(ErrorKind.NotFound, pair.Server.UnlistenTcp(first.Port).Error.Kind);
        Assert.Equal(ErrorKind.Refused, (await pair.ConnectAsync(remote)).Error.Kind);
        await EchoAsync(accepted, "those accepted go on");

        Assert.Equal(first.Port, pair.Server.ListenTcp(first.Port, default(EchoHandler)).ThrowIfFailed().Port);
        await EchoAsync((await pair.ConnectAsync(remote)).ThrowIfFailed(), "two");
    });

    [Fact]
    public Task No_more_handlers_run_at_a_time_than_were_asked_for() => RunAsync(async pair =>
    {
        var (running, most) = (0, 0);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listening = pair.Server.ListenTcp(
            0,
            new DelegateHandler(async flow =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await flow.WriteAsync("hello");
                await mayEnd.Task;
                _ = Interlocked.Decrement(ref running);
            }),
            new TcpListenOptions { MaxConcurrent = 1 }).ThrowIfFailed();
        var remote = new IpEndpoint(pair.ServerAddress, listening.Port);

        var first = (await pair.ConnectAsync(remote)).ThrowIfFailed();
        await first.ExpectAsync("hello");
        var second = (await pair.ConnectAsync(remote)).ThrowIfFailed();
        var greeting = second.ExpectAsync("hello");
        Assert.False(greeting.IsCompleted);
        mayEnd.SetResult();
        await greeting;
        Assert.Equal(1, most);
    });

    [Fact]
    public Task Port_0_gives_a_free_port_each_time() => RunAsync(pair =>
    {
        var first = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();
        var second = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();

        Assert.NotEqual(0, first.Port);
        Assert.NotEqual(0, second.Port);
        Assert.NotEqual(first.Port, second.Port);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Both_ends_agree_on_their_endpoints() => ConnectedPairAsync(both =>
    {
        Assert.Equal(both.Pair.ServerAddress, both.Client.Remote.Address);
        Assert.Equal(both.Pair.ClientAddress, both.Client.Local.Address);
        Assert.NotEqual(0, both.Client.Local.Port);
        Assert.Equal(both.Client.Local, both.Server.Remote);
        Assert.Equal(both.Client.Remote, both.Server.Local);
        Assert.False(both.Client.IsDefault);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_connection_can_be_made_from_a_chosen_port() => RunAsync(async pair =>
    {
        var remotes = new Mailbox<IpEndpoint>();
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(async flow =>
        {
            remotes.Post(flow.Remote);
            await flow.ExpectEndAsync();
        })).ThrowIfFailed();
        var spare = pair.Client.ListenTcp(0, default(EchoHandler)).ThrowIfFailed().Port;
        pair.Client.UnlistenTcp(spare).ThrowIfFailed();

        var client = (await pair.ConnectAsync(
            new(pair.ServerAddress, listening.Port), new TcpConnectOptions { Local = new(IpAddress.None, spare) })).ThrowIfFailed();

        Assert.Equal(new IpEndpoint(pair.ClientAddress, spare), client.Local);
        Assert.Equal(client.Local, await remotes.NextAsync());
        (await client.CloseAsync()).ThrowIfFailed();
    });

    [Fact]
    public Task A_hundred_connections_are_served_at_once() => RunAsync(async pair =>
    {
        const int Count = 100;
        var listening = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();
        var flows = await Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
            (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed()));
        Assert.Equal(Count, flows.Select(flow => flow.Local.Port).Distinct().Count());

        await Task.WhenAll(flows.Select(async (flow, seed) =>
        {
            var reading = flow.ExpectPatternAsync(seed, 20_000);
            (await flow.WriteAsync(Pattern.Bytes(20_000, seed))).ThrowIfFailed();
            (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
            _ = await reading;
            (await flow.CloseAsync()).ThrowIfFailed();
        }));
    });

    [Fact]
    public Task When_a_handler_returns_the_peer_sees_the_end() => RunAsync(async pair =>
    {
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(static _ => default)).ThrowIfFailed();

        var client = (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed();

        await client.ExpectEndAsync();
    });

    [Fact]
    public Task When_a_handler_throws_the_peer_sees_a_reset_and_the_stack_reports_it() => RunAsync(async pair =>
    {
        var failure = new FormatException("not what was expected");
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(async flow =>
        {
            await flow.ExpectAsync("?");
            throw failure;
        })).ThrowIfFailed();

        var client = (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed();
        await client.WriteAsync("?");

        Assert.Equal(ErrorKind.Reset, (await client.ReadAsync(new byte[1])).Error.Kind);
        Assert.Same(failure, await pair.ServerFailures.NextAsync());

        // The listener goes on.
        _ = (await pair.ConnectAsync(new(pair.ServerAddress, listening.Port))).ThrowIfFailed();
    });

    [Fact]
    public Task A_client_can_serve_its_connection_by_a_handler() => RunAsync(async pair =>
    {
        var ended = new Mailbox<FlowRead>();
        var listening = pair.Server.ListenTcp(0, new DelegateHandler(async flow =>
        {
            await flow.ExpectAsync("ping");
            await flow.WriteAsync("pong");
            ended.Post(await flow.ReadAsync(new byte[1]));
        })).ThrowIfFailed();
        var remote = new IpEndpoint(pair.ServerAddress, listening.Port);

        (await pair.Client.ConnectTcpAsync(remote, new DelegateHandler(async flow =>
        {
            await flow.WriteAsync("ping");
            await flow.ExpectAsync("pong");
        }))).ThrowIfFailed();
        Assert.True((await ended.NextAsync()).IsEnd);

        _ = await Assert.ThrowsAsync<FormatException>(async () => await pair.Client.ConnectTcpAsync(remote, new DelegateHandler(async flow =>
        {
            await flow.WriteAsync("ping");
            await flow.ExpectAsync("pong");
            throw new FormatException();
        })));
        Assert.Equal(ErrorKind.Reset, (await ended.NextAsync()).Error.Kind);

        pair.Server.UnlistenTcp(listening.Port).ThrowIfFailed();
        Assert.Equal(ErrorKind.Refused, (await pair.Client.ConnectTcpAsync(remote, default(EchoHandler))).Error.Kind);
    });

    [Fact]
    public Task Connecting_with_a_cancelled_token_is_cancelled() => RunAsync(async pair =>
    {
        var listening = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.ConnectAsync(
            new(pair.ServerAddress, listening.Port), cancellation: new CancellationToken(canceled: true)));
    });

    private static ushort FreePort(StackPair pair)
    {
        var port = pair.Server.ListenTcp(0, default(EchoHandler)).ThrowIfFailed().Port;
        pair.Server.UnlistenTcp(port).ThrowIfFailed();
        return port;
    }

    private static async Task EchoAsync(IFlow flow, string text)
    {
        await flow.WriteAsync(text);
        await flow.ExpectAsync(text);
    }
}
