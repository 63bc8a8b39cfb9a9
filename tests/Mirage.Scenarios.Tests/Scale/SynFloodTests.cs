using System.Diagnostics;
using Device = Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>;
using ClientStack = Mirage.Net.TcpIp.DirectStack<
    Mirage.Net.Virtual.Impaired<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform>, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Scenarios.Tests;

/// <summary>A million SYNs from invented addresses: memory stays bounded, real connections open at once, and those that are open go on.</summary>
[Collection(Alone.Name)]
public class SynFloodTests
{
    private const int Syns = 1_000_000;
    private const int PerSecond = 100_000;

    // What half-open connections, cookies and queues may take; the flood's own state is a few kilobytes.
    private const long MemoryLimit = 32 << 20;

    [Theory]
    [InlineData("10.0.0.1/24", "10.0.0.2/24", "10.0.0.254")]
    [InlineData("fd00::1/64", "fd00::2/64", "fd00::fe")]
    public void Real_connections_open_within_a_second_during_a_million_SYNs_and_memory_is_bounded(string serverNetwork, string clientNetwork, string routerAddress)
    {
        var (serverAt, clientAt, router) = (IpNetwork.Parse(serverNetwork), IpNetwork.Parse(clientNetwork), IpAddress.Parse(routerAddress));
        var endpoint = new IpEndpoint(serverAt.Address, 7);
        var start = Stopwatch.GetTimestamp();
        Simulation.Run(1, async platform =>
        {
            var network = new VirtualSwitch(platform.Loop, new VirtualSwitchOptions { QueueLength = 4096 });
            var device = network.Connect();
            var server = Stack.Connect(device, platform, new DirectStackOptions
            {
                Addresses = [serverAt], Gateway = router.IsV6 ? default : router, Ipv6Gateway = router.IsV6 ? router : default,
            });
            var link = new LinkOptions { Delay = TimeSpan.FromMilliseconds(20) };
            var client = ClientStack.Connect(new Device(network.Connect(), platform, link, link), platform, new DirectStackOptions { Addresses = [clientAt] });

            // Until then a new IPv6 address may be another's.
            await platform.SleepAsync(TimeSpan.FromSeconds(3));
            _ = server.ListenTcp(7, default(Echo)).ThrowIfFailed();
            var open = (await client.ConnectTcpAsync(endpoint)).ThrowIfFailed();
            await ExchangeAsync(open);

            var before = GC.GetTotalMemory(forceFullCollection: true);
            var flood = new SynFlood(network.Connect(), platform, (device.Mac, endpoint.Address, endpoint.Port), router, Syns, PerSecond);
            var (longest, connections, most) = (TimeSpan.Zero, 0, 0L);
            while (!flood.IsDone)
            {
                await platform.SleepAsync(TimeSpan.FromMilliseconds(100));
                var asked = platform.Now;
                var flow = (await client.ConnectTcpAsync(endpoint)).ThrowIfFailed();
                await ExchangeAsync(flow);
                var took = platform.Now - asked;
                longest = took > longest ? took : longest;
                connections++;
                await flow.AbortAsync();
                await ExchangeAsync(open);
                if (connections % 10 == 0)
                {
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                }
            }

            var counters = server.Counters.Tcp;
            Output.Write(
                $"{connections} connections opened meanwhile, the slowest in {longest.TotalMilliseconds:0.000} ms; {flood.Answered} SYN-ACKs; {counters.HalfOpen} half-open, {counters.CookiesSent} cookies sent, {counters.CookiesAccepted} accepted; at most {most} bytes more");
            Assert.InRange(longest.TotalSeconds, 0, 1);
            Assert.InRange(most, long.MinValue, MemoryLimit);
            Assert.True(connections > 40);
            await open.AbortAsync();
            await platform.SleepAsync(TimeSpan.FromMinutes(5));
            Assert.Equal((0, 0, 0L), (server.Counters.Tcp.Connections, server.Counters.Tcp.HalfOpen, server.Counters.BuffersInUse));
        });
        Output.Write($"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    private static async Task ExchangeAsync(TcpFlow flow)
    {
        var buffer = new byte[10];
        (await flow.WriteAsync("hello"u8.ToArray())).ThrowIfFailed();
        Assert.Equal(5, (await flow.ReadAsync(buffer)).ThrowIfFailed());
    }

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[100];
            while (await flow.ReadAsync(buffer) is { Error.IsNone: true, Count: > 0 and var count })
            {
                (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
            }
        }
    }
}
