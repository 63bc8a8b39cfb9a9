namespace Mirage.Scenarios.Tests;

/// <summary>The same seed gives the same run, frame by frame and nanosecond by nanosecond; another gives another.</summary>
public class ReproductionTests
{
    private static readonly LinkOptions Bad = new()
    {
        Rate = 20_000_000,
        Delay = TimeSpan.FromMilliseconds(5),
        Jitter = TimeSpan.FromMilliseconds(3),
        Loss = 0.02,
        BurstLoss = new BurstLoss(0.005, 0.3),
        Duplication = 0.02,
        Reordering = 0.05,
        Corruption = 0.01,
        TrailingBytes = 9,
    };

    [Fact]
    public void The_same_seed_gives_the_same_capture()
    {
        var (first, second, other) = (Capture(1), Capture(1), Capture(2));
        Assert.True(first.Length > 100_000);
        Assert.True(first.AsSpan().SequenceEqual(second));
        Assert.False(first.AsSpan().SequenceEqual(other));
    }

    private static byte[] Capture(ulong seed) => Simulation.Run(seed, async platform =>
    {
        using var file = new MemoryStream();
        var hosts = new Hosts<NewReno>(platform, new HostsOptions { Both = Bad });
        var writer = new PcapngWriter(file);
        hosts.Switch.CaptureTo(writer);
        hosts.Listen(default(Echo));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(RunAsync));
        writer.Flush();
        return file.ToArray();

        // The program takes part in what happens: with timers, sleeps and random bytes of its own.
        async Task RunAsync(int number)
        {
            var random = new byte[2];
            platform.Fill(random);
            await Task.Delay(TimeSpan.FromMilliseconds(random[0]), platform.TimeProvider);
            var flow = await hosts.ConnectAsync();
            await platform.SleepAsync(TimeSpan.FromMilliseconds(random[1]));
            await flow.ExchangeAsync(Pattern.Request, Pattern.Request, 10_000 * number);
            (await flow.CloseAsync()).ThrowIfFailed();
        }
    });

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[10_000];
            while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, count))).ThrowIfFailed();
            }
        }
    }
}
