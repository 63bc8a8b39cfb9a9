namespace Mirage.Net.TcpIp.Tests;

/// <summary>What all connections together hold has a bound, under which each of them goes on.</summary>
public class BufferLimitTests
{
    private const int Connections = 40;
    private const int Size = 1 << 20;
    private const long Limit = 2 << 20;

    [Fact]
    public void Readers_that_do_not_read_hold_no_more_than_the_limit_and_get_everything_in_the_end()
    {
        var simulation = new Simulation(serverLimits: new StackLimits { MaxBuffered = Limit });
        simulation.Run(async () =>
        {
            var mayRead = new TaskCompletionSource();
            var sums = new List<Task<long>>();
            _ = simulation.Server.ListenTcp(9, flow =>
            {
                var sum = ReadAsync(flow, mayRead.Task);
                sums.Add(sum);
                return new ValueTask(sum);
            }).ThrowIfFailed();
            var writers = Enumerable.Range(0, Connections).Select(_ => WriteAsync(simulation)).ToArray();
            await simulation.Sleep(5);

            // One buffer may be doubled past the limit, and each connection has a least one of 32 KiB.
            Assert.InRange(simulation.Server.Counters.BuffersInUse, Limit / 2, Limit + Size + (Connections * 32768));
            Assert.True(simulation.Server.Counters.Tcp.BuffersExhausted > 0);

            mayRead.SetResult();
            await Task.WhenAll(writers);
            Assert.All(await Task.WhenAll(sums), sum => Assert.Equal(Size * 7L, sum));
            await simulation.Sleep(120);
            Assert.Equal(0, simulation.Server.Counters.BuffersInUse);
        });
    }

    private static async Task WriteAsync(Simulation simulation)
    {
        var flow = await simulation.ConnectAsync(9);
        var data = new byte[Size];
        data.AsSpan().Fill(7);
        (await flow.WriteAsync(data)).ThrowIfFailed();
        (await flow.CloseAsync()).ThrowIfFailed();
    }

    private static async Task<long> ReadAsync(IFlow flow, Task mayRead)
    {
        await mayRead;
        var buffer = new byte[65_536];
        long sum = 0;
        while ((await flow.ReadAsync(buffer)).ThrowIfFailed() is > 0 and var count)
        {
            foreach (var value in buffer.AsSpan(0, count))
            {
                sum += value;
            }
        }

        return sum;
    }
}
