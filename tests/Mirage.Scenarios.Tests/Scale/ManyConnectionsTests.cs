using System.Diagnostics;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Scenarios.Tests;

/// <summary>How much memory connections take that do nothing, and whether they still work.</summary>
[Collection(Alone.Name)]
public class ManyConnectionsTests
{
    private const int Clients = 10;
    private const int Each = 10_000;
    private const int Count = Clients * Each;

    private static readonly IpAddress ServerAddress = new Ipv4Address(10, 0, 0, 100);

    [Fact]
    public void A_hundred_thousand_idle_connections_take_little_memory_and_then_still_work()
    {
        var start = Stopwatch.GetTimestamp();
        Simulation.Run(1, async platform =>
        {
            var network = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 65_536 });
            var server = Connect(network, platform, ServerAddress);
            var clients = Enumerable.Range(1, Clients).Select(i => Connect(network, platform, new Ipv4Address(10, 0, 0, (byte)i))).ToArray();
            _ = server.ListenTcp(7, default(Echo), new TcpListenOptions { Backlog = Count }).ThrowIfFailed();
            var flows = new TcpFlow[Count];

            // What is made once, for the first connection, is not counted.
            var first = await ConnectAsync(clients[0]);
            await ExchangeAsync(first);
            (await first.CloseAsync()).ThrowIfFailed();
            await platform.SleepAsync(TimeSpan.FromMinutes(5));
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < Count; i++)
            {
                flows[i] = await ConnectAsync(clients[i % Clients]);
            }

            await platform.SleepAsync(TimeSpan.FromMinutes(10));
            Assert.Equal(Count, server.Counters.Tcp.Connections);
            var after = GC.GetTotalMemory(forceFullCollection: true);
            var bytes = (after - before) / (2.0 * Count);
            Output.Write($"{bytes:0} bytes for each end of a connection, with what its program needs to wait; {server.Counters.BuffersInUse} bytes of buffers in use");
            Assert.InRange(bytes, 1, 1024);
            for (var i = 0; i < Count; i += 100)
            {
                await ExchangeAsync(flows[i]);
            }

            foreach (var flow in flows)
            {
                _ = await flow.CloseAsync();
            }

            await platform.SleepAsync(TimeSpan.FromMinutes(5));
            Assert.All([server, .. clients], stack => Assert.Equal((0, 0, 0L), (stack.Counters.Tcp.Connections, stack.Counters.Tcp.TimeWait, stack.Counters.BuffersInUse)));
        });
        Output.Write($"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    private static Stack Connect(VirtualSwitch network, SimulatedPlatform platform, IpAddress address)
        => Stack.Connect(network.Connect(), platform, new DirectStackOptions { Addresses = [new IpNetwork(address, 24)] });

    private static async Task<TcpFlow> ConnectAsync(Stack client) => (await client.ConnectTcpAsync(new IpEndpoint(ServerAddress, 7))).ThrowIfFailed();

    private static async Task ExchangeAsync(TcpFlow flow)
    {
        var buffer = new byte[10];
        (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed();
        Assert.Equal(5, (await flow.ReadAsync(buffer)).ThrowIfFailed());
        Assert.Equal("hello"u8, buffer.AsSpan(0, 5));
    }

    // Waits without a buffer, as a server of many connections does.
    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            while ((await flow.ReadAsync(Memory<byte>.Empty)).Error.IsNone)
            {
                var buffer = new byte[100];
                if ((await flow.ReadAsync(buffer)).ThrowIfFailed() is not (> 0 and var count))
                {
                    return;
                }

                (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
            }
        }
    }
}
