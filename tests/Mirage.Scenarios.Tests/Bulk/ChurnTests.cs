namespace Mirage.Scenarios.Tests;

/// <summary>Many connections that begin and end in every way: nothing is left of them, and those that go on are not disturbed.</summary>
public class ChurnTests
{
    private const int Connections = 300;

    private static readonly LinkOptions Clean = new() { Delay = TimeSpan.FromMilliseconds(2) };

    private static readonly LinkOptions Bad = Clean with { Loss = 0.05, Reordering = 0.05, Duplication = 0.05, Corruption = 0.01, Refusal = 0.2 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connections_that_end_in_every_way_leave_nothing_behind(bool bad) => Seeds.ForEach(seed => Simulation.Run(seed, async platform =>
    {
        // Few are kept for another use, so that both ways are taken; few may wait.
        var hosts = new Hosts<Cubic>(platform, new HostsOptions
        {
            Both = bad ? Bad : Clean,
            Tcp = new TcpSettings { SendBuffer = 20_000, ReceiveBuffer = 20_000 },
            Limits = new StackLimits { MaxPooledConnections = 20, MaxTimeWait = 30 },
        });
        var random = new Random((int)seed);
        hosts.Listen(new Handler(random, platform), new TcpListenOptions { Backlog = 50 });
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => ConnectAsync(hosts, random)));
        await hosts.Sleep(TimeSpan.FromMinutes(5));
        await hosts.ExpectNothingLeftAsync();

        // Half-open ones are not counted for ever either: the backlog has room.
        var flow = await hosts.ConnectAsync();
        await flow.AbortAsync();
    }));

    private static async Task ConnectAsync(Hosts<Cubic> hosts, Random random)
    {
        await hosts.Sleep(TimeSpan.FromMilliseconds(random.Next(3000)));
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 200)), hosts.Platform.TimeProvider);
        try
        {
            var token = random.Next(4) == 0 ? cancelled.Token : default;
            var port = random.Next(10) == 0 ? (ushort)8 : Hosts<Cubic>.Port;
            var connected = await hosts.Client.ConnectTcpAsync(new IpEndpoint(hosts.ServerAddress, port), null, token);
            if (connected.TryGet(out var flow))
            {
                await Use(flow, random, hosts.Platform);
            }
        }
        catch (OperationCanceledException)
        {
            // As asked.
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
