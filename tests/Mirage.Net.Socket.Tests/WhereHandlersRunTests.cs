using Mirage.Testing;

namespace Mirage.Net.Socket.Tests;

public sealed class WhereHandlersRunTests
{
    [Theory]
    [InlineData(SocketRunOn.Captured, true)]
    [InlineData(SocketRunOn.ThreadPool, false)]
    public void Handlers_of_a_stack_made_on_a_loop_run_there_if_so_set(SocketRunOn runOn, bool onLoop)
    {
        using var loop = new HostLoop();
        loop.Run(async () =>
        {
            var seen = new Mailbox<bool>();
            var stack = SocketStack.Connect(new() { RunOn = runOn });
            var tcp = stack.ListenTcp(0, new Serving(async flow =>
            {
                seen.Post(loop.IsOnLoop);
                _ = await flow.ReadAsync(new byte[1]);
                seen.Post(loop.IsOnLoop);
            }), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();
            var udp = stack.ListenUdp(0, new Receiving((_, _, _) => seen.Post(loop.IsOnLoop)), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();

            var flow = (await stack.ConnectTcpAsync(tcp)).ThrowIfFailed();
            Assert.True(loop.IsOnLoop);
            Assert.Equal(onLoop, await seen.NextAsync());
            (await flow.WriteAsync(new byte[1])).ThrowIfFailed();
            Assert.Equal(onLoop, await seen.NextAsync());
            Assert.True((await flow.ReadAsync(new byte[1])).IsEnd);
            Assert.True(loop.IsOnLoop);

            for (var i = 0; i < 3; i++)
            {
                stack.SendUdp(IpEndpoint.None, udp, "x"u8).ThrowIfFailed();
                Assert.Equal(onLoop, await seen.NextAsync());
            }

            await stack.DisconnectAsync();
        });
    }

    [Fact]
    public async Task A_handler_that_computes_does_not_keep_others_from_being_accepted()
    {
        var stack = SocketStack.Connect(new() { RunOn = SocketRunOn.ThreadPool });
        using var held = new ManualResetEventSlim();
        var accepted = new Mailbox<int>();
        var local = stack.ListenTcp(0, new Serving(flow =>
        {
            accepted.Post(0);
            held.Wait(TimeSpan.FromSeconds(30));
            return default;
        }), new() { Address = Ipv4Address.Loopback }).ThrowIfFailed();

        _ = (await stack.ConnectTcpAsync(local)).ThrowIfFailed();
        _ = (await stack.ConnectTcpAsync(local)).ThrowIfFailed();
        _ = await accepted.NextAsync();
        _ = await accepted.NextAsync();

        held.Set();
        await stack.DisconnectAsync();
    }
}
