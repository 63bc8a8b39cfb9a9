using HostStack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;
using Mirage.Net.Virtual;

namespace Mirage.Net.TcpIp.Tests;

/// <summary>
/// What a program can do to a stack's loop, from other threads and in continuations of its own. Alone: those of a ping that was begun before the loop ran go on in the thread pool, a
/// thousand times a round, and on a busy machine that gets a thread every few seconds while other tests hold all that it has.
/// </summary>
[Collection(AloneCollection.Name)]
public class HostLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void A_connect_from_another_thread_that_reaches_the_loop_after_the_end_is_refused() => Run(async (client, _) =>
    {
        Task<Result<TcpFlow>>? connecting = null;
        var thread = new Thread(() => connecting = client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7)).AsTask());
        thread.Start();
        thread.Join();

        await client.DisconnectAsync();

        var connected = await connecting!.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ErrorKind.Disconnected, connected.Error.Kind);
        Assert.Equal((0, 0L), (client.Counters.Tcp.Connections, client.Counters.BuffersInUse));
    });

    [Fact]
    public void A_continuation_that_throws_is_reported_and_the_others_run()
    {
        var failures = Run(async (client, server) =>
        {
            server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var first = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7))).ThrowIfFailed();
            var second = (await client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7))).ThrowIfFailed();
            ThrowAfter(first.ReadAsync(new byte[1]));
            var reading = second.ReadAsync(new byte[1]).AsTask();

            // Both are completed by it, and their continuations run within it.
            await client.DisconnectAsync();

            var read = await reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.True(read.IsError);
        });
        _ = Assert.Single(failures, static failure => failure.Message == "thrown by the test");
    }

    [Fact]
    public void Pings_begun_before_the_loop_runs_leave_room_for_others()
    {
        const int MaxPings = 1024;
        for (var round = 0; round < 20; round++)
        {
            using var loop = new HostLoop();
            var stack = HostStack.Connect(new VirtualSwitch(loop).Connect(mtu: 1500), new HostPlatform(loop), Options(Simulation.ClientAddress));
            var outside = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            var begun = Ping(stack);
            SynchronizationContext.SetSynchronizationContext(outside);
            loop.Run(async () =>
            {
                Assert.All(await Task.WhenAll(begun).WaitAsync(Patience), static ping => Assert.Equal(ErrorKind.TimedOut, ping.Error.Kind));
                Assert.All(await Task.WhenAll(Ping(stack)).WaitAsync(Patience), static ping => Assert.Equal(ErrorKind.TimedOut, ping.Error.Kind));
                await stack.DisconnectAsync();
            });
        }

        // All end at about the same time.
        static Task<Result<TimeSpan>>[] Ping(HostStack stack)
            => [.. Enumerable.Range(0, MaxPings).Select(_ => stack.Icmp.PingAsync(Simulation.ServerAddress, default, TimeSpan.FromMilliseconds(20)).AsTask())];
    }

    private static void ThrowAfter(ValueTask<FlowRead> reading)
        => reading.GetAwaiter().OnCompleted(static () => throw new InvalidOperationException("thrown by the test"));

    private static List<Exception> Run(Func<HostStack, HostStack, Task> story)
    {
        var failures = new List<Exception>();
        using var loop = new HostLoop { Reported = (_, failure) => failures.Add(failure) };
        var platform = new HostPlatform(loop);
        loop.Run(async () =>
        {
            var network = new VirtualSwitch(loop);
            var client = HostStack.Connect(network.Connect(mtu: 1500), platform, Options(Simulation.ClientAddress));
            var server = HostStack.Connect(network.Connect(mtu: 1500), platform, Options(Simulation.ServerAddress));
            await story(client, server).WaitAsync(Patience);
            await client.DisconnectAsync();
            await server.DisconnectAsync();
        });
        return failures;
    }

    private static DirectStackOptions Options(IpAddress address) => new() { Addresses = [new IpNetwork(address, 24)] };
}
