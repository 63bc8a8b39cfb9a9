using System.Buffers;

#pragma warning disable CS1591 // the name of a test is its documentation

namespace Mirage.Testing;

public abstract partial class StackBehaviour
{
    [Fact]
    public Task Disconnecting_ends_the_run_and_resets_connections() => ConnectedPairAsync(async both =>
    {
        var stack = both.Pair.Server;
        var running = stack.RunAsync();
        var reading = both.Server.ReadAsync(new byte[1]).AsTask();
        var peerReading = both.Client.ReadAsync(new byte[1]).AsTask();
        Assert.False(running.IsCompleted);

        await stack.DisconnectAsync();
        await stack.DisconnectAsync();

        await running;
        await stack.RunAsync();
        FlowAssert.IsGone((await reading).Error);
        Assert.Equal(ErrorKind.Reset, (await peerReading).Error.Kind);
        FlowAssert.IsGone((await both.Server.WriteAsync(new byte[1])).Error);
    });

    [Fact]
    public Task A_disconnected_stack_does_nothing_more() => RunAsync(async pair =>
    {
        var remote = new IpEndpoint(pair.ServerAddress, 9);
        await pair.Client.DisconnectAsync();

        Assert.Equal(ErrorKind.Disconnected, pair.Client.ListenTcp(0, default(EchoHandler)).Error.Kind);
        Assert.Equal(ErrorKind.Disconnected, pair.Client.ListenUdp(0, new CollectingHandler(new())).Error.Kind);
        Assert.Equal(ErrorKind.Disconnected, pair.Client.SendUdp(IpEndpoint.None, remote, "?"u8).Error.Kind);
        Assert.Equal(ErrorKind.Disconnected, (await pair.ConnectAsync(remote)).Error.Kind);
    });

    [Fact]
    public Task Cancelling_the_run_ends_it_and_leaves_the_stack_working() => ConnectedPairAsync(async both =>
    {
        using var cancellation = new CancellationTokenSource();
        var running = both.Pair.Server.RunAsync(cancellation.Token);
        cancellation.Cancel();
        await running;

        await both.Client.WriteAsync("hello");
        await both.Server.ExpectAsync("hello");
    });

    [Fact]
    public Task A_stack_knows_its_addresses_and_its_routes() => RunAsync(pair =>
    {
        Assert.Contains(pair.Server.Addresses, network => network.Address == pair.ServerAddress);
        Assert.Equal(pair.ClientAddress, pair.Client.SelectSource(pair.ServerAddress).ThrowIfFailed());
        Assert.InRange(pair.Client.MaxPayload(pair.ServerAddress), 1280 - 40, 65_536);
        return Task.CompletedTask;
    });

    [Fact]
    public Task The_default_value_of_a_flow_names_nothing() => RunAsync(async pair =>
    {
        var flow = pair.DefaultFlow;
        Assert.True(flow.IsDefault);
        var uses = new Func<Task>[]
        {
            () => Task.FromResult(flow.Local),
            () => Task.FromResult(flow.Remote),
            async () => await flow.ReadAsync(new byte[1]),
            async () => await flow.WriteAsync(new byte[1]),
            async () => await flow.WriteAsync(new ReadOnlySequence<byte>(new byte[1])),
            async () => await flow.ShutdownAsync(FlowDirection.Both),
            async () => await flow.CloseAsync(),
            async () => await flow.AbortAsync(),
            () => Task.FromResult(flow.TryGet<TcpControl>(out _)),
        };
        foreach (var use in uses)
        {
            var refusal = await Assert.ThrowsAsync<InvalidOperationException>(use);
            Assert.Contains(NameOf(flow), refusal.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public Task The_default_value_of_a_stack_names_nothing() => RunAsync(async pair =>
    {
        var stack = pair.DefaultStack;
        var remote = new IpEndpoint(pair.ServerAddress, 9);
        Assert.True(stack.IsDefault);
        Assert.False(pair.Server.IsDefault);
        var uses = new Func<Task>[]
        {
            () => Task.FromResult(stack.ListenTcp(0, default(EchoHandler))),
            () => Task.FromResult(stack.UnlistenTcp(9)),
            () => Task.FromResult(stack.ListenUdp(0, new CollectingHandler(new()))),
            () => Task.FromResult(stack.UnlistenUdp(9)),
            () => Task.FromResult(stack.SendUdp(IpEndpoint.None, remote, default)),
            async () => await stack.ConnectTcpAsync(remote, default(EchoHandler)),
            async () => await pair.ConnectFromDefaultAsync(remote),
            () => Task.FromResult(stack.Addresses),
            () => Task.FromResult(stack.SelectSource(pair.ServerAddress)),
            () => Task.FromResult(stack.MaxPayload(pair.ServerAddress)),
            () => stack.RunAsync(),
            async () => await stack.DisconnectAsync(),
        };
        foreach (var use in uses)
        {
            var refusal = await Assert.ThrowsAsync<InvalidOperationException>(use);
            Assert.Contains(NameOf(stack), refusal.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public Task The_options_and_statistics_of_a_connection_are_a_feature_of_its_flow() => ConnectedPairAsync(async both =>
    {
        Assert.True(both.Client.TryGet(out TcpControl tcp));
        Assert.False(both.Client.TryGet(out UnknownFeature _));
        tcp.SetNoDelay(true).ThrowIfFailed();
        tcp.SetNoDelay(false).ThrowIfFailed();
        tcp.SetKeepAlive(new KeepAlive(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 3)).ThrowIfFailed();
        tcp.SetKeepAlive(null).ThrowIfFailed();
        await both.Client.WriteAsync("12345");
        await both.Server.ExpectAsync("12345");
        await both.Server.WriteAsync("123");
        await both.Client.ExpectAsync("123");
        var known = tcp.GetStatistics();
        if (known.TryGet(out var statistics))
        {
            Assert.Equal("ESTABLISHED", statistics.State);
            Assert.Equal(5, statistics.BytesSent);
            Assert.Equal(3, statistics.BytesReceived);
            Assert.True(statistics.MaximumSegmentSize > 0);
        }
        else
        {
            Assert.Equal(ErrorKind.Unsupported, known.Error.Kind);
        }

        (await both.Client.CloseAsync()).ThrowIfFailed();
        Assert.Equal(ErrorKind.Closed, tcp.SetNoDelay(true).Error.Kind);
        Assert.Equal(ErrorKind.Closed, tcp.SetKeepAlive(null).Error.Kind);
        Assert.Equal(ErrorKind.Closed, tcp.GetStatistics().Error.Kind);
    });

    private readonly struct UnknownFeature;

    // Without what follows a generic type's name.
    private static string NameOf(object value) => value.GetType().Name.Split('`')[0];
}
