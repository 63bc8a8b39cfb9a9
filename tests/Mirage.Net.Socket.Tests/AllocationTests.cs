namespace Mirage.Net.Socket.Tests;

[Collection(nameof(AloneCollection))]
public sealed class AllocationTests : SocketStackTest
{
    private const int Trips = 10_000;

    [Fact]
    public async Task Reads_and_writes_allocate_nothing()
    {
        var stack = Make();
        var local = stack.ListenTcp(0, default(Echo), new() { Address = Ipv4Address.Loopback, NoDelay = true }).ThrowIfFailed();
        var flow = (await stack.ConnectTcpAsync(local, new() { NoDelay = true })).ThrowIfFailed();
        var buffer = new byte[1000];
        await EchoAsync(flow, buffer, 2000);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await EchoAsync(flow, buffer, Trips);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        TestContext.Current.SendDiagnosticMessage($"{allocated} bytes in {Trips} round trips");
        Assert.Equal(0, allocated / Trips);
    }

    private static async Task EchoAsync(SocketFlow flow, byte[] buffer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            (await flow.WriteAsync(buffer)).ThrowIfFailed();
            for (var received = 0; received < buffer.Length;)
            {
                received += (await flow.ReadAsync(buffer.AsMemory(received))).ThrowIfFailed();
            }
        }
    }

    private readonly struct Echo : IFlowHandler
    {
        public async ValueTask HandleAsync<TFlow>(TFlow flow)
            where TFlow : struct, IFlow
        {
            var buffer = new byte[1000];
            while (await flow.ReadAsync(buffer) is { HasData: true } read)
            {
                (await flow.WriteAsync(buffer.AsMemory(0, read.Count))).ThrowIfFailed();
            }
        }
    }
}
