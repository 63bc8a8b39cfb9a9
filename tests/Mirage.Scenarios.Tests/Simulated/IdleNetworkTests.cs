using System.Diagnostics;
using Stack = Mirage.Net.TcpIp.DirectStack<Mirage.Net.Virtual.VirtualNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;

namespace Mirage.Scenarios.Tests;

/// <summary>What happens in a network in which little happens costs little.</summary>
public class IdleNetworkTests
{
    private const int Nodes = 10;

    private static readonly KeepAlive KeepAlive = new(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10), 3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_hour_of_ten_hosts_takes_few_turns(bool connected)
    {
        var start = Stopwatch.GetTimestamp();
        var turns = Simulation.Run(1, async platform =>
        {
            var network = new VirtualSwitch(platform.Loop);
            var hosts = Enumerable.Range(1, Nodes).Select(i => Stack.Connect(
                network.Connect(), platform, new DirectStackOptions { Addresses = [new IpNetwork(new Ipv4Address(10, 0, 0, (byte)i), 24)] })).ToArray();
            if (connected)
            {
                await ConnectAllAsync(hosts);
            }

            await platform.SleepAsync(TimeSpan.FromHours(1));
            Assert.All(hosts, host => Assert.Equal(connected ? 2 * (Nodes - 1) : 0, host.Counters.Tcp.Connections));
            Assert.InRange((platform.Now - new Instant(0)).TotalHours, 1, 1.001);
            return platform.Loop.Counters.Turns;
        });
        Output.Write($"{turns} turns, {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");

        // Each of 90 connections is asked twelve times whether it is still there, and address resolution looks after its neighbours.
        Assert.InRange(turns, 1, connected ? 20_000 : 500);
    }

    private static async Task ConnectAllAsync(Stack[] hosts)
    {
        foreach (var host in hosts)
        {
            _ = host.ListenTcp(7, default(Waiting), new TcpListenOptions { KeepAlive = KeepAlive }).ThrowIfFailed();
        }

        foreach (var (from, to) in hosts.SelectMany(_ => hosts, (from, to) => (from, to)))
        {
            if (from.Addresses[0] != to.Addresses[0])
            {
                _ = (await from.ConnectTcpAsync(new IpEndpoint(to.Addresses[0].Address, 7))).ThrowIfFailed();
            }
        }
    }

    private readonly struct Waiting : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => _ = await flow.ReadAsync(new byte[1]);
    }
}
