namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>Many connections that begin and end in every way: nothing is left of them, and those that go on are not disturbed.</summary>
public class ChurnTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connections_that_end_in_every_way_leave_nothing_behind(bool bad)
    {
        var faults = bad
            ? new Faults { Loss = 0.05, Reordering = 0.05, Duplication = 0.05, Corruption = 0.01, Full = 0.2 }
            : new Faults();
        for (ulong seed = 1; seed <= 10; seed++)
        {
            try
            {
                Run(seed, faults);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static void Run(ulong seed, Faults faults)
    {
        // Few are kept for another use, so that both ways are taken; few may wait.
        var settings = new TcpSettings { SendBuffer = 20_000, ReceiveBuffer = 20_000 };
        var simulation = new FaultySimulation(seed, faults, settings, new StackLimits { MaxPooledConnections = 20, MaxTimeWait = 30 });
        var random = new Random((int)seed);
        simulation.Loop.Run(async () =>
        {
            simulation.Server.ListenTcp(7, new Handler(random, simulation.Platform), new TcpListenOptions { Backlog = 50 }).ThrowIfFailed();
            var clients = Enumerable.Range(0, 300).Select(_ => Client()).ToArray();
            foreach (var client in clients)
            {
                await client;
            }

            await simulation.Platform.SleepAsync(TimeSpan.FromMinutes(10));
            foreach (var counters in new[] { simulation.Client.Counters, simulation.Server.Counters })
            {
                Assert.Equal((0, 0, 0L), (counters.Tcp.Connections, counters.Tcp.TimeWait, counters.BuffersInUse));
                Assert.Equal(0, counters.Tcp.HandlerFailed);
            }

            // Half-open ones are not counted for ever either: the backlog has room.
            var flow = (await simulation.Client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, 7))).ThrowIfFailed();
            await flow.AbortAsync();
        });
        Assert.Empty(simulation.Reports);

        async Task Client()
        {
            await simulation.Platform.SleepAsync(TimeSpan.FromMilliseconds(random.Next(3000)));
            using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 200)), simulation.Platform.TimeProvider);
            try
            {
                var token = random.Next(4) == 0 ? cancelled.Token : default;
                var connected = await simulation.Client.ConnectTcpAsync(new IpEndpoint(Simulation.ServerAddress, random.Next(10) == 0 ? (ushort)8 : (ushort)7), null, token);
                if (connected.TryGet(out var flow))
                {
                    await Use(flow, random, simulation.Platform);
                }
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
        }
    }

    private static async Task Use<TFlow>(TFlow flow, Random random, SimulatedPlatform platform)
        where TFlow : struct, IFlow
    {
        for (var step = random.Next(1, 6); step > 0; step--)
        {
            using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 300)), platform.TimeProvider);
            try
            {
                switch (random.Next(6))
                {
                    case 0:
                        _ = await flow.ReadAsync(new byte[5000], cancelled.Token);
                        break;
                    case 1:
                        _ = await flow.WriteAsync(new byte[random.Next(1, 30_000)], cancelled.Token);
                        break;
                    case 2:
                        _ = await flow.ShutdownAsync((FlowDirection)random.Next(1, 4), CancellationToken.None);
                        break;
                    case 3:
                        await platform.SleepAsync(TimeSpan.FromMilliseconds(random.Next(500)), CancellationToken.None);
                        break;
                    default:
                        _ = await flow.WriteAsync(new byte[random.Next(1, 3000)], cancelled.Token);
                        break;
                }
            }
            catch (OperationCanceledException)
            {
                // The next step meets what that left.
            }
        }

        if (random.Next(3) == 0)
        {
            await flow.AbortAsync();
        }
        else
        {
            _ = await flow.CloseAsync();
        }
    }

    private readonly struct Handler(Random random, SimulatedPlatform platform) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => await Use(flow, random, platform);
    }
}
