namespace Mirage.Net.TcpIp.Tests;

/// <summary>What connections that do nothing cost.</summary>
[Collection(AloneCollection.Name)]
public class ConnectionMemoryTests(ITestOutputHelper output)
{
    private const int Connections = 100_000;
    private const int Ports = 4;
    private const int Kibibyte = 1024;

    [Fact]
    public void An_idle_connection_takes_less_than_a_KiB_on_the_stacks_side()
    {
        var simulation = new Simulation(serverLimits: new StackLimits { MaxConnections = 2 * Connections });
        simulation.Run(async () =>
        {
            // A handler that does not read has no state machine: what is measured is the stack's, on both sides.
            var served = new TaskCompletionSource();
            for (ushort port = 1; port <= Ports; port++)
            {
                simulation.Server.ListenTcp(port, new Idle(served.Task), new TcpListenOptions { KeepAlive = null }).ThrowIfFailed();
            }

            // Warm: tables grow by doubling, which is part of the measure.
            await (await simulation.ConnectAsync(1)).AbortAsync();
            await simulation.Sleep(1);
            var flows = new TcpFlow[Connections];
            var before = AloneCollection.LiveBytes();
            for (var i = 0; i < Connections; i++)
            {
                flows[i] = await simulation.ConnectAsync((ushort)(1 + (i % Ports)));
            }

            await simulation.Sleep(60);
            var idle = (AloneCollection.LiveBytes() - before) / (2.0 * Connections);
            Assert.Equal(Connections, simulation.Server.Counters.Tcp.Connections);
            Assert.Equal(0, simulation.Server.Counters.BuffersInUse + simulation.Client.Counters.BuffersInUse);
            output.WriteLine($"an idle connection takes {idle:0} bytes, with its handler's state");
            Assert.InRange(idle, 100, Kibibyte);

            // With a read that waits on each.
            var buffer = new byte[16];
            before = AloneCollection.LiveBytes();
            for (var i = 0; i < Connections; i++)
            {
                AssertPending(flows[i].ReadAsync(buffer));
            }

            var reading = (AloneCollection.LiveBytes() - before) / (double)Connections;
            output.WriteLine($"a read that waits takes {reading:0} bytes more");
            Assert.InRange(idle + reading, 100, Kibibyte);
            GC.KeepAlive(flows);
        });
    }

    private static void AssertPending(ValueTask<FlowRead> reading) => Assert.False(reading.IsCompleted);

    private readonly struct Idle(Task served) : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
            => await served;
    }
}
