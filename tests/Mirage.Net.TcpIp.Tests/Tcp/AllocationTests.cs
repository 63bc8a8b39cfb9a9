namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>The packet path allocates nothing.</summary>
public class AllocationTests
{
    [Fact]
    public void Packets_allocate_nothing()
    {
        var simulation = new Simulation();
        simulation.Run(async () =>
        {
            simulation.Server.ListenTcp(7, new EchoHandler()).ThrowIfFailed();
            var flow = await simulation.ConnectAsync(7);
            var buffer = new byte[65_536];
            long before = 0;
            long packets = 0;
            for (var i = 0; i < 200; i++)
            {
                if (i == 100)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                    packets = simulation.Client.Counters.Tcp.SegmentsSent;
                }

                (await flow.WriteAsync(buffer)).ThrowIfFailed();
                for (var left = buffer.Length; left > 0;)
                {
                    left -= (await flow.ReadAsync(buffer)).ThrowIfFailed();
                }
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            packets = simulation.Client.Counters.Tcp.SegmentsSent - packets;
            Assert.True(packets > 4000);

            // Not one byte for each packet; what remains is of the loop and the test.
            Assert.InRange(allocated, 0, packets);
            (await flow.CloseAsync()).ThrowIfFailed();
        });
    }
}
